// What this server says of itself.
import { resourceTypes } from '../lib/r4.mjs';

const interactions = ['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'create', 'search-type'];
const everywhere = ['_id', '_lastUpdated', '_tag'];
const searchParameters = {
  CarePlan: ['patient', 'category', 'identifier', 'status'],
  DocumentReference: ['patient', 'category', 'type', 'identifier', 'status'],
  Communication: ['patient', 'identifier', 'status'],
  Observation: ['patient', 'category', 'code', 'date', 'status'],
  MedicationRequest: ['patient', 'intent', 'status', 'authoredon', 'encounter'],
};

/** @param base FHIR base URL as the client sees it. @param smart smart-configuration, or undefined. */
export function capabilityStatement(base, smart, now) {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: now.toISOString(),
    kind: 'instance',
    implementation: { description: 'R4 test peer', url: base },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [{
      mode: 'server',
      ...(smart && { security: security(smart) }),
      resource: [...resourceTypes].sort().map((type) => ({
        type,
        interaction: interactions.map((code) => ({ code })),
        versioning: 'versioned-update',
        readHistory: true,
        updateCreate: true,
        conditionalCreate: true,
        conditionalRead: 'not-match',
        conditionalUpdate: true,
        conditionalDelete: 'single',
        searchInclude: ['*'],
        searchParam: [...everywhere, ...(searchParameters[type] ?? ['identifier'])].map((name) => ({ name, type: typeOf(name) })),
      })),
      interaction: [{ code: 'transaction' }, { code: 'batch' }],
    }],
  };
}

const typeOf = (name) =>
  ({ patient: 'reference', encounter: 'reference', date: 'date', authoredon: 'date', _lastUpdated: 'date' })[name] ?? 'token';

const security = (smart) => ({
  service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }],
  extension: [{
    url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
    extension: [
      { url: 'authorize', valueUri: smart.authorization_endpoint },
      { url: 'token', valueUri: smart.token_endpoint },
    ],
  }],
});
