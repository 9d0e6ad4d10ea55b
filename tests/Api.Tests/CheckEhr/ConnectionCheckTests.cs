using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Smart;

namespace BiopsyFhir.Api.Tests.CheckEhr;

/// <summary>What the connection check says of EHRs in every state of disrepair.</summary>
public sealed class ConnectionCheckTests
{
    private static readonly string[] Types =
    [
        "Patient", "MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Observation", "DiagnosticReport", "Condition",
        "AllergyIntolerance", "Procedure", "Device", "ServiceRequest", "Appointment", "CarePlan", "DocumentReference", "Communication", "Task", "Provenance",
    ];

    /// <summary>A CapabilityStatement that leaves nothing to be desired.</summary>
    private static JsonObject Statement() => new()
    {
        ["resourceType"] = "CapabilityStatement",
        ["fhirVersion"] = "4.0.1",
        ["software"] = new JsonObject { ["name"] = "Fake EHR", ["version"] = "7" },
        ["rest"] = new JsonArray(new JsonObject
        {
            ["mode"] = "server",
            ["resource"] = new JsonArray([.. Types.Select(type => (JsonNode)new JsonObject
            {
                ["type"] = type,
                ["interaction"] = new JsonArray([.. new[] { "read", "search-type", "create", "update" }.Select(code => (JsonNode)new JsonObject { ["code"] = code })]),
                ["versioning"] = "versioned-update",
                ["conditionalCreate"] = true,
                ["searchParam"] = new JsonArray([.. new[] { "patient", "intent", "category", "date", "code", "identifier", "_tag" }.Select(name => (JsonNode)new JsonObject { ["name"] = name })]),
            })]),
        }),
    };

    private static async Task<SmartWorld> WorldAsync(Func<JsonObject>? statement = null, params (string Key, string Value)[] settings)
    {
        var world = await SmartWorld.StartAsync(settings);
        world.Ehr.Configuration["capabilities"]!.AsArray().Add("sso-openid-connect");
        world.Ehr.Instead = request => request.Path is "/fhir/metadata" ? FakeEhr.Json(200, (statement ?? Statement)(), "application/fhir+json") : null;
        return world;
    }

    private static async Task<ConnectionReport> CheckAsync(SmartWorld world) =>
        await world.Host.Get<ConnectionCheck>().RunAsync(world.Host.Get<EhrRegistry>().ById("north")!, null, default);

    private static CheckLine One(ConnectionReport report, string part) =>
        report.Lines.Where(line => line.Part == part).ToList() is [var only] ? only : throw new InvalidOperationException($"not one line '{part}':\n{string.Join('\n', report.Lines)}");

    private static void Says(ConnectionReport report, CheckState state, string part, string words) =>
        Assert.True(report.Lines.Any(l => l.State == state && l.Part == part && l.Found.Contains(words, StringComparison.Ordinal) && (state is CheckState.Ok) == (l.ToDo is null)), $"{state} {part} {words}\n{string.Join('\n', report.Lines)}");

    [Fact]
    public async Task An_EHR_that_can_do_everything_gets_no_warning_and_no_error()
    {
        await using var world = await WorldAsync();
        var report = await CheckAsync(world);
        Assert.True(report.State is CheckState.Ok, string.Join('\n', report.Lines));
        Assert.Equal("version 4.0.1, Fake EHR 7", One(report, "FHIR").Found);
        Assert.StartsWith("CarePlan; ", One(report, "write-back: plan").Found, StringComparison.Ordinal);
        Assert.StartsWith("DocumentReference; ", One(report, "write-back: handout").Found, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Ehr.Requests, r => r.Path.StartsWith("/fhir/Patient", StringComparison.Ordinal)); // without a backend client nothing is read
    }

