import { resourceTypes } from '../lib/r4.mjs';
import { fhirjs } from './fhirjs.mjs';
import { medplum } from './medplum.mjs';
import { own } from './own.mjs';
import { r4Schema } from './schema.mjs';

/**
 * Every fault that any validator finds in one R4 resource: [{ by: medplum|us-core|fhir|schema|own, where, what }].
 * With `usCore`, a resource is also held against its US Core 3.1.0 profile, whether it names it or not.
 */
export function faultsOf(resource, options) {
  if (typeof resource !== 'object' || resource === null || !resourceTypes.has(resource.resourceType))
    return [{ by: 'own', where: 'resourceType', what: `${JSON.stringify(resource?.resourceType) ?? 'missing'} is not an R4 resource type` }];
  return [...medplum(resource, options), ...fhirjs(resource), ...r4Schema(resource), ...own(resource)];
}
