// oidc-provider's storage contract over Maps, without its default's limit of a thousand entries.
const stored = new Map();
const grants = new Map();
const uids = new Map();

export class MemoryAdapter {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.#key(id);
    if (payload.grantId && this.model !== 'Grant') grants.set(payload.grantId, (grants.get(payload.grantId) ?? new Set()).add(key));
    if (this.model === 'Session') uids.set(payload.uid, id);
    stored.set(key, { payload, ends: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
  }

  async find(id) {
    const found = stored.get(this.#key(id));
    return found && found.ends > Date.now() ? found.payload : undefined;
  }

  async findByUid(uid) {
    return this.find(uids.get(uid));
  }

  async findByUserCode() {
    return undefined; // no device flow here
  }

  async consume(id) {
    const found = stored.get(this.#key(id));
    if (found) found.payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    stored.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) stored.delete(key);
    grants.delete(grantId);
  }
}
