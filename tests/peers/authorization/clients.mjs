// Clients are registered by the tests while the server runs; all else lives in the provider's own memory.
import { MemoryAdapter } from './memory.mjs';
import { scopes } from './scopes.mjs';

const registered = new Map();

export function adapterFor(model) {
  if (model !== 'Client') return new MemoryAdapter(model);
  return { find: async (id) => registered.get(id) };
}

/** @param metadata RFC 7591 names: client_id, token_endpoint_auth_method, redirect_uris, jwks or jwks_uri, client_secret, scope… */
export function register(metadata) {
  const backend = metadata.grant_types?.length === 1 && metadata.grant_types[0] === 'client_credentials';
  const client = {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: backend ? [] : ['code'],
    redirect_uris: [],
    scope: scopes.filter((scope) => scope.startsWith('system/') === backend).join(' '),
    ...metadata,
  };
  registered.set(client.client_id, client);
  return client;
}

/** The FHIR server, which asks whether tokens are good. */
register({ client_id: 'r4-server', client_secret: 'r4-server-secret', token_endpoint_auth_method: 'client_secret_basic', grant_types: ['client_credentials'] });
