using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>The EHR's own keys, made at first use and never written down: RS256 for id tokens, ES384 for CDS Hooks calls.</summary>
internal sealed class SigningKeys : IDisposable
{
    private readonly Lazy<RSA> rsa = new(() => RSA.Create(2048));
    private readonly Lazy<ECDsa> ecdsa = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP384));
    private readonly string idTokenKey = Opaque.New(), cdsKey = Opaque.New();
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    public JsonObject IdTokenKeySet()
    {
        var key = rsa.Value.ExportParameters(includePrivateParameters: false);
        return Set(new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = idTokenKey,
            ["n"] = Base64UrlEncoder.Encode(key.Modulus),
            ["e"] = Base64UrlEncoder.Encode(key.Exponent),
        });
    }

    public JsonObject CdsKeySet()
    {
        var key = ecdsa.Value.ExportParameters(includePrivateParameters: false);
        return Set(new JsonObject
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["alg"] = "ES384",
            ["kid"] = cdsKey,
            ["crv"] = "P-384",
            ["x"] = Base64UrlEncoder.Encode(key.Q.X),
            ["y"] = Base64UrlEncoder.Encode(key.Q.Y),
        });
    }

    public string IdToken(JsonObject claims) =>
        handler.CreateToken(claims.ToJsonString(), new SigningCredentials(new RsaSecurityKey(rsa.Value) { KeyId = idTokenKey }, SecurityAlgorithms.RsaSha256));

    /// <param name="jku">Told in the header, as CDS Hooks clients do; it is the key set of this EHR.</param>
    public string CdsToken(JsonObject claims, string jku) =>
        handler.CreateToken(claims.ToJsonString(), new SigningCredentials(new ECDsaSecurityKey(ecdsa.Value) { KeyId = cdsKey }, SecurityAlgorithms.EcdsaSha384),
            new Dictionary<string, object> { ["jku"] = jku });

    private static JsonObject Set(JsonObject key) => new() { ["keys"] = new JsonArray(key) };

    public void Dispose()
    {
        if (rsa.IsValueCreated) rsa.Value.Dispose();
        if (ecdsa.IsValueCreated) ecdsa.Value.Dispose();
    }
}
