// Fills the store with a patient as somebody published it: any Bundle, or one resource. Nothing is validated: real data is not clean.

/** @returns {{ loaded: number, patients: string[] }} */
export function load(store, input, newId) {
  const entries = input.resourceType === 'Bundle' ? (input.entry ?? []) : [{ resource: input }];
  const named = entries.filter(({ resource }) => resource?.resourceType).map(({ fullUrl, resource }) => ({ fullUrl, resource: structuredClone(resource) }));
  const moved = new Map();
  for (const { fullUrl, resource } of named) {
    resource.id ??= /^urn:uuid:(.+)$/.exec(fullUrl ?? '')?.[1] ?? newId();
    if (fullUrl) moved.set(fullUrl, `${resource.resourceType}/${resource.id}`);
  }
  for (const { resource } of named) {
    follow(resource, moved);
    store.seed(resource);
  }
  return {
    loaded: named.length,
    patients: named.filter(({ resource }) => resource.resourceType === 'Patient').map(({ resource }) => resource.id),
  };
}

function follow(node, moved) {
  if (typeof node !== 'object' || node === null) return;
  if (typeof node.reference === 'string') node.reference = moved.get(node.reference) ?? node.reference;
  for (const child of Object.values(node)) follow(child, moved);
}
