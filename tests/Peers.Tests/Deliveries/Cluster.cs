using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Peers.Tests.Service;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using BiopsyFhir.Testing.Service;
using Npgsql;

namespace BiopsyFhir.Peers.Tests.Deliveries;

/// <summary>Three services on one PostgreSQL, with the same keys, and an EHR that none of us wrote, behind a proxy that fails it.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const int DaysToSigned = 2;
    public const string Secret = "a notification secret";

    private static readonly string[] Languages = ["en", "es", "tr"];

    private readonly string _keys = Directory.CreateTempSubdirectory("biopsyfhir-keys-").FullName;
    private readonly PostgresServer _postgres = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private bool _printing;
    private object _jwk = "";

    public R4Peer R4 { get; } = new();

    public AuthorizationPeer Authorization { get; } = new();

    public FaultProxy Proxy { get; private set; } = null!;

    public ServiceProcess[] Nodes { get; private set; } = [];

    /// <param name="printing">Handouts as PDF too; then the services run as <see cref="PlainUser"/>, for as root Chromium has no sandbox.</param>
    /// <param name="postgres">Without it each service has an SQLite of its own: for one service.</param>
    public static async Task<Cluster> Open(bool printing, bool postgres = true)
    {
        var cluster = new Cluster { _printing = printing };
        await Task.WhenAll(postgres ? cluster._postgres.InitializeAsync() : Task.CompletedTask, cluster.R4.InitializeAsync(), cluster.Authorization.InitializeAsync());
        cluster.Proxy = await FaultProxy.Start(cluster.R4.Origin);
        cluster.Proxy.KeepsBodies = false;
        cluster.WriteKeys();
        if (printing) PlainUser.Give(cluster._keys);
        await cluster.R4.Configure(authorizationServer: cluster.Authorization.Origin);
        await cluster.Authorization.Configure(new { fhirBases = new[] { cluster.Proxy.FhirBase }, refreshTokens = "always" });
        return cluster;
    }

    public async Task Start(int nodes)
    {
        await Authorization.Register(new { client_id = "robot", grant_types = new[] { "client_credentials" }, token_endpoint_auth_method = "private_key_jwt", jwks = new { keys = new[] { _jwk } } });
        Nodes = await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => ServiceProcess.Start(Settings(), asPlainUser: _printing)));
        await Authorization.Register(new { client_id = "general-app", token_endpoint_auth_method = "none", redirect_uris = Nodes.Select(node => $"{node.Url}/callback") });
    }

    /// <summary>For services that others see under one address only, and that come and go: nothing is started yet.</summary>
    public async Task Register(string publicUrl)
    {
        await Authorization.Register(new { client_id = "robot", grant_types = new[] { "client_credentials" }, token_endpoint_auth_method = "private_key_jwt", jwks = new { keys = new[] { _jwk } } });
        await Authorization.Register(new { client_id = "general-app", token_endpoint_auth_method = "none", redirect_uris = new[] { $"{publicUrl}/callback" } });
    }

    /// <summary>One more service; who started it ends it.</summary>
    /// <param name="published">Folder of another version; null: the one built beside this test.</param>
    public Task<ServiceProcess> StartOne(string? published, params (string, string)[] settings) => ServiceProcess.Start([.. Settings(), .. settings], asPlainUser: false, published);

    /// <summary>Patients with a biopsy ordered, each with one order of the same number.</summary>
    public Task Order(int from, int count, int days = 10) => R4.Load(JsonSerializer.Serialize(new
    {
        resourceType = "Bundle",
        type = "collection",
        entry = Enumerable.Range(from, count).SelectMany(i => new object[]
        {
            new { resource = new { resourceType = "Patient", id = $"p{i}", birthDate = "1950-01-01", communication = new[] { new { preferred = true, language = new { coding = new[] { new { system = "urn:ietf:bcp:47", code = Languages[i % Languages.Length] } } } } } } },
            new { resource = new
            {
                resourceType = "ServiceRequest", id = $"o{i}", status = "active", intent = "order", subject = new { reference = $"Patient/p{i}" },
                code = new { text = "Bone marrow biopsy" },
                occurrenceDateTime = $"{TimeProvider.System.GetUtcNow().AddDays(days):yyyy-MM-dd}",
            } },
        }),
    }));

    /// <summary>Patients on apixaban with a biopsy in two days and no test done: the reminder of the tests is due today.</summary>
    public Task Admit(int count) => R4.Load(JsonSerializer.Serialize(new
    {
        resourceType = "Bundle",
        type = "collection",
        entry = Enumerable.Range(0, count).SelectMany(i => new object[]
        {
            new { resource = new { resourceType = "Patient", id = $"s{i}", gender = "female", birthDate = "1950-01-01" } },
            new { resource = new
            {
                resourceType = "MedicationRequest", id = $"m{i}", status = "active", intent = "order", subject = new { reference = $"Patient/s{i}" }, authoredOn = "2026-01-10",
                medicationCodeableConcept = new { coding = new[] { new { system = "http://www.nlm.nih.gov/research/umls/rxnorm", code = "1364430" } }, text = "apixaban 5 MG Oral Tablet" },
            } },
            new { resource = OrderOf(i, "active") },
        }),
    }));

    /// <summary>A clinician signs the plan of such a patient, on one of the services.</summary>
    public Task Sign(int patient, ServiceProcess node) => Sign(patient, node.Url);

    /// <param name="url">Of a service, or of what stands before several.</param>
    public async Task Sign(int patient, string url)
    {
        using var browser = new Browser();
        var launch = await Authorization.Launch(new { user = "Practitioner/dr", patient = $"s{patient}", encounter = "e1" });
        var review = await ReviewPage.Launch(browser, $"{url}/launch?iss={Uri.EscapeDataString(Proxy.FhirBase)}&launch={launch}", DaysToSigned);
        Assert.Contains("R-HOLD:apixaban", review.Findings);
        var (_, receipts) = await review.Sign();
        Assert.Contains("Written to the chart", receipts.Text, StringComparison.Ordinal);
    }

    /// <summary>The biopsy of such a patient will not be.</summary>
    public Task Cancel(int patient) => R4.Load(JsonSerializer.Serialize(OrderOf(patient, "revoked")));

    private static object OrderOf(int patient, string status) => new
    {
        resourceType = "ServiceRequest",
        id = $"s{patient}",
        status,
        intent = "order",
        subject = new { reference = $"Patient/s{patient}" },
        code = new { text = "Bone marrow biopsy" },
        occurrenceDateTime = $"{TimeProvider.System.GetUtcNow().AddDays(DaysToSigned):yyyy-MM-dd}",
    };

    /// <summary>Ends when the next write has reached the EHR.</summary>
    /// <returns>The port that it came from.</returns>
    public Task<int> NextWrite()
    {
        var seen = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Proxy.Add(new Rule("a write", request => request.IsTransaction || request.IsCreate, async (request, next) =>
        {
            seen.TrySetResult(request.ClientPort);
            return await next(request);
        }).Once());
        return seen.Task;
    }

    /// <summary>The EHR says that there is news, to whichever service answers.</summary>
    public async Task Notify(Random random)
    {
        foreach (var node in Nodes.OrderBy(_ => random.Next()))
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{node.Url}/subscriptions/general") { Headers = { { "X-Subscription-Secret", Secret } } };
                using var answer = await _http.SendAsync(request);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // This one is down just now.
            }
        }
    }

    /// <summary>Rows of our database, each as the text of its columns.</summary>
    public async Task<List<string?[]>> Rows(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : $"{reader.GetValue(i)}")]);
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        if (Proxy is not null) await Proxy.DisposeAsync();
        await Authorization.DisposeAsync();
        await R4.DisposeAsync();
        await _postgres.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_keys, recursive: true);
    }

    private List<(string, string)> Settings() =>
    [
        ("Sandbox:Enabled", "false"), ("Database:Folder", "{folder}/data"),
        .. _postgres.ConnectionString.Length == 0 ? [] : new[] { ("Database:Provider", "postgres"), ("Database:ConnectionString", _postgres.ConnectionString) },
        ("Smart:SigningKeys:0", $"{_keys}/signing.pem"), ("DataProtection:Certificate", $"{_keys}/wrapping.pem"),
        ("Facility:TimeZone", "America/Chicago"), ("Facility:ProcedureUnitPhone", "555-0100"), ("Facility:AfterHoursPhone", "555-0101"),
        ("Education:Automatic", "true"), ("Education:AllowUnreviewed", "true"), ("Education:PollMinutes", "1"), ("Education:ReminderTime", "00:00"), ("Education:QuietFrom", "00:00"), ("Education:QuietUntil", "00:00"),
        .. _printing ? [] : new[] { ("Education:Chromium", "off") },
        ("Ehrs:0:Id", "general"), ("Ehrs:0:Issuer", Proxy.FhirBase), ("Ehrs:0:ClientId", "general-app"), ("Ehrs:0:ClientAuth", "none"), ("Ehrs:0:BackendClientId", "robot"), ("Ehrs:0:SubscriptionSecret", Secret),
    ];

    private void WriteKeys()
    {
        using var signing = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText($"{_keys}/signing.pem", signing.ExportPkcs8PrivateKeyPem());
        var q = signing.ExportParameters(false).Q;
        var (x, y) = (Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y));
        // RFC 7638: the hash of the required members in their order names the key, as the service names it.
        var kid = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($$"""{"crv":"P-384","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
        _jwk = new { kty = "EC", crv = "P-384", alg = "ES384", use = "sig", kid, x, y };
        using var wrapping = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=cluster", wrapping, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        File.WriteAllText($"{_keys}/wrapping.pem", $"{certificate.ExportCertificatePem()}\n{wrapping.ExportPkcs8PrivateKeyPem()}\n");
    }
}
