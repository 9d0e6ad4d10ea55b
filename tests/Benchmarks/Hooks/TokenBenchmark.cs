using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Benchmarks.Hooks;

/// <summary>What it costs to check the token of a call, apart from the database's word that it was not used before: nearly all of it is the signature.</summary>
internal static class TokenBenchmark
{
    public static readonly Benchmark Benchmark = new("token", Run);

    private static IEnumerable<string> Run()
    {
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var chart = GenerateChart.Bundle(ChartSize.Usual);
        var signed = Encoding.ASCII.GetBytes(new string('x', 300));
        var (es, rs) = (elliptic.SignData(signed, HashAlgorithmName.SHA384), rsa.SignData(signed, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1));
        var (es384, rs384) = (Signed(new ECDsaSecurityKey(elliptic), "ES384"), Signed(new RsaSecurityKey(rsa), "RS384"));
        foreach (var line in Tables.Of(Measure.Run(
            new Step("reader pass", () => Service.ReadEveryToken(chart.Span)),
            new Step("ES384 signature alone", () => Must(elliptic.VerifyData(signed, es, HashAlgorithmName.SHA384))),
            new Step("ES384 token", () => Check(es384.Compact, es384.Key)),
            new Step("RS384 signature alone", () => Must(rsa.VerifyData(signed, rs, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1))),
            new Step("RS384 token", () => Check(rs384.Compact, rs384.Key))))) yield return line;
    }

    private static void Check(string compact, SecurityKey key) => Must(VerifyHookToken.IsSignedAsync(HookToken.Read(compact).Token!, key).GetAwaiter().GetResult());

    private static void Must(bool holds)
    {
        if (!holds) throw new InvalidOperationException("the token was refused");
    }

    private static (string Compact, SecurityKey Key) Signed(SecurityKey key, string algorithm)
    {
        key.KeyId = "k1";
        return (new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "https://ehr.example.org",
            Audience = "https://biopsy.example.org/cds-services/bone-marrow-biopsy-order-sign",
            Claims = new Dictionary<string, object> { ["jti"] = "2b1f3c8a-7d55-4b1e-9d0f-4a1f7e0c9a11" },
            SigningCredentials = new(key, algorithm),
            AdditionalHeaderClaims = new Dictionary<string, object> { ["typ"] = "JWT" },
        }), key);
    }
}
