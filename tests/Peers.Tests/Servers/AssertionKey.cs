using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Peers.Tests.Servers;

/// <summary>A client's private key, its public JWK, and assertions signed with it (RFC 7523).</summary>
internal sealed class AssertionKey : IDisposable
{
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;

    public AssertionKey(string algorithm, string kid)
    {
        (Algorithm, Kid) = (algorithm, kid);
        if (algorithm == "ES384") _ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        else _rsa = RSA.Create(2048);
    }

    public string Algorithm { get; }

    public string Kid { get; set; }

    public object Jwk()
    {
        static string Text(byte[]? bytes) => Base64Url.EncodeToString(bytes);
        if (_ec is not null)
        {
            var point = _ec.ExportParameters(false).Q;
            return new { kty = "EC", crv = "P-384", alg = "ES384", use = "sig", kid = Kid, x = Text(point.X), y = Text(point.Y) };
        }
        var rsa = _rsa!.ExportParameters(false);
        return new { kty = "RSA", alg = "RS384", use = "sig", kid = Kid, n = Text(rsa.Modulus), e = Text(rsa.Exponent) };
    }

    public string Assertion(string clientId, string audience, DateTimeOffset now, TimeSpan life, string jti)
    {
        var head = new { alg = Algorithm, kid = Kid, typ = "JWT" };
        var body = new { iss = clientId, sub = clientId, aud = audience, iat = now.ToUnixTimeSeconds(), exp = (now + life).ToUnixTimeSeconds(), jti };
        var signed = $"{Part(head)}.{Part(body)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = _ec?.SignData(bytes, HashAlgorithmName.SHA384) ?? _rsa!.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }
}
