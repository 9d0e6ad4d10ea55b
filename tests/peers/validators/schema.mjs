// Formats and unknown elements by HL7's own R4 JSON schema. The schema alone is weak: it knows no required codes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';

const schema = JSON.parse(readFileSync(new URL('../definitions/fhir.schema.json', import.meta.url)));
// The published pattern nests two repetitions and runs away on a long, slightly wrong string; this one accepts the same text.
schema.definitions.base64Binary.pattern = '^(\\s*[0-9a-zA-Z+/=]){4}[0-9a-zA-Z+/=\\s]*$';
// One resource at a time is checked, against its own type: errors then speak of that type, not of 148 others.
delete schema.oneOf;
delete schema.discriminator;
delete schema.id; // draft 4's name for $id; ajv refuses it

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addMetaSchema(createRequire(import.meta.url)('ajv/dist/refs/json-schema-draft-06.json'));
ajv.addSchema(schema, 'r4');
const compiled = new Map();

export function r4Schema(resource) {
  const type = resource.resourceType;
  if (!Object.hasOwn(schema.definitions, type)) return [{ by: 'schema', where: 'resourceType', what: `${type} is not an R4 resource type` }];
  if (!compiled.has(type)) compiled.set(type, ajv.compile({ $ref: `r4#/definitions/${type}` }));
  const validate = compiled.get(type);
  if (validate(resource)) return [];
  return validate.errors.map((error) => ({
    by: 'schema',
    where: type + error.instancePath.replaceAll('/', '.'),
    what: error.params.additionalProperty ? `unknown element ${error.params.additionalProperty}` : error.message,
  }));
}
