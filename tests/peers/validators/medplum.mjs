// Structure, cardinality, constraints and slicing by @medplum/core; with `usCore` also against US Core 3.1.0.
import { readFileSync } from 'node:fs';
import { validateResource } from '@medplum/core';
import '../lib/r4.mjs';

const profileNames = {
  CarePlan: 'careplan',
  Condition: 'condition',
  DocumentReference: 'documentreference',
  Medication: 'medication',
  MedicationRequest: 'medicationrequest',
  Patient: 'patient',
  Practitioner: 'practitioner',
};
const largestAttachment = 64 * 1024 * 1024;
const profiles = new Map();

function usCoreProfile(type) {
  if (!profileNames[type]) return undefined;
  if (!profiles.has(type)) {
    const file = new URL(`../definitions/us-core-3.1.0_StructureDefinition-us-core-${profileNames[type]}.json`, import.meta.url);
    profiles.set(type, JSON.parse(readFileSync(file)));
  }
  return profiles.get(type);
}

export function medplum(resource, { usCore = false } = {}) {
  const faults = [...faultsAgainst(resource, undefined)];
  const profile = usCore ? usCoreProfile(resource.resourceType) : undefined;
  if (profile)
    for (const fault of faultsAgainst(resource, profile))
      if (!faults.some((known) => known.where === fault.where && known.what === fault.what))
        faults.push({ ...fault, by: 'us-core' });
  return faults;
}

function* faultsAgainst(resource, profile) {
  let issues;
  try {
    issues = validateResource(resource, { profile, base64BinaryMaxBytes: largestAttachment });
  } catch (error) {
    if (!error.outcome) throw error;
    issues = error.outcome.issue;
  }
  for (const issue of issues)
    if (issue.severity === 'error' || issue.severity === 'fatal')
      yield { by: 'medplum', where: issue.expression?.join(', ') ?? resource.resourceType, what: issue.details?.text ?? issue.code };
}
