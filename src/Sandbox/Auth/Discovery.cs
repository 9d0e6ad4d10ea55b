using System.Text.Json.Nodes;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>The two discovery documents: SMART App Launch 2.2 (section 2.1, <c>.well-known/smart-configuration</c>) and OpenID Connect.</summary>
internal static class Discovery
{
    private static JsonArray Algorithms => ["ES384", "RS384"];
    private static JsonArray Scopes => ["openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
        "patient/*.cruds", "user/*.cruds", "system/*.cruds"];

    public static JsonObject Smart(SandboxAddresses at)
    {
        var document = Endpoints(at);
        document["code_challenge_methods_supported"] = new JsonArray("S256");
        document["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token", "client_credentials");
        document["capabilities"] = new JsonArray("launch-ehr", "launch-standalone", "authorize-post", "client-public", "client-confidential-asymmetric",
            "sso-openid-connect", "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter", "context-standalone-patient",
            "permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2");
        return document;
    }

    public static JsonObject OpenId(SandboxAddresses at)
    {
        var document = Endpoints(at);
        document["subject_types_supported"] = new JsonArray("public");
        document["id_token_signing_alg_values_supported"] = new JsonArray("RS256");
        document["claims_supported"] = new JsonArray("iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser", "profile", "name");
        return document;
    }

    private static JsonObject Endpoints(SandboxAddresses at) => new()
    {
        ["issuer"] = at.Issuer,
        ["jwks_uri"] = $"{at.Issuer}/jwks",
        ["authorization_endpoint"] = at.Authorize,
        ["token_endpoint"] = at.Token,
        ["introspection_endpoint"] = $"{at.Issuer}/introspect",
        ["revocation_endpoint"] = $"{at.Issuer}/revoke",
        ["response_types_supported"] = new JsonArray("code"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("none", "private_key_jwt"),
        ["token_endpoint_auth_signing_alg_values_supported"] = Algorithms,
        ["scopes_supported"] = Scopes,
        ["authorization_response_iss_parameter_supported"] = true,
    };
}
