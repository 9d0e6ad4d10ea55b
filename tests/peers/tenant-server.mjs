// One tenant of an Entra-like sign-in for tests, over TLS on a free loopback port: oidc-provider at /{tenant}/v2.0, with app roles in
// the ID token. Whoever authorizes is signed in and agrees at once.
//   node tenant-server.mjs certificate-and-key.pem tenant
//   POST /admin/clients    a client's registration, RFC 7591 names
//   POST /admin/person     { name, roles }: who signs in from now on
// Ends when standard input closes.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { Provider } from 'oidc-provider';
import * as clients from './authorization/clients.mjs';
import { answer, jsonOf } from './lib/http.mjs';
import { endWithParent } from './lib/lifetime.mjs';

const [pemFile, tenant] = process.argv.slice(2);
const pem = readFileSync(pemFile);
const signingKey = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'tenant-1' };
let person = { name: 'Test Person', roles: [] };

function createProvider(issuer) {
  return new Provider(issuer, {
    adapter: clients.adapterFor,
    jwks: { keys: [signingKey] },
    claims: { openid: ['sub', 'oid', 'tid', 'ver', 'roles'], profile: ['name'] },
    conformIdTokenClaims: false,
    clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
    pkce: { required: () => true, methods: ['S256'] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, oid: `oid-${id}`, tid: tenant, ver: '2.0', ...person }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['test peer, nothing secret'] },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, Interaction: 600, Grant: 3600, Session: 3600 },
    renderError(ctx, out) {
      ctx.type = 'json';
      ctx.body = out;
    },
  });
}

async function approve(provider, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: 'person-1', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addOIDCClaims(['sub', 'oid', 'tid', 'ver', 'roles', 'name']);
  return provider.interactionFinished(request, response, { login: { accountId: 'person-1' }, consent: { grantId: await grant.save() } });
}

const server = https.createServer({ cert: pem, key: pem });
server.listen(0, '127.0.0.1', () => {
  const origin = `https://127.0.0.1:${server.address().port}`;
  const mount = `/${tenant}/v2.0`;
  const provider = createProvider(origin + mount);
  const callback = provider.callback();
  provider.on('server_error', (ctx, error) => process.stderr.write(`${error.stack}\n`));
  const handle = async (request, response) => {
    if (request.url === '/admin/clients') return answer(response, 200, clients.register(await jsonOf(request)));
    if (request.url === '/admin/person') return answer(response, 200, (person = await jsonOf(request)));
    if (request.url.startsWith('/interaction/')) return approve(provider, request, response);
    if (!request.url.startsWith(mount)) return answer(response, 404, { error: 'not this tenant' });
    request.originalUrl = request.url; // where it is mounted, as express tells it
    request.url = request.url.slice(mount.length) || '/';
    return callback(request, response);
  };
  server.on('request', (request, response) => handle(request, response).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    if (!response.headersSent) answer(response, error.status ?? 500, { error: error.message });
  }));
  process.stdout.write(JSON.stringify({ origin }) + '\n');
});
endWithParent();
