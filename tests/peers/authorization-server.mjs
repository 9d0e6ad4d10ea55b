// A SMART authorization server for tests, on a free loopback port: oidc-provider, dressed as an EHR's. It refuses what a real
// one refuses: no PKCE, a used code, a used jti, a rotated refresh token, a scope that was not registered, another `aud`.
//   /.well-known/smart-configuration and the endpoints it names; whoever authorizes is signed in and agrees at once
//   POST /admin/settings   { fhirBases, standalone?, dropScopes?, refreshTokens?: asked|always|never, accessTokenSeconds?, smart? }
//   POST /admin/clients    a client's registration, RFC 7591 names
//   POST /admin/launches   the context of one EHR launch: { user?, patient, encounter, … } answers { launch }
//   POST /admin/fail       { endpoint: authorize|token, status?, error?, contentType?, body?, times? } fails the next such requests
//   GET  /admin/requests   what arrived at the authorize, token, introspection and revocation endpoints, and what was answered
//   POST /admin/reset      forgets settings, failures and recorded requests; keeps clients and tokens
// Ends when standard input closes.
import * as clients from './authorization/clients.mjs';
import * as launches from './authorization/launches.mjs';
import { approve, createProvider } from './authorization/provider.mjs';
import { launchScopes } from './authorization/scopes.mjs';
import { answer, bodyOf, jsonOf, start } from './lib/http.mjs';
import { endWithParent } from './lib/lifetime.mjs';

const initial = {
  fhirBases: [], standalone: {}, dropScopes: [], refreshTokens: 'asked', accessTokenSeconds: 3600, smart: {},
};
const settings = structuredClone(initial);
const requests = [];
const failures = [];
const wantedRefresh = new Map(); // by state: whether offline_access or online_access was asked, before the provider drops it

const endpoints = { '/auth': 'authorize', '/token': 'token', '/token/introspection': 'introspection', '/token/revocation': 'revocation' };
let provider;
let callback;

const smartConfiguration = (issuer) => ({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  introspection_endpoint: `${issuer}/token/introspection`,
  revocation_endpoint: `${issuer}/token/revocation`,
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
  scopes_supported: [...launchScopes, 'patient/*.rs', 'user/*.cruds', 'system/*.rs'],
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  capabilities: [
    'launch-ehr', 'launch-standalone', 'authorize-post', 'client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric',
    'sso-openid-connect', 'context-banner', 'context-style', 'context-ehr-patient', 'context-ehr-encounter', 'context-standalone-patient',
    'permission-offline', 'permission-online', 'permission-patient', 'permission-user', 'permission-v1', 'permission-v2',
  ],
  ...settings.smart,
});

const admin = {
  'POST /admin/settings': async (request) => Object.assign(settings, await jsonOf(request)),
  'POST /admin/clients': async (request) => clients.register(await jsonOf(request)),
  'POST /admin/launches': async (request) => ({ launch: launches.mint(await jsonOf(request)) }),
  'POST /admin/fail': async (request) => {
    const { times = 1, ...failure } = await jsonOf(request);
    for (let i = 0; i < times; i++) failures.push(failure);
    return failures;
  },
  'GET /admin/requests': async () => requests,
  'POST /admin/reset': async () => {
    requests.length = failures.length = 0;
    return Object.assign(settings, structuredClone(initial));
  },
};

async function handle(request, response) {
  const path = request.url.split('?')[0];
  const act = admin[`${request.method} ${path}`];
  if (act) return answer(response, 200, await act(request));
  if (path === '/.well-known/smart-configuration') return answer(response, 200, smartConfiguration(provider.issuer));
  if (path.startsWith('/interaction/'))
    return approve(provider, { ...settings, refreshTokens: mayRefresh }, request, response);
  const failure = failures.findIndex(({ endpoint }) => endpoint === endpoints[path]);
  if (failure >= 0) return fail(failures.splice(failure, 1)[0], request, response, path);
  // Each launch signs in anew: the browser's session of an earlier launch belongs to an earlier patient.
  if (path === '/auth' || path.startsWith('/auth/')) request.headers.cookie = request.headers.cookie?.replace(/(^|;\s*)_session(\.\w+)*=[^;]*/g, '');
  return callback(request, response);
}

function mayRefresh(state) {
  return settings.refreshTokens === 'asked' ? (wantedRefresh.get(state) ?? false) : settings.refreshTokens === 'always';
}

async function fail({ endpoint, status = 400, error = 'invalid_request', contentType, body }, request, response, path) {
  const form = request.method === 'POST' ? new URLSearchParams((await bodyOf(request)).toString('utf8')) : new URL(request.url, provider.issuer).searchParams;
  requests.push({ endpoint, method: request.method, path, parameters: Object.fromEntries(form), status: endpoint === 'authorize' ? 303 : status, failed: error });
  if (endpoint === 'authorize') {
    const back = new URL(form.get('redirect_uri'));
    back.searchParams.set('error', error);
    if (form.has('state')) back.searchParams.set('state', form.get('state'));
    return answer(response, 303, undefined, { location: back.href });
  }
  if (body != null) return answer(response, status, Buffer.from(body), { 'content-type': contentType ?? 'text/html' });
  return answer(response, status, { error });
}

/** What arrived, with the parameters as sent: tests assert on verifiers, assertions and scopes. */
async function record(ctx, next) {
  const endpoint = endpoints[ctx.path];
  if (!endpoint) return next();
  const { authorization } = ctx.headers;
  await next();
  const parameters = { ...(ctx.method === 'POST' ? ctx.oidc?.body : ctx.query) };
  if (endpoint === 'authorize' && parameters.state)
    wantedRefresh.set(parameters.state, /(^| )(offline|online)_access( |$)/.test(parameters.scope ?? ''));
  requests.push({
    endpoint,
    method: ctx.method,
    path: ctx.path,
    parameters,
    ...(authorization && { authorizationScheme: authorization.split(' ')[0] }),
    contentType: ctx.headers['content-type'],
    accept: ctx.headers.accept,
    client: ctx.oidc?.client?.clientId,
    status: ctx.status,
    ...(ctx.body?.error && { error: ctx.body.error, why: ctx.body.error_description }),
  });
}

await start((origin) => {
  provider = createProvider(origin, settings);
  provider.use(record);
  callback = provider.callback();
  return handle;
});
endWithParent();
