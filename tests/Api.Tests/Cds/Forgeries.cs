using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Tokens that must not open anything. Each gets the world, with keys of a stranger, and answers the whole Authorization header.</summary>
public static class Forgeries
{
    private const string Path = $"/cds-services/{HookWorld.OrderSign}";
    private static readonly ECDsa Stranger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private static readonly ECDsa P256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static IReadOnlyDictionary<string, Func<HookWorld, string>> All { get; } = new Dictionary<string, Func<HookWorld, string>>
    {
        ["alg none, signature stripped"] = w => Unsigned(w, "none", ""),
        ["alg none, signature kept"] = w => Unsigned(w, "none", "AAAA"),
        ["alg None in capitals"] = w => Unsigned(w, "nOnE", "AAAA"),
        ["alg missing"] = w => Changed(w, (h, _) => h.Remove("alg")),
        ["alg is a list"] = w => Changed(w, (h, _) => h["alg"] = new JsonArray("ES384")),
        ["alg with a blank"] = w => Changed(w, (h, _) => h["alg"] = "ES384 "),
        ["HS256 with the public key as secret"] = w => Hmac(w, "HS256", key => HMACSHA256.HashData(key, Input(w, "HS256"))),
        ["HS384 with the public key as secret"] = w => Hmac(w, "HS384", key => HMACSHA384.HashData(key, Input(w, "HS384"))),
        ["HS384 with the PEM as secret"] = w => SignedBy(w, h => h["alg"] = "HS384", input => HMACSHA384.HashData(Encoding.ASCII.GetBytes(w.Key.ExportSubjectPublicKeyInfoPem()), input)),
        ["ES256 by a P-256 key"] = w => SignedBy(w, h => h["alg"] = "ES256", input => P256.SignData(input, HashAlgorithmName.SHA256)),
        ["ES384 by a P-256 key"] = w => SignedBy(w, _ => { }, input => P256.SignData(input, HashAlgorithmName.SHA384)),
        ["ES512"] = w => Changed(w, (h, _) => h["alg"] = "ES512"),
        ["RS256 by the right key"] = w => SignedBy(w, h => { h["alg"] = "RS256"; h["kid"] = "rsa-1"; }, input => w.RsaKey.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
        ["PS384 by the right key"] = w => SignedBy(w, h => { h["alg"] = "PS384"; h["kid"] = "rsa-1"; }, input => w.RsaKey.SignData(input, HashAlgorithmName.SHA384, RSASignaturePadding.Pss)),
        ["RS384 claimed for an EC key"] = w => Changed(w, (h, _) => h["alg"] = "RS384"),
        ["ES384 claimed for an RSA key"] = w => Changed(w, (h, _) => h["kid"] = "rsa-1"),
        ["signed by a stranger"] = w => SignedBy(w, _ => { }, Strange),
        ["signed by a stranger, key in the header"] = w => SignedBy(w, h => h["jwk"] = HookWorld.EcJwk(Stranger, "ec-1"), Strange),
        ["signed by a stranger, x5u of a stranger"] = w => SignedBy(w, h => h["x5u"] = "https://evil.example/cert", Strange),
        ["signed by a stranger, x5c of a stranger"] = w => SignedBy(w, h => h["x5c"] = new JsonArray("MIIB"), Strange),
        ["DER signature"] = w => SignedBy(w, _ => { }, input => w.Key.SignData(input, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence)),
        ["signature of zeros (CVE-2022-21449)"] = w => SignedBy(w, _ => { }, _ => new byte[96]),
        ["signature cut short"] = w => Bearer(w.Token(Path)[..^8]),
        ["signature with more behind it"] = w => Bearer(w.Token(Path) + "AAAA"),
        ["claims changed after signing"] = w => Bearer(Tampered(w)),
        ["jku on another host"] = w => Changed(w, (h, _) => h["jku"] = "https://evil.example/cds/jwks"),
        ["jku on another port"] = w => Changed(w, (h, _) => h["jku"] = "http://127.0.0.1:1/cds/jwks"),
        ["jku with our host as user"] = w => Changed(w, (h, _) => h["jku"] = w.Ehr.Origin.Replace("://", "://127.0.0.1@evil.example:", StringComparison.Ordinal)),
        ["jku with user information"] = w => Changed(w, (h, _) => h["jku"] = w.Ehr.Origin.Replace("://", "://a:b@", StringComparison.Ordinal) + "/cds/jwks"),
        ["jku with a path that leads back"] = w => Changed(w, (h, _) => h["jku"] = $"{w.Ehr.Origin}/x/../cds/jwks"),
        ["jku in other capitals"] = w => Changed(w, (h, _) => h["jku"] = $"{w.Ehr.Origin}/CDS/jwks"),
        ["jku with a query"] = w => Changed(w, (h, _) => h["jku"] = $"{w.Ehr.Origin}/cds/jwks?x=1"),
        ["jku with a fragment"] = w => Changed(w, (h, _) => h["jku"] = $"{w.Ehr.Origin}/cds/jwks#x"),
        ["jku with a slash more"] = w => Changed(w, (h, _) => h["jku"] = $"{w.Ehr.Origin}/cds/jwks/"),
        ["jku empty"] = w => Changed(w, (h, _) => h["jku"] = ""),
        ["jku is a list"] = w => Changed(w, (h, _) => h["jku"] = new JsonArray($"{w.Ehr.Origin}/cds/jwks", "https://evil.example")),
        ["kid missing"] = w => Changed(w, (h, _) => h.Remove("kid")),
        ["kid is a path"] = w => Changed(w, (h, _) => h["kid"] = "../../../dev/null"),
        ["kid is SQL"] = w => Changed(w, (h, _) => h["kid"] = "x' UNION SELECT 'key"),
        ["kid with a line break"] = w => Changed(w, (h, _) => h["kid"] = "ec-1\nec-1"),
        ["kid of another key, signed by a stranger"] = w => SignedBy(w, h => h["kid"] = "ec-2", Strange),
        ["typ of an access token"] = w => Changed(w, (h, _) => h["typ"] = "at+jwt"),
        ["typ missing"] = w => Changed(w, (h, _) => h.Remove("typ")),
        ["critical header"] = w => Changed(w, (h, _) => { h["crit"] = new JsonArray("exp"); h["exp"] = 1; }),
        ["b64 off"] = w => Changed(w, (h, _) => { h["b64"] = false; h["crit"] = new JsonArray("b64"); }),
        ["iss missing"] = w => Changed(w, (_, c) => c.Remove("iss")),
        ["iss of a stranger"] = w => Changed(w, (_, c) => c["iss"] = "https://evil.example"),
        ["iss with a slash more"] = w => Changed(w, (_, c) => c["iss"] = "https://ehr.example.org/"),
        ["iss in capitals"] = w => Changed(w, (_, c) => c["iss"] = "https://EHR.example.org"),
        ["iss is a list"] = w => Changed(w, (_, c) => c["iss"] = new JsonArray("https://ehr.example.org")),
        ["aud missing"] = w => Changed(w, (_, c) => c.Remove("aud")),
        ["aud of another service"] = w => Changed(w, (_, c) => c["aud"] = w.Address($"/cds-services/{HookWorld.OrderSelect}")),
        ["aud of discovery"] = w => Changed(w, (_, c) => c["aud"] = w.Address("/cds-services")),
        ["aud of feedback"] = w => Changed(w, (_, c) => c["aud"] = w.Address($"{Path}/feedback")),
        ["aud with a slash more"] = w => Changed(w, (_, c) => c["aud"] = w.Address($"{Path}/")),
        ["aud is our host only"] = w => Changed(w, (_, c) => c["aud"] = w.Address("")),
        ["aud of another host"] = w => Changed(w, (_, c) => c["aud"] = $"https://other.example{Path}"),
        ["aud list without us"] = w => Changed(w, (_, c) => c["aud"] = new JsonArray("https://other.example", w.Address("/cds-services"))),
        ["aud list with a number"] = w => Changed(w, (_, c) => c["aud"] = new JsonArray(w.Address(Path), 1)),
        ["aud is an empty list"] = w => Changed(w, (_, c) => c["aud"] = new JsonArray()),
        ["expired"] = w => Changed(w, (_, c) => { c["iat"] = Now(w) - 400; c["exp"] = Now(w) - 100; }),
        ["exp missing"] = w => Changed(w, (_, c) => c.Remove("exp")),
        ["exp is a text"] = w => Changed(w, (_, c) => c["exp"] = $"{Now(w) + 300}"),
        ["exp in milliseconds"] = w => Changed(w, (_, c) => c["exp"] = (Now(w) + 300) * 1000),
        ["valid for years"] = w => Changed(w, (_, c) => c["exp"] = Now(w) + 100_000_000),
        ["issued in the future"] = w => Changed(w, (_, c) => c["iat"] = Now(w) + 600),
        ["issued long ago"] = w => Changed(w, (_, c) => c["iat"] = Now(w) - 3600),
        ["iat missing"] = w => Changed(w, (_, c) => c.Remove("iat")),
        ["not valid yet"] = w => Changed(w, (_, c) => c["nbf"] = Now(w) + 600),
        ["nbf is a text"] = w => Changed(w, (_, c) => c["nbf"] = "soon"),
        ["jti missing"] = w => Changed(w, (_, c) => c.Remove("jti")),
        ["jti is a number"] = w => Changed(w, (_, c) => c["jti"] = 1),
        ["tenant is a list"] = w => Changed(w, (_, c) => c["tenant"] = new JsonArray("north")),
        ["claims with a key twice"] = w => Raw(w, Claims(w).Replace("{", $$"""{"iss":"https://evil.example",""", StringComparison.Ordinal)),
        ["header with a key twice"] = w => Bearer(HookWorld.SignWith(w.Parts(Path).Header.ToJsonString().Replace("{", """{"alg":"none",""", StringComparison.Ordinal), Claims(w), Good(w))),
        ["claims nested deep"] = w => Changed(w, (_, c) => c["x"] = JsonNode.Parse(new string('[', 50) + new string(']', 50))),
        ["claims are a list"] = w => Raw(w, "[]"),
        ["claims are a text"] = w => Raw(w, "\"claims\""),
        ["claims with a comment"] = w => Raw(w, "/**/" + Claims(w)),
        ["claims with half a surrogate pair"] = w => Raw(w, Claims(w).Replace("https://ehr.example.org", "https://ehr.example.org\\ud800", StringComparison.Ordinal)),
        ["claims are not UTF-8"] = w => Bearer($"{HookWorld.Encode(w.Parts(Path).Header.ToJsonString())}.{Base64UrlEncoder.Encode([0x7b, 0xff, 0xfe, 0x7d])}.AAAA"),
        ["huge"] = w => Changed(w, (_, c) => c["x"] = new string('x', 20_000)),
        ["nested token (JWE of five parts)"] = w => Bearer(string.Join('.', Enumerable.Repeat(HookWorld.Encode("{}"), 5))),
        ["two parts"] = w => Bearer(string.Join('.', w.Token(Path).Split('.')[..2])),
        ["padding"] = w => Bearer(w.Token(Path) + "=="),
        ["plain base64 letters"] = w => Bearer(w.Token(Path).Split('.') is [var h, var c, _] ? $"{h}.{c}.++//" : ""),
        ["blanks inside"] = w => Bearer(w.Token(Path).Insert(10, " ")),
        ["empty"] = _ => "Bearer ",
        ["no scheme"] = w => w.Token(Path),
        ["Basic"] = w => $"Basic {w.Token(Path)}",
        ["two credentials"] = w => $"Bearer {w.Token(Path)}, Bearer {w.Token(Path)}",
    };

    private static string Changed(HookWorld world, Action<JsonObject, JsonObject> change) => Bearer(world.Token(Path, change));

    private static string Bearer(string token) => $"Bearer {token}";

    private static string Raw(HookWorld world, string claims) => Bearer(HookWorld.SignWith(world.Parts(Path).Header.ToJsonString(), claims, Good(world)));

    private static string Claims(HookWorld world) => world.Parts(Path).Claims.ToJsonString();

    private static Func<byte[], byte[]> Good(HookWorld world) => input => world.Key.SignData(input, HashAlgorithmName.SHA384);

    private static byte[] Strange(byte[] input) => Stranger.SignData(input, HashAlgorithmName.SHA384);

    private static string SignedBy(HookWorld world, Action<JsonObject> header, Func<byte[], byte[]> sign)
    {
        var (head, claims) = world.Parts(Path);
        header(head);
        return Bearer(HookWorld.SignWith(head.ToJsonString(), claims.ToJsonString(), sign));
    }

    private static string Unsigned(HookWorld world, string algorithm, string signature)
    {
        var (header, claims) = world.Parts(Path);
        header["alg"] = algorithm;
        return Bearer($"{HookWorld.Encode(header.ToJsonString())}.{HookWorld.Encode(claims.ToJsonString())}.{signature}");
    }

    private static byte[] Input(HookWorld world, string algorithm)
    {
        var (header, claims) = Fixed(world, algorithm);
        return Encoding.ASCII.GetBytes($"{HookWorld.Encode(header)}.{HookWorld.Encode(claims)}");
    }

    private static string Hmac(HookWorld world, string algorithm, Func<byte[], byte[]> sign)
    {
        var (header, claims) = Fixed(world, algorithm);
        return Bearer($"{HookWorld.Encode(header)}.{HookWorld.Encode(claims)}.{Base64UrlEncoder.Encode(sign(world.Key.ExportSubjectPublicKeyInfo()))}");
    }

    /// <summary>The same parts each time they are asked for.</summary>
    private static (string Header, string Claims) Fixed(HookWorld world, string algorithm)
    {
        var (header, claims) = world.Parts(Path);
        header["alg"] = algorithm;
        claims["jti"] = "fixed";
        return (header.ToJsonString(), claims.ToJsonString());
    }

    private static string Tampered(HookWorld world)
    {
        var parts = world.Token(Path).Split('.');
        var claims = (JsonObject)JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!;
        claims["sub"] = "someone";
        return $"{parts[0]}.{HookWorld.Encode(claims.ToJsonString())}.{parts[2]}";
    }

    private static long Now(HookWorld world) => world.Host.Clock.GetUtcNow().ToUnixTimeSeconds();
}
