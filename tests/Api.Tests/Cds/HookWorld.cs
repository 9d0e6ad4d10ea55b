using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>One EHR that calls our hooks with tokens of its own, and serves FHIR when it is asked. Every 200 is checked against our schema.</summary>
public sealed class HookWorld : IAsyncDisposable
{
    public const string Patient = "pat-1";
    public const string OrderSelect = "bone-marrow-biopsy-order-select", OrderSign = "bone-marrow-biopsy-order-sign",
        PatientView = "bone-marrow-biopsy-patient-view", AppointmentBook = "bone-marrow-biopsy-appointment-book";

    private int counter;

    private HookWorld(FakeEhr ehr, ServiceHost host)
    {
        (Ehr, Host, Client) = (ehr, host, host.SocketClient());
        KeySet = new JsonArray(EcJwk(Key, "ec-1"), RsaJwk(RsaKey, "rsa-1"));
        ehr.Instead = request => request.Path switch
        {
            "/cds/jwks" => (200, "application/json", new JsonObject { ["keys"] = KeySet.DeepClone() }.ToJsonString()),
            var path when path.StartsWith("/fhir/", StringComparison.Ordinal) => Fhir(request),
            _ => (404, "text/plain", "nothing here"),
        };
    }

    public FakeEhr Ehr { get; }
    public ServiceHost Host { get; }
    public HttpClient Client { get; }
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    public RSA RsaKey { get; } = RSA.Create(2048);
    public JsonArray KeySet { get; set; }

    /// <summary>Resources that the EHR's FHIR server finds, by type.</summary>
    public Dictionary<string, List<JsonObject>> Stored { get; } = [];

    /// <summary>Answers instead of the store when it returns something.</summary>
    public Func<Recorded, (int Status, string ContentType, string Body)?> FhirInstead { get; set; } = _ => null;

    public int KeyDownloads => Ehr.To("/cds/jwks").Count;
    public IReadOnlyList<Recorded> FhirCalls => [.. Ehr.Requests.Where(r => r.Path.StartsWith("/fhir/", StringComparison.Ordinal) && r.Path != "/fhir/metadata")];

    public static async Task<HookWorld> StartAsync(params (string Key, string Value)[] settings)
    {
        var ehr = await FakeEhr.StartAsync();
        var all = new Dictionary<string, string?>
        {
            ["Ehrs:0:Issuer"] = ehr.FhirBase,
            ["Ehrs:0:Id"] = "north",
            ["Ehrs:0:CdsClients:0:Issuer"] = "https://ehr.example.org",
            ["Ehrs:0:CdsClients:0:JwksUrl"] = $"{ehr.Origin}/cds/jwks",
            ["Cds:AllowedOrigins:0"] = "https://orders.example.org",
            ["Cds:Deadline"] = "5000", // a shared machine is slow; what the deadline does has tests of its own
        };
        foreach (var (key, value) in settings) all[key] = value;
        return new(ehr, new ServiceHost(all));
    }

    /// <summary>For the next test: an EHR without data that was asked for nothing.</summary>
    public HookWorld Fresh()
    {
        Stored.Clear();
        FhirInstead = _ => null;
        Ehr.Requests.Clear();
        return this;
    }

    public string Address(string path) => Host.Address + path;

    /// <summary>A call with a good token.</summary>
    public Task<HttpResponseMessage> CallAsync(string service, JsonNode body) => SendAsync(HttpMethod.Post, $"/cds-services/{service}", Json(body), Token($"/cds-services/{service}"));

    /// <summary>A call that must succeed; its answer fits the schema of responses.</summary>
    public async Task<JsonObject> CardsAsync(string service, JsonNode body)
    {
        Schema.Request.Check(body);
        using var answer = await CallAsync(service, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 200, $"{(int)answer.StatusCode} {text}");
        var json = (JsonObject)JsonNode.Parse(text)!;
        Schema.Response.Check(json);
        return json;
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, string? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request);
    }

    public static HttpContent Json(JsonNode body) => Json(body.ToJsonString());

    public static HttpContent Json(string body) => new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    /// <summary>A token as it should be; <paramref name="change"/> makes it another.</summary>
    public string Token(string path, Action<JsonObject, JsonObject>? change = null)
    {
        var (header, claims) = Parts(path);
        change?.Invoke(header, claims);
        return Sign(header, claims);
    }

    public (JsonObject Header, JsonObject Claims) Parts(string path)
    {
        var now = Host.Clock.GetUtcNow().ToUnixTimeSeconds();
        return (new() { ["alg"] = "ES384", ["typ"] = "JWT", ["kid"] = "ec-1", ["jku"] = $"{Ehr.Origin}/cds/jwks" },
            new() { ["iss"] = "https://ehr.example.org", ["aud"] = Address(path), ["iat"] = now, ["exp"] = now + 300, ["jti"] = $"jti-{Interlocked.Increment(ref counter)}" });
    }

    public string Sign(JsonObject header, JsonObject claims) => SignWith(header.ToJsonString(), claims.ToJsonString(), input => Key.SignData(input, HashAlgorithmName.SHA384));

    public static string SignWith(string header, string claims, Func<byte[], byte[]> sign)
    {
        var input = $"{Encode(header)}.{Encode(claims)}";
        return $"{input}.{Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    public static string Encode(string text) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(text));

    public static JsonObject EcJwk(ECDsa key, string kid, string curve = "P-384")
    {
        var q = key.ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["crv"] = curve, ["kid"] = kid, ["x"] = Base64UrlEncoder.Encode(q.X), ["y"] = Base64UrlEncoder.Encode(q.Y) };
    }

    public static JsonObject RsaJwk(RSA key, string kid) => FakeEhr.PublicJwk(key, kid);

    public static async Task<JsonObject> OutcomeAsync(HttpResponseMessage answer)
    {
        var json = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal("OperationOutcome", (string?)json["resourceType"]);
        Assert.NotEmpty(json["issue"]!.AsArray());
        return json;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        await Ehr.DisposeAsync();
        Key.Dispose();
        RsaKey.Dispose();
    }

    private (int, string, string) Fhir(Recorded request)
    {
        if (FhirInstead(request) is { } other) return other;
        var parts = request.Path["/fhir/".Length..].Split('/');
        if (parts is [var type, var id]) return Stored.GetValueOrDefault(type)?.FirstOrDefault(r => (string?)r["id"] == id) is { } one ? (200, "application/fhir+json", one.ToJsonString()) : (404, "text/plain", "none");
        if (parts[0] is "metadata") return (404, "text/plain", "none");
        return (200, "application/fhir+json", HookBodies.Searchset([.. Stored.GetValueOrDefault(parts[0]) ?? []]).ToJsonString());
    }
}

/// <summary>One world for the tests of a class that change no setting; each takes it fresh.</summary>
public sealed class SharedWorld : IAsyncLifetime
{
    private HookWorld? world;

    public HookWorld Fresh => world!.Fresh();

    public async Task InitializeAsync() => world = await HookWorld.StartAsync();

    public async Task DisposeAsync() => await world!.DisposeAsync();
}
