// A second opinion by the npm package `fhir`: required bindings, unknown elements.
import fhir from 'fhir';

const validator = new fhir.Fhir();

export function fhirjs(resource) {
  return validator
    .validate(structuredClone(resource), { errorOnUnexpected: true })
    .messages.filter((message) => message.severity === 'error' || message.severity === 'fatal')
    .map((message) => ({ by: 'fhir', where: message.location ?? resource.resourceType, what: message.message }));
}
