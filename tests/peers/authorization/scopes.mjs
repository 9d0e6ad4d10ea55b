// The SMART scopes that this server knows: v1 (read, write, *) and v2 (c r u d s, in this order) for the resource types
// that the service may ask for. https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
const types = [
  '*', 'AllergyIntolerance', 'Appointment', 'AuditEvent', 'Binary', 'CarePlan', 'Communication', 'Condition', 'Device', 'DiagnosticReport',
  'DocumentReference', 'Encounter', 'Goal', 'Group', 'Medication', 'MedicationAdministration', 'MedicationDispense', 'MedicationRequest',
  'MedicationStatement', 'Observation', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Procedure', 'Provenance',
  'RelatedPerson', 'ServiceRequest', 'Specimen', 'Subscription', 'Task',
];
const letters = ['c', 'r', 'u', 'd', 's'];
const v2 = Array.from({ length: 31 }, (_, i) => letters.filter((_, bit) => (i + 1) & (1 << bit)).join(''));
const categories = {
  Observation: 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
  Condition: 'http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item',
};

export const launchScopes = ['openid', 'fhirUser', 'profile', 'offline_access', 'online_access', 'launch', 'launch/patient', 'launch/encounter'];
export const scopes = [
  ...launchScopes,
  ...['patient', 'user', 'system'].flatMap((level) => types.flatMap((type) => [
    ...['read', 'write', '*', ...v2].map((rights) => `${level}/${type}.${rights}`),
    ...(categories[type] ? v2.map((rights) => `${level}/${type}.${rights}?category=${categories[type]}`) : []),
  ])),
];
