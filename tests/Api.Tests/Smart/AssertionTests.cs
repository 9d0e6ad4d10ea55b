using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>Signed client assertions and our key set: rows L-23 to L-26.</summary>
public sealed class AssertionTests
{
    [Theory]
    [InlineData("ES384")]
    [InlineData("RS384")]
    public async Task L_23_L_24_an_assertion_is_what_SMART_asks_for_and_verifies_with_our_published_key(string algorithm)
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"));
        world.Ehr.Configuration["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray(algorithm);
        await world.Browser.LaunchAsync(world.Ehr);
        var form = Assert.Single(world.Ehr.To("/auth/token")).Form;
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form["client_assertion_type"]);

        var parts = form["client_assertion"].Split('.');
        var (header, claims) = (Decode(parts[0]), Decode(parts[1]));
        Assert.Equal((algorithm, "JWT"), (header.GetProperty("alg").GetString(), header.GetProperty("typ").GetString()));
        Assert.False(header.TryGetProperty("jku", out _));
        Assert.Equal(("biopsy", "biopsy", $"{world.Ehr.Issuer}/token"),
            (claims.GetProperty("iss").GetString(), claims.GetProperty("sub").GetString(), claims.GetProperty("aud").GetString()));
        var now = world.Host.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.InRange(claims.GetProperty("exp").GetInt64(), now + 1, now + 300);
        Assert.True(claims.GetProperty("jti").GetString()!.Length >= 22);

        var key = (await KeySetAsync(world.Host)).Single(k => k.GetProperty("kid").GetString() == header.GetProperty("kid").GetString());
        var (data, signature) = (System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]));
        if (algorithm is "RS384")
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
            Assert.True(rsa.VerifyData(data, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1));
            return;
        }
        Assert.Equal("P-384", key.GetProperty("crv").GetString());
        Assert.Equal(96, signature.Length); // R and S of 48 bytes each; DER would be 102 to 104
        using var ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP384, Q = new() { X = Bytes(key, "x"), Y = Bytes(key, "y") } });
        Assert.True(ec.VerifyData(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public async Task L_25_a_retry_carries_a_new_assertion()
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"));
        world.Ehr.Instead = request => request.Path is "/auth/token" && world.Ehr.To("/auth/token").Count is 1 ? (503, "text/plain", "busy") : null;
        await world.Browser.LaunchAsync(world.Ehr);
        var ids = world.Ehr.To("/auth/token").Select(r => Decode(r.Form["client_assertion"].Split('.')[1]).GetProperty("jti").GetString()).ToList();
        Assert.Equal(2, ids.Count);
        Assert.NotEqual(ids[0], ids[1]);
    }

    [Fact]
    public async Task L_23_a_server_that_takes_neither_of_our_algorithms_is_said_to()
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"));
        world.Ehr.Configuration["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("RS512");
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, "not-capable");
    }

    [Fact]
    public async Task L_26_the_key_set_is_public_cacheable_and_holds_no_private_member()
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        using var answer = await client.GetAsync("/.well-known/jwks.json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("public, max-age=300", answer.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        var keys = await KeySetAsync(host);
        Assert.Equal(["ES384", "RS384"], keys.Select(k => k.GetProperty("alg").GetString()));
        foreach (var key in keys)
        {
            var members = key.EnumerateObject().Select(m => m.Name).ToList();
            Assert.Empty(members.Intersect(["d", "p", "q", "dp", "dq", "qi", "k", "oth"]));
            Assert.Contains("kid", members);
            Assert.Contains("kty", members);
        }
    }

    [Fact]
    public async Task L_26_after_a_rotation_the_newest_key_signs_and_the_old_one_is_still_published()
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-keys-");
        try
        {
            string Key(string name)
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
                var file = Path.Combine(folder.FullName, name);
                File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
                return file;
            }
            var (newer, older) = (Key("new.pem"), Key("old.pem"));
            await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"), ("Smart:SigningKeys:0", newer), ("Smart:SigningKeys:1", older));
            await world.Browser.LaunchAsync(world.Ehr);
            var kid = Decode(Assert.Single(world.Ehr.To("/auth/token")).Form["client_assertion"].Split('.')[0]).GetProperty("kid").GetString();
            var published = (await KeySetAsync(world.Host)).Select(k => k.GetProperty("kid").GetString()).ToList();
            Assert.Equal(2, published.Distinct().Count());
            Assert.Equal(published[0], kid);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task L_26_a_key_that_comes_into_the_folder_is_published_at_once_and_signs_later_without_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-keys-");
        try
        {
            void Key(string name)
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
                File.WriteAllText(Path.Combine(folder.FullName, name), key.ExportPkcs8PrivateKeyPem());
            }
            Key("2026-01-01.pem");
            await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"), ("Smart:SigningKeys:0", folder.FullName));
            async Task<(string Signed, List<string?> Published)> LaunchAsync()
            {
                world.Host.Clock.Advance(TimeSpan.FromMinutes(1));
                world.Ehr.Requests.Clear();
                await world.Browser.LaunchAsync(world.Ehr);
                return (Decode(Assert.Single(world.Ehr.To("/auth/token")).Form["client_assertion"].Split('.')[0]).GetProperty("kid").GetString()!, [.. (await KeySetAsync(world.Host)).Select(k => k.GetProperty("kid").GetString())]);
            }
            var (old, _) = await LaunchAsync();
            Key("2026-06-01.pem");
            var (still, both) = await LaunchAsync();
            Assert.Equal(old, still);
            Assert.Equal(2, both.Count);
            world.Host.Clock.Advance(BiopsyFhir.Api.Smart.Keys.SigningKeys.PublishedBefore);
            var (signed, _) = await LaunchAsync();
            Assert.Equal(both[0], signed);
            Assert.NotEqual(old, signed);

            File.WriteAllText(Path.Combine(folder.FullName, "2026-12-01.pem"), "-----BEGIN PRIVATE KEY-----\nhalf wri");
            var (kept, stay) = await LaunchAsync();
            Assert.Equal((signed, 2), (kept, stay.Count));
            File.Delete(Path.Combine(folder.FullName, "2026-12-01.pem"));
            File.Delete(Path.Combine(folder.FullName, "2026-01-01.pem"));
            var (last, one) = await LaunchAsync();
            Assert.Equal((signed, 1), (last, one.Count));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<JsonElement>> KeySetAsync(ServiceHost host)
    {
        using var client = host.Client();
        return [.. JsonDocument.Parse(await client.GetStringAsync("/.well-known/jwks.json")).RootElement.GetProperty("keys").EnumerateArray()];
    }

    private static JsonElement Decode(string part) => JsonDocument.Parse(WebEncoders.Base64UrlDecode(part)).RootElement;

    private static byte[] Bytes(JsonElement key, string name) => WebEncoders.Base64UrlDecode(key.GetProperty(name).GetString()!);
}
