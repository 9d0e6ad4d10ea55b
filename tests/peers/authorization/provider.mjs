// oidc-provider, an OpenID-certified authorization server, dressed as an EHR's: checks `aud`, knows launches, tells SMART context.
import { generateKeyPairSync } from 'node:crypto';
import { errors, Provider } from 'oidc-provider';
import { adapterFor } from './clients.mjs';
import * as launches from './launches.mjs';
import { scopes } from './scopes.mjs';

const signingKey = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'ehr-1' };

/**
 * @param settings fhirBases: the `aud` values accepted, byte for byte; standalone: context where no EHR launch tells one;
 *   dropScopes: never granted, silently; accessTokenSeconds.
 */
export function createProvider(issuer, settings) {
  const provider = new Provider(issuer, {
    adapter: adapterFor,
    jwks: { keys: [signingKey] },
    scopes,
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name'] },
    conformIdTokenClaims: false, // SMART wants fhirUser inside the ID token
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
    pkce: { required: () => true, methods: ['S256'] },
    rotateRefreshToken: true,
    // Without prompt=consent offline_access is dropped from the granted scope, but the refresh token comes all the same: as some EHRs do.
    issueRefreshToken: async (ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && (launches.ofGrant(code.grantId)?.refreshable ?? false),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: () => settings.accessTokenSeconds,
      ClientCredentials: () => Math.min(settings.accessTokenSeconds, 300),
      AuthorizationCode: 60, RefreshToken: 86_400, Grant: 86_400, IdToken: 3_600, Interaction: 600, Session: 86_400,
    },
    extraParams: {
      aud(ctx, value) {
        if (!settings.fhirBases.includes(value)) throw new errors.InvalidRequest('aud is not the FHIR base of this EHR');
      },
      launch(ctx, value) {
        const asked = ctx.oidc.requestParamScopes.has('launch');
        if (value !== undefined && !launches.find(value)) throw new errors.InvalidRequest('unknown launch');
        if (asked && value === undefined) throw new errors.InvalidRequest('scope launch without launch');
      },
    },
    extraTokenClaims: (ctx, token) => {
      const patient = launches.ofGrant(token.grantId)?.context.patient;
      return patient ? { patient } : undefined; // introspection tells it, so that a proxy can keep to the patient's compartment
    },
    findAccount: (ctx, id, token) => ({
      accountId: id,
      // Absolute, below the base that this launch was for.
      claims: () => ({
        sub: id,
        fhirUser: /^https?:/.test(id) ? id : `${launches.ofGrant(token?.grantId)?.aud ?? settings.fhirBases[0]}/${id}`,
        name: 'Test Clinician',
      }),
    }),
    // Every authorization asks anew: a grant of an earlier launch belongs to an earlier patient.
    loadExistingGrant: async (ctx) => (ctx.oidc.result?.consent?.grantId ? ctx.oidc.provider.Grant.find(ctx.oidc.result.consent.grantId) : undefined),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (ctx, client, token) => client.clientId === 'r4-server' || client.clientId === token.clientId },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['test peer, nothing secret'] },
    renderError(ctx, out) {
      ctx.type = 'json';
      ctx.body = out;
    },
  });
  provider.on('grant.success', (ctx) => {
    const grantId = (ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken)?.grantId;
    if (grantId) Object.assign(ctx.body, launches.ofGrant(grantId)?.context);
  });
  provider.on('server_error', (ctx, error) => process.stderr.write(`${error.stack}\n`));
  return provider;
}

/** The clinician signs in and agrees, without being asked. */
export async function approve(provider, settings, request, response) {
  const { params, grantId } = await provider.interactionDetails(request, response);
  const launch = launches.find(params.launch) ?? { user: 'Practitioner/1', context: settings.standalone };
  const grant = new provider.Grant({ accountId: launch.user, clientId: params.client_id });
  const asked = (params.scope ?? '').split(' ').filter(Boolean);
  const granted = asked.filter((scope) => !settings.dropScopes.includes(scope));
  grant.addOIDCScope(granted.join(' '));
  grant.addOIDCClaims(['sub', 'fhirUser', 'name']);
  const dropped = asked.filter((scope) => !granted.includes(scope));
  if (dropped.length) grant.rejectOIDCScope(dropped.join(' '));
  const id = await grant.save();
  launches.bind(id, { ...launch, aud: params.aud, refreshable: settings.refreshTokens(params.state) });
  await provider.interactionFinished(request, response, { login: { accountId: launch.user }, consent: { grantId: id } }, { mergeWithLastSubmission: false });
}
