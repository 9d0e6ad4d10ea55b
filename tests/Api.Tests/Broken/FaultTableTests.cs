using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Cds;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Repository = BiopsyFhir.Testing.Repository;

namespace BiopsyFhir.Api.Tests.Broken;

/// <summary>
/// What we depend on, broken in each way, and what somebody sees of it: the table of docs/reliability.md is what this test saw
/// (BIOPSYFHIR_RECORD=1 writes it anew). One service, and an EHR of its own for each row, so that each row also shows that the others
/// go on.
/// </summary>
public sealed partial class FaultTableTests
{
    private const string Page = "docs/reliability.md", Begin = "<!-- begin faults: written by FaultTableTests, BIOPSYFHIR_RECORD=1 -->", End = "<!-- end faults -->";

    [Fact]
    public async Task Each_fault_of_what_we_depend_on_is_seen_as_the_page_says()
    {
        await using var world = await FaultWorld.StartAsync();
        var rows = new List<string> { "| what | fault | what the user sees | asked | afterwards |", "|---|---|---|---|---|" };
        // What never answers is waited for while the others are tried: generous limits, for nothing else may meet them.
        var (reading, signIn) = (world.ReadingAsync("slow"), world.SignInAsync("slow"));
        await world.UntilBothWaitAsync();
        foreach (var fault in FaultWorld.Faults.Where(f => f is not "clock")) rows.Add(fault is "slow" ? "" : await world.ReadingAsync(fault));
        foreach (var fault in FaultWorld.Faults.Where(f => f is not "full" and not "clock")) rows.Add(await world.KeysAsync(fault));
        foreach (var fault in FaultWorld.Faults) rows.Add(fault is "slow" ? await signIn : await world.SignInAsync(fault));
        rows[rows.IndexOf("")] = await reading;
        foreach (var (fault, code) in new[] { ("refuses", 14), ("locked by another", 5), ("disk full", 13), ("file damaged", 11) }) rows.Add(await world.DatabaseAsync(fault, code));
        foreach (var (words, skew) in new[] { ("a hook's token 30 s ahead of us", 30), ("a hook's token 2 min ahead of us", 120), ("a hook's token 30 s behind its end", -330), ("a hook's token 2 min behind its end", -420) }) rows.Add(await world.ClockAsync(words, skew));

        var path = Repository.Path(Page);
        var text = await File.ReadAllTextAsync(path);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{Page} has no place for the table.");
        var written = $"{text[..(from + Begin.Length)]}\n{string.Join('\n', rows)}\n{text[to..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") await File.WriteAllTextAsync(path, written);
        Assert.Equal(written, await File.ReadAllTextAsync(path));
    }

    private sealed class FaultWorld : IAsyncDisposable
    {
        public static readonly string[] Faults = ["refuses", "slow", "cut", "wrong", "flapping", "full", "clock"];

        private static readonly string s_path = $"/cds-services/{HookWorld.OrderSign}";

        private readonly FakeEhr _ehr;
        private readonly ServiceHost _host;
        private readonly HookWorld _signer;
        private readonly HttpClient _client;
        private int? _database;
        private int _number;

        private FaultWorld(FakeEhr ehr, HookWorld signer)
        {
            (_ehr, _signer) = (ehr, signer);
            var settings = new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true", ["Cds:RequireToken"] = "true", ["Cds:Deadline"] = "8000", ["Cds:Quiet"] = "false", ["Smart:TimeoutSeconds"] = "8" };
            var number = 0;
            foreach (var (part, fault) in from part in (string[])["fhir", "keys", "auth"] from fault in Faults select (part, fault))
            {
                var n = $"Ehrs:{number++}";
                var closed = $"http://127.0.0.1:{Loopback.FreePort()}";
                settings[$"{n}:Id"] = $"{part}-{fault}";
                settings[$"{n}:ClientId"] = "biopsy";
                settings[$"{n}:Issuer"] = part is "fhir" && fault is "refuses" ? $"{closed}/fhir" : $"{ehr.Origin}/{part}-{fault}/fhir";
                settings[$"{n}:CdsClients:0:Issuer"] = $"https://{part}-{fault}.example.org";
                settings[$"{n}:CdsClients:0:JwksUrl"] = part is "keys" && fault is "refuses" ? $"{closed}/jwks" : $"{ehr.Origin}/{part}-{fault}/jwks";
                if (part is "auth" && fault is "refuses") Closed = closed;
                if (part is "fhir" && fault is "refuses") ClosedFhir = closed;
            }
            _host = new ServiceHost(settings, replace: services =>
            {
                var original = services.Last(d => d.ServiceType == typeof(IDbContextFactory<ServiceDb>));
                services.Replace(ServiceDescriptor.Singleton<IDbContextFactory<ServiceDb>>(provider => new Breakable(this,
                    (IDbContextFactory<ServiceDb>)(original.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, original.ImplementationType!)))));
            });
            _client = _host.Client();
            ehr.Clock = _host.Clock;
        }

        private string Closed { get; set; } = "";
        private string ClosedFhir { get; set; } = "";

        public static async Task<FaultWorld> StartAsync()
        {
            var ehr = await FakeEhr.StartAsync();
            var world = new FaultWorld(ehr, await HookWorld.StartAsync());
            ehr.Cuts = request => world.Faulty(request, "cut");
            ehr.KeepsWaiting = request => world.Faulty(request, "slow");
            ehr.Instead = world.Answer;
            ehr.Headers = request => world.Faulty(request, "full") ? [("Retry-After", "120")] : [];
            return world;
        }

        /// <summary>A hook that has everything but the medication orders, which it reads from an EHR that is broken.</summary>
        public async Task<string> ReadingAsync(string fault)
        {
            var (seen, asked) = await CallAsync("fhir", fault, access: true);
            var again = fault is "flapping" or "slow" ? "" : (await CallAsync("fhir", fault, access: true)).Seen == seen ? "the same" : "another answer";
            return $"| FHIR server | {fault} | {seen} | {asked} | {again} |";
        }

        public async Task UntilBothWaitAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (_ehr.To("/fhir-slow/fhir/MedicationRequest").Count == 0 || _ehr.To("/auth-slow/token").Count == 0) await Task.Delay(10, limit.Token);
        }

        /// <summary>The key set of a hook's client; afterwards, once it had been read, the same fault again.</summary>
        public async Task<string> KeysAsync(string fault)
        {
            var (seen, asked) = await CallAsync("keys", fault, access: false);
            Healthy = true;
            _host.Clock.Advance(TimeSpan.FromMinutes(2));
            var well = fault is "refuses" ? "" : (await CallAsync("keys", fault, access: false)).Seen;
            Healthy = false;
            _host.Clock.Advance(TimeSpan.FromHours(2));
            var later = fault is "refuses" ? "" : $"read once: {well}; broken again, two hours on: {(await CallAsync("keys", fault, access: false)).Seen}";
            return $"| key set of a hook's client | {fault} | {seen} | {asked} | {later} |";
        }

        public async Task<string> SignInAsync(string fault)
        {
            var name = $"auth-{fault}";
            var seen = await LaunchAsync(name, skewed: fault is "clock");
            var asked = fault is "refuses" ? "–" : $"{_ehr.To($"/{name}/token").Count} ×";
            return $"| authorization server | {(fault is "clock" ? "clock five minutes ahead" : fault)} | {seen} | {asked} | {(fault is "flapping" ? $"launched again: {await LaunchAsync(name, skewed: false)}" : "")} |";
        }

        public async Task<string> DatabaseAsync(string fault, int code)
        {
            _database = code;
            var hook = (await CallAsync("keys", "flapping", access: false)).Seen;
            using var launch = await _client.GetAsync($"/launch?iss={Uri.EscapeDataString($"{_ehr.Origin}/auth-flapping/fhir")}&launch=x");
            using var assessed = await _client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18", new StringContent("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}""", System.Text.Encoding.UTF8, "application/fhir+json"));
            _database = null;
            Assert.Contains(_host.Log, line => line.Contains("The database failed", StringComparison.Ordinal));
            return $"| database | {fault} | hook: {hook}; launch: {(int)launch.StatusCode}; posted Bundle: {(int)assessed.StatusCode} | | well again: hook: {(await CallAsync("keys", "flapping", access: false)).Seen} |";
        }

        public async Task<string> ClockAsync(string words, int seconds)
        {
            Healthy = true;
            var seen = (await CallAsync("keys", "clock", access: false, seconds)).Seen;
            Healthy = false;
            return $"| clock | {words} | {seen} | | |";
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _host.DisposeAsync();
            await _signer.DisposeAsync();
            await _ehr.DisposeAsync();
        }

        private bool Healthy { get; set; }

        private async Task<(string Seen, string Asked)> CallAsync(string part, string fault, bool access, int skew = 0)
        {
            var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch());
            if (access)
            {
                ((JsonObject)call["prefetch"]!).Remove("medicationRequests");
                call = call.With("fhirServer", part is "fhir" && fault is "refuses" ? $"{ClosedFhir}/fhir" : $"{_ehr.Origin}/{part}-{fault}/fhir")
                    .With("fhirAuthorization", new JsonObject { ["access_token"] = "t", ["token_type"] = "Bearer", ["expires_in"] = 300, ["scope"] = "patient/*.rs", ["subject"] = "cds", ["patient"] = HookWorld.Patient });
            }
            var before = Asked($"/{part}-{fault}/");
            var now = _host.Clock.GetUtcNow().ToUnixTimeSeconds() + skew;
            var claims = new JsonObject { ["iss"] = $"https://{part}-{fault}.example.org", ["aud"] = _host.Address + s_path, ["iat"] = now, ["exp"] = now + 300, ["jti"] = $"fault-{Interlocked.Increment(ref _number)}" };
            using var request = new HttpRequestMessage(HttpMethod.Post, s_path) { Content = HookWorld.Json(call) };
            request.Headers.Authorization = new("Bearer", _signer.Sign(new JsonObject { ["alg"] = "ES384", ["typ"] = "JWT", ["kid"] = "ec-1" }, claims));
            using var answer = await _client.SendAsync(request);
            var json = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            var seen = answer.StatusCode is HttpStatusCode.OK
                ? json["cards"]!.AsArray().Select(c => (string)c!["summary"]!).FirstOrDefault(s => s.Contains("ould not check", StringComparison.Ordinal) || s.Contains("cannot be judged", StringComparison.Ordinal)) is { } gap && access ? $"card: {gap}" : "answered"
                : $"{(int)answer.StatusCode}: {json["issue"]![0]!["diagnostics"]}";
            return (seen, fault is "refuses" ? "–" : $"{Asked($"/{part}-{fault}/") - before} ×");
        }

        /// <summary>What was asked of the part that is broken.</summary>
        private int Asked(string below) => _ehr.Requests.Count(r => r.Path.StartsWith(below, StringComparison.Ordinal) && (r.Path.EndsWith("/MedicationRequest", StringComparison.Ordinal) || (below.StartsWith("/keys", StringComparison.Ordinal) && r.Path.EndsWith("/jwks", StringComparison.Ordinal))));

        private async Task<string> LaunchAsync(string name, bool skewed)
        {
            using var browser = new Browser(_host);
            var launch = await browser.GetAsync($"/launch?iss={Uri.EscapeDataString($"{_ehr.Origin}/{name}/fhir")}&launch=x");
            Assert.True(launch.StatusCode is HttpStatusCode.Redirect, await launch.Content.ReadAsStringAsync());
            var asked = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(launch.Headers.Location!.Query).ToDictionary(p => p.Key, p => p.Value.ToString());
            if (skewed) _ehr.IdClaims = claims => claims["iat"] = _host.Clock.GetUtcNow().ToUnixTimeSeconds() + 300;
            using var answer = await browser.ReturnAsync(asked["state"], ("code", _ehr.Authorize(asked)));
            _ehr.IdClaims = _ => { };
            if (answer.StatusCode is HttpStatusCode.SeeOther) return "signed in";
            return $"{(int)answer.StatusCode}: {WebUtility.HtmlDecode(What().Match(await answer.Content.ReadAsStringAsync()).Groups[1].Value)}";
        }

        /// <summary>Whether this request meets its EHR's fault: each EHR has one, in one of its parts.</summary>
        private bool Faulty(Recorded request, string fault) => !Healthy && request.Path.Split('/') is [_, var ehr, .. var rest] && ehr.Split('-') is [var part, var its] && its == fault
            && (part, rest) switch { ("fhir", ["fhir", "MedicationRequest"]) => true, ("keys", ["jwks"]) => true, ("auth", ["token"]) => true, _ => false };

        private (int, string, string)? Answer(Recorded request)
        {
            var parts = request.Path.Split('/');
            if (Faulty(request, "wrong")) return (200, "text/html", "<html><body>Please sign in</body></html>");
            if (Faulty(request, "full")) return (429, "text/plain", "too many");
            if (Faulty(request, "flapping") && _ehr.To(request.Path).Count == 1) return (503, "text/plain", "not now");
            return parts switch
            {
                [_, var ehr, "fhir", ".well-known", "smart-configuration"] => FakeEhr.Json(200, Configuration(ehr)),
                [_, not "auth", "jwks"] => FakeEhr.Json(200, new JsonObject { ["keys"] = _signer.KeySet.DeepClone() }),
                [_, _, "token"] => _ehr.Token(request),
                [_, _, "fhir", "Patient", _] => (200, "application/fhir+json", HookBodies.Person().ToJsonString()),
                [_, _, "fhir", "MedicationRequest"] => (200, "application/fhir+json", HookBodies.Searchset(HookBodies.Drug("Amlodipine 5 mg", "a")).ToJsonString()),
                [_, _, "fhir", ..] => (404, "text/plain", "none"),
                _ => null,
            };
        }

        private JsonObject Configuration(string ehr)
        {
            var configuration = (JsonObject)_ehr.Configuration.DeepClone();
            configuration["token_endpoint"] = ehr is "auth-refuses" ? $"{Closed}/token" : $"{_ehr.Origin}/{ehr}/token";
            return configuration;
        }

        private sealed class Breakable(FaultWorld world, IDbContextFactory<ServiceDb> whole) : IDbContextFactory<ServiceDb>
        {
            public ServiceDb CreateDbContext() => world._database is { } code ? throw new SqliteException("broken on purpose", code) : whole.CreateDbContext();
        }
    }

    [GeneratedRegex("""<p class="what" role="alert">([^<]+)</p>""")]
    private static partial Regex What();
}
