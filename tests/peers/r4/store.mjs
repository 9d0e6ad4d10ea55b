// An R4 store in memory: medplum's, with what it lacks as a server: rollback, deletion marks, validation, an identifier index.
import { OperationOutcomeError, gone } from '@medplum/core';
import { MemoryRepository } from '@medplum/fhir-router';
import { fhirjs } from '../validators/fhirjs.mjs';
import { medplum } from '../validators/medplum.mjs';
import { indexSearchParameters } from '../lib/r4.mjs';

indexSearchParameters();

export class Store extends MemoryRepository {
  /** "Type parameter system|value" to ids that carry it or once did; a search looks at the resource itself again. */
  #byToken = new Map();
  #deleted = new Set();

  has(type, id) {
    return this.resources.get(type)?.has(id) ?? false;
  }

  forget() {
    this.clear();
    this.#byToken.clear();
    this.#deleted.clear();
  }

  /** How many resources of each type there are. */
  counts() {
    return Object.fromEntries([...this.resources].map(([type, byId]) => [type, byId.size]).filter(([, n]) => n > 0));
  }

  /** Takes a resource as it is, valid or not: what a real server inherited from its predecessors. */
  seed(resource) {
    this.seeding = true;
    try {
      return this.createResourceSync(resource, undefined, true);
    } finally {
      this.seeding = false;
    }
  }

  createResourceSync(resource, options, update) {
    if (!this.seeding) refuseInvalid(resource);
    const stored = super.createResourceSync(resource, options, update);
    this.#deleted.delete(`${stored.resourceType}/${stored.id}`);
    for (const { system, value } of [stored.identifier ?? []].flat()) this.#index(stored, 'identifier', system, value);
    for (const { system, code } of stored.meta?.tag ?? []) this.#index(stored, '_tag', system, code);
    return stored;
  }

  #index({ resourceType, id }, parameter, system, value) {
    const key = `${resourceType} ${parameter} ${system ?? ''}|${value}`;
    this.#byToken.set(key, (this.#byToken.get(key) ?? new Set()).add(id));
  }

  async readResource(type, id) {
    if (this.#deleted.has(`${type}/${id}`)) throw new OperationOutcomeError(gone);
    return super.readResource(type, id);
  }

  async deleteResource(type, id, options) {
    if (this.#deleted.has(`${type}/${id}`)) return; // R4: deleting twice is no error
    await super.deleteResource(type, id, options);
    this.#deleted.add(`${type}/${id}`);
  }

  async readHistory(type, id) {
    await this.readResource(type, id);
    // The original reverses its own list, so that every second reading runs the wrong way.
    const entry = (this.history.get(type)?.get(id) ?? []).toReversed().map((resource) => ({ resource: structuredClone(resource) }));
    return { resourceType: 'Bundle', type: 'history', total: entry.length, entry };
  }

  /** One identifier or tag names few resources: with thousands stored, conditional creation stays quick. */
  searchSync(request) {
    const named = request.filters?.find(
      ({ code, operator, value }) => (code === 'identifier' || code === '_tag') && operator === 'eq' && value.includes('|') && !value.includes(','));
    if (!named) return super.searchSync(request);
    const all = this.resources;
    const ofType = all.get(request.resourceType);
    const ids = [...(this.#byToken.get(`${request.resourceType} ${named.code} ${named.value}`) ?? [])].filter((id) => ofType?.has(id));
    this.resources = new Map([...all, [request.resourceType, new Map(ids.map((id) => [id, ofType.get(id)]))]]);
    try {
      return super.searchSync(request);
    } finally {
      this.resources = all;
    }
  }

  async withTransaction(callback) {
    const resources = copied(this.resources, (resource) => resource); // stored resources are replaced, never changed
    const history = copied(this.history, (versions) => [...versions]);
    const deleted = new Set(this.#deleted);
    try {
      return await callback(this);
    } catch (error) {
      this.resources = resources;
      this.history = history;
      this.#deleted = deleted;
      throw error;
    }
  }
}

const copied = (byType, copy) =>
  new Map([...byType].map(([type, byId]) => [type, new Map([...byId].map(([id, value]) => [id, copy(value)]))]));

function refuseInvalid(resource) {
  const outcome = validationOutcome(resource);
  if (outcome) throw new OperationOutcomeError(outcome);
}

/** What a server says to an invalid resource, or undefined. Its id is medplum's for HTTP 422. */
export function validationOutcome(resource) {
  const faults = [...medplum(resource), ...fhirjs(resource)];
  if (faults.length === 0) return undefined;
  return {
    resourceType: 'OperationOutcome',
    id: 'business-rule',
    issue: faults.map(({ by, where, what }) => ({
      severity: 'error', code: 'invalid', details: { text: what }, expression: [where], diagnostics: `found by ${by}`,
    })),
  };
}