    [Fact]
    public async Task A_dead_port_is_said_in_a_moment_with_what_to_do()
    {
        await using var world = await SmartWorld.StartAsync(("Issuer", $"http://127.0.0.1:{Testing.Loopback.FreePort()}/fhir"));
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "discovery", "it takes no connection");
        Says(report, CheckState.Error, "FHIR", "cannot be reached");
        Assert.Contains("firewall", One(report, "discovery").ToDo, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_answers_HTML_is_said_to_be_no_FHIR_server()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Instead = _ => (200, "text/html", "<html><body>Welcome to the portal</body></html>");
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "discovery", "the document is not a JSON object");
        Says(report, CheckState.Error, "FHIR", "an HTML page");
        Assert.Contains("is the issuer the FHIR base?", One(report, "discovery").ToDo, StringComparison.Ordinal);
        Assert.DoesNotContain("portal", string.Join('\n', report.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"resourceType":"CapabilityStatement","fhirVersion":"3.0.2","rest":[{"mode":"server"}]}""", "a CapabilityStatement of FHIR 3.0.2, not R4")]
    [InlineData("""{"resourceType":"Conformance","fhirVersion":"1.0.2"}""", "a DSTU2 Conformance, not R4")]
    public async Task An_old_FHIR_version_is_an_error_that_names_it(string statement, string words)
    {
        await using var world = await WorldAsync(() => JsonNode.Parse(statement)!.AsObject());
        Says(await CheckAsync(world), CheckState.Error, "FHIR", words);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_an_error_and_nothing_more_is_asked()
    {
        await using var world = await SmartWorld.StartAsync(("Issuer", "https://nowhere.invalid/fhir"));
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "address", "nowhere.invalid does not resolve");
        Says(report, CheckState.Warning, "our addresses", "only this machine can reach these");
        Assert.Equal(3, report.Lines.Count);
    }

    [Theory]
    [InlineData("code_challenge_methods_supported", null, "PKCE (code_challenge_methods_supported is missing)")]
    [InlineData("code_challenge_methods_supported", """["plain"]""", "PKCE with S256")]
    [InlineData("capabilities", """["launch-standalone"]""", "launch-ehr")]
    public async Task What_a_launch_needs_and_the_EHR_cannot_do_is_an_error(string member, string? value, string words)
    {
        await using var world = await WorldAsync();
        if (value is null) world.Ehr.Configuration.Remove(member);
        else world.Ehr.Configuration[member] = JsonNode.Parse(value);
        Says(await CheckAsync(world), CheckState.Error, "launch", words);
    }

    [Fact]
    public async Task A_way_to_authenticate_that_the_server_does_not_take_is_an_error_that_names_those_it_takes()
    {
        await using var world = await WorldAsync(null, ("ClientAuth", "secret"), ("ClientSecret", "hush-hush-hush"));
        world.Ehr.Configuration["token_endpoint_auth_methods_supported"] = new JsonArray("private_key_jwt");
        world.Ehr.Configuration["capabilities"] = new JsonArray("launch-ehr", "permission-v2");
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "launch", "client_secret_basic");
        Assert.Contains(report.Lines, line => line.ToDo?.Contains("Ehrs:0:ClientAuth to a way that the server takes (private_key_jwt)", StringComparison.Ordinal) is true);
        Assert.DoesNotContain("hush", string.Join('\n', report.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_algorithm_that_we_have_no_key_for_is_an_error()
    {
        await using var world = await WorldAsync(null, ("ClientAuth", "private-key"));
        world.Ehr.Configuration["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES512");
        Says(await CheckAsync(world), CheckState.Error, "our key", "the EHR takes ES512, and our keys sign ES384, RS384");
    }

    [Fact]
    public async Task Keys_of_the_issuer_that_cannot_be_read_are_an_error()
    {
        await using var world = await WorldAsync();
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = request => request.Path is "/auth/jwks" ? (500, "text/plain", "") : usual(request);
        Says(await CheckAsync(world), CheckState.Error, "issuer's keys", "cannot be read");
    }

    [Fact]
    public async Task Scopes_that_are_not_announced_are_a_warning_that_lists_them()
    {
        await using var world = await WorldAsync();
        world.Ehr.Configuration["scopes_supported"] = new JsonArray("openid", "fhirUser", "launch", "online_access", "patient/*.rs", "user/Practitioner.r");
        var report = await CheckAsync(world);
        Says(report, CheckState.Warning, "scopes", "patient/CarePlan.cu");
        Assert.DoesNotContain("patient/Observation", One(report, "scopes").Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_the_other_scope_syntax_is_a_warning_with_the_setting()
    {
        await using var world = await WorldAsync();
        world.Ehr.Configuration["capabilities"] = new JsonArray("launch-ehr", "launch-standalone", "sso-openid-connect", "permission-v1");
        Assert.Equal("Set Ehrs:0:ScopeVersion=v1.", One(new("", "", [.. (await CheckAsync(world)).Lines.Where(l => l.Part is "scopes" && l.State is CheckState.Warning)]), "scopes").ToDo);
    }

    [Fact]
    public async Task Searches_that_are_not_announced_are_said_and_blood_thinners_unseen_is_an_error()
    {
        JsonObject Without(params string[] types)
        {
            var statement = Statement();
            var resources = statement["rest"]![0]!["resource"]!.AsArray();
            foreach (var resource in resources.Where(r => types.Contains(r!["type"]!.GetValue<string>())).ToList()) resources.Remove(resource);
            return statement;
        }
        await using var world = await WorldAsync(() => Without("MedicationRequest", "Condition", "Device"));
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "search", "no search of MedicationRequest: blood thinners");
        Says(report, CheckState.Warning, "search", "no search of Condition");
        Says(report, CheckState.Warning, "search", "not announced and not asked for: Device");
    }

    [Theory]
    [InlineData("oracle-like", "DocumentReference instead (CarePlan: this EHR does not take a CarePlan (oracle-like))")]
    [InlineData("athena-like", "a file to download")]
    public async Task A_lower_rung_of_the_write_back_ladder_is_a_warning_that_says_why(string quirk, string words)
    {
        await using var world = await WorldAsync(null, ("Quirks:0", quirk));
        Says(await CheckAsync(world), CheckState.Warning, "write-back: plan", words);
    }

    [Fact]
    public async Task A_backend_client_gets_a_real_token_which_is_tried_and_never_shown()
    {
        await using var world = await WorldAsync(null, ("BackendClientId", "robot"));
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = request => request.Path is "/fhir/Patient" && world.Ehr.LiveTokens.ContainsKey(request.Headers["Authorization"].Split(' ')[1])
            ? FakeEhr.Json(200, new JsonObject { ["resourceType"] = "Bundle", ["type"] = "searchset" }, "application/fhir+json") : usual(request);
        var report = await CheckAsync(world);
        Says(report, CheckState.Ok, "backend", "a token for 300 seconds, every scope asked for");
        Says(report, CheckState.Ok, "backend read", "the token is taken");
        Assert.Equal("?_id=biopsyfhir-connection-check", Assert.Single(world.Ehr.To("/fhir/Patient")).Query);
        Assert.NotEmpty(world.Ehr.LiveTokens);
        Assert.All(world.Ehr.LiveTokens.Keys, token => Assert.DoesNotContain(token, string.Join('\n', report.Lines) + string.Join('\n', world.Host.Log), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, "invalid_client", "key set (/.well-known/jwks.json)")]
    [InlineData(400, "invalid_scope", "system/ scopes")]
    public async Task A_backend_client_that_is_refused_is_an_error_with_the_servers_word(int status, string error, string toDo)
    {
        await using var world = await WorldAsync(null, ("BackendClientId", "robot"));
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = request => request.Path is "/auth/token" ? FakeEhr.Error(status, error, "<b>secret words</b>") : usual(request);
        var report = await CheckAsync(world);
        Says(report, CheckState.Error, "backend", $"no token: {error}");
        Assert.Contains(toDo, One(report, "backend").ToDo, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_set_of_each_CDS_client_is_read()
    {
        await using var world = await SmartWorld.StartAsync();
        var ehr = world.Ehr;
        await using var withClients = SmartWorld.With(ehr,
            ("CdsClients", ""), ("Ehrs:0:CdsClients:0:Issuer", "https://good.example"), ("Ehrs:0:CdsClients:0:JwksUrl", $"{ehr.Issuer}/jwks"),
            ("Ehrs:0:CdsClients:1:Issuer", "https://html.example"), ("Ehrs:0:CdsClients:1:JwksUrl", $"{ehr.Origin}/html"),
            ("Ehrs:0:CdsClients:2:Issuer", "https://gone.example"), ("Ehrs:0:CdsClients:2:JwksUrl", $"{ehr.Origin}/gone"));
        ehr.Instead = request => request.Path is "/html" ? (200, "text/html", "<p>keys") : null;
        var report = await CheckAsync(withClients);
        Says(report, CheckState.Ok, "CDS Hooks", "https://good.example: 1 usable key");
        Says(report, CheckState.Error, "CDS Hooks", "https://html.example is not a JSON key set");
        Says(report, CheckState.Error, "CDS Hooks", "https://gone.example answers 404");
    }

    [Fact]
    public async Task A_stopped_launch_shows_the_check_of_that_EHR_to_whoever_was_stopped()
    {
        await using var world = await WorldAsync();
        world.Ehr.Configuration.Remove("code_challenge_methods_supported");
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        var page = await Browser.StoppedAsync(answer, HttpStatusCode.BadGateway, "not-capable");
        var frame = Regex.Match(page, "<iframe class=\"check\" src=\"([^\"]+)\"").Groups[1].Value;
        Assert.StartsWith("/launch/check/", frame, StringComparison.Ordinal);
        var shown = await FinishedAsync(world.Browser, frame);
        Assert.Contains("PKCE", shown, StringComparison.Ordinal);
        Assert.Contains("1 error", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", shown, StringComparison.Ordinal);

        var asked = world.Ehr.To("/fhir/metadata").Count;
        await FinishedAsync(world.Browser, frame);
        Assert.Equal(asked, world.Ehr.To("/fhir/metadata").Count); // kept for a minute

        world.Host.Clock.Advance(TimeSpan.FromMinutes(10));
        using var late = await world.Browser.GetAsync(frame);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        using var forged = await world.Browser.GetAsync("/launch/check/north");
        Assert.Equal(HttpStatusCode.NotFound, forged.StatusCode);
    }

    [Fact]
    public async Task A_slow_EHR_shows_progress_and_then_the_end()
    {
        await using var world = await WorldAsync(null, ("Smart:TimeoutSeconds", "2"));
        world.Ehr.Configuration.Remove("code_challenge_methods_supported");
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        var frame = Regex.Match(await answer.Content.ReadAsStringAsync(), "<iframe class=\"check\" src=\"([^\"]+)\"").Groups[1].Value;
        world.Ehr.Instead = _ =>
        {
            Thread.Sleep(3000);
            return null;
        };
        using var early = await world.Browser.GetAsync(frame);
        var first = await early.Content.ReadAsStringAsync();
        Assert.Contains("<meta http-equiv=\"refresh\" content=\"1\"", first, StringComparison.Ordinal);
        Assert.Contains("Checking: 3 lines so far", first, StringComparison.Ordinal);
        Assert.Contains("no answer within 2 seconds", await FinishedAsync(world.Browser, frame), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_is_not_ours_and_a_browser_without_cookies_show_no_check()
    {
        await using var world = await WorldAsync();
        using var stranger = await world.Browser.GetAsync("/launch?iss=https%3A%2F%2Fevil.example%2Ffhir&launch=x");
        Assert.DoesNotContain("<iframe", await stranger.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        world.Browser.RefusesCookies = true;
        Assert.DoesNotContain("<iframe", await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadRequest, "no-cookie"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_and_JSON_need_a_caller_and_say_the_same()
    {
        await using var world = await WorldAsync();
        using var client = world.Host.Client();
        foreach (var path in (string[])["/check-ehr", "/check-ehr/north", "/api/v1/check-ehr/north"])
        {
            using var refused = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
        Assert.Empty(world.Ehr.Requests);

        using var demo = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var browser = new Browser(demo);
        using var list = await browser.GetAsync("/check-ehr");
        Assert.Contains("/check-ehr/sandbox", await list.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("0 errors, 0 warnings", await FinishedAsync(browser, "/check-ehr/sandbox"), StringComparison.Ordinal);
        using var json = await browser.GetAsync("/api/v1/check-ehr/sandbox", "application/json");
        var root = JsonDocument.Parse(await json.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("ok", root.GetProperty("state").GetString());
        Assert.Contains(root.GetProperty("lines").EnumerateArray(), line => line.GetProperty("part").GetString() is "backend read");
        using var unknown = await browser.GetAsync("/api/v1/check-ehr/nobody", "application/json");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static async Task<string> FinishedAsync(Browser browser, string path)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            using var answer = await browser.GetAsync(path);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.OK, page);
            if (!page.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal)) return WebUtility.HtmlDecode(page);
            await Task.Delay(200);
        }
        throw new TimeoutException(path);
    }
}
