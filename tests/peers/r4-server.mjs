// An R4 FHIR server in memory, for tests, on a free loopback port:
//   /fhir/…                 the FHIR API, .well-known/smart-configuration and metadata included
//   POST /admin/load        fills it with a Bundle of any kind, or one resource, unvalidated: { loaded, patients }
//   POST /admin/settings    { pageSize?, authorizationServer?: origin, requireToken?: boolean }
//   POST /admin/reset       forgets every resource and setting
//   GET  /admin/counts      resources of each type
// Behind a proxy, X-Forwarded-Host tells the address that links speak of. Ends when standard input closes.
import { randomUUID } from 'node:crypto';
import { answer, jsonOf, start } from './lib/http.mjs';
import { endWithParent } from './lib/lifetime.mjs';
import { Front } from './r4/front.mjs';
import { load } from './r4/load.mjs';
import { Store } from './r4/store.mjs';

const initial = { pageSize: 50, authorizationServer: undefined, requireToken: false };
let chosen = initial;
const settings = {
  get pageSize() { return chosen.pageSize; },
  get tokens() {
    return chosen.requireToken
      ? { introspect: `${chosen.authorizationServer}/token/introspection`, authorization: `Basic ${btoa('r4-server:r4-server-secret')}` }
      : undefined;
  },
  async smart() {
    if (!chosen.authorizationServer) return undefined;
    return (await fetch(`${chosen.authorizationServer}/.well-known/smart-configuration`)).json();
  },
};
const store = new Store();
const front = new Front(store, settings, () => new Date());

const admin = {
  'POST /admin/load': async (request) => load(store, await jsonOf(request), randomUUID),
  'POST /admin/settings': async (request) => (chosen = { ...chosen, ...(await jsonOf(request)) }),
  'POST /admin/reset': async () => {
    store.forget();
    return (chosen = initial);
  },
  'GET /admin/counts': async () => store.counts(),
};

await start(() => async (request, response) => {
  const { url, method } = request;
  if (url === '/fhir' || url.startsWith('/fhir/') || url.startsWith('/fhir?')) {
    const host = request.headers['x-forwarded-host'] ?? request.headers.host;
    return front.handle(request, response, url.slice('/fhir'.length), `http://${host}/fhir`);
  }
  const act = admin[`${method} ${url}`];
  return act ? answer(response, 200, await act(request)) : answer(response, 404, { error: `no ${method} ${url}` });
});
endWithParent();
