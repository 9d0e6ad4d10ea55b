using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>What the EHR says about itself, and whether a launch may follow: rows L-04 to L-06, L-48.</summary>
public sealed class DiscoveryTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task L_04_the_document_is_read_below_the_FHIR_base_as_JSON_and_kept_for_five_minutes(string slash)
    {
        var ehr = await FakeEhr.StartAsync();
        await using var world = SmartWorld.With(ehr, ("Issuer", ehr.FhirBase + slash));
        for (var n = 0; n < 3; n++) await world.Browser.StartAsync(ehr);
        var read = Assert.Single(ehr.To("/fhir/.well-known/smart-configuration"));
        Assert.Equal("application/json", read.Headers["Accept"]);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await world.Browser.StartAsync(ehr);
        Assert.Equal(2, ehr.To("/fhir/.well-known/smart-configuration").Count);
    }

    [Fact]
    public async Task L_04_relative_endpoints_lie_below_the_FHIR_base_or_the_root_of_its_host()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration["authorization_endpoint"] = "../auth/authorize";
        world.Ehr.Configuration["token_endpoint"] = "/auth/token";
        await world.Browser.LaunchAsync(world.Ehr);
    }

    [Theory]
    [InlineData("authorization_endpoint", null, "discovery-failed")]
    [InlineData("token_endpoint", null, "discovery-failed")]
    [InlineData("token_endpoint", "http://elsewhere.example/token", "discovery-failed")]
    [InlineData("token_endpoint", "https://user:pw@elsewhere.example/token", "discovery-failed")]
    [InlineData("authorization_endpoint", "javascript:alert(1)", "discovery-failed")]
    [InlineData("code_challenge_methods_supported", null, "not-capable")]
    [InlineData("code_challenge_methods_supported", """["plain"]""", "not-capable")]
    [InlineData("grant_types_supported", """["client_credentials"]""", "not-capable")]
    [InlineData("capabilities", """["launch-standalone"]""", "not-capable")]
    public async Task L_05_what_a_safe_launch_needs_is_checked_before_the_user_is_sent_away(string member, string? value, string code)
    {
        await using var world = await SmartWorld.StartAsync();
        if (value is null) world.Ehr.Configuration.Remove(member);
        else world.Ehr.Configuration[member] = value.StartsWith('[') ? JsonNode.Parse(value) : value;
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        await Browser.StoppedAsync(answer, HttpStatusCode.BadGateway, code);
    }

    [Theory]
    [InlineData("secret", """["private_key_jwt"]""")]
    [InlineData("private-key", """["client_secret_basic"]""")]
    public async Task L_05_the_way_we_authenticate_is_checked_too(string ours, string theirs)
    {
        await using var world = await SmartWorld.StartAsync(ours is "secret" ? [("ClientAuth", ours), ("ClientSecret", "s")] : [("ClientAuth", ours)]);
        world.Ehr.Configuration["token_endpoint_auth_methods_supported"] = JsonNode.Parse(theirs);
        world.Ehr.Configuration["capabilities"] = new JsonArray("launch-ehr");
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        await Browser.StoppedAsync(answer, HttpStatusCode.BadGateway, "not-capable");
    }

    [Fact]
    public async Task L_05_a_server_that_does_not_announce_PKCE_is_launched_only_with_the_quirk()
    {
        await using var world = await SmartWorld.StartAsync(("Quirks:0", "pkce-not-announced"));
        world.Ehr.Configuration.Remove("code_challenge_methods_supported");
        Assert.Equal("S256", (await world.Browser.StartAsync(world.Ehr))["code_challenge_method"]);
    }

    [Theory]
    [InlineData(404, "text/html", "<h1>no</h1>")]
    [InlineData(200, "text/html", "<h1>hello</h1>")]
    [InlineData(200, "application/json", "[]")]
    [InlineData(200, "application/json", """{"token_endpoint":"https://a.example","token_endpoint":"https://b.example"}""")]
    [InlineData(500, "application/json", "{}")]
    [InlineData(302, "text/plain", "")]
    public async Task L_05_a_missing_broken_or_redirecting_document_stops_with_a_page(int status, string type, string body)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Instead = request => request.Path.EndsWith("smart-configuration", StringComparison.Ordinal) ? (status, type, body) : null;
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        Assert.True(answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout, answer.StatusCode.ToString());
        Assert.DoesNotContain("hello", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_06_the_CapabilityStatement_is_asked_only_with_the_quirk()
    {
        (int, string, string)? Old(Recorded request) => request.Path switch
        {
            "/fhir/.well-known/smart-configuration" => (404, "text/plain", "no"),
            "/fhir/metadata" => FakeEhr.Json(200, JsonNode.Parse($$$"""
                {"resourceType":"CapabilityStatement","rest":[{"mode":"server","security":{"extension":[{
                  "url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[
                    {"url":"authorize","valueUri":"http://{{{request.Headers["Host"]}}}/auth/authorize"},
                    {"url":"token","valueUri":"http://{{{request.Headers["Host"]}}}/auth/token"}]}]}}]}
                """)!, "application/fhir+json"),
            _ => null,
        };
        await using var strict = await SmartWorld.StartAsync();
        strict.Ehr.Instead = Old;
        using var refused = await strict.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(strict.Ehr.FhirBase)}&launch=x");
        await Browser.StoppedAsync(refused, HttpStatusCode.BadGateway, "discovery-failed");
        Assert.Empty(strict.Ehr.To("/fhir/metadata"));

        await using var lenient = await SmartWorld.StartAsync(("Quirks:0", "oauth-uris-in-metadata"), ("Quirks:1", "pkce-not-announced"));
        lenient.Ehr.Instead = Old;
        lenient.Ehr.WithIdToken = false;
        await lenient.Browser.LaunchAsync(lenient.Ehr);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_stops_with_a_page()
    {
        await using var world = await SmartWorld.StartAsync(("Smart:TimeoutSeconds", "1"));
        world.Ehr.Instead = _ =>
        {
            Thread.Sleep(1500);
            return null;
        };
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        await Browser.StoppedAsync(answer, HttpStatusCode.GatewayTimeout, "unreachable");
    }

    [Fact]
    public async Task A_document_beyond_one_MiB_is_not_read_to_its_end()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Instead = _ => (200, "application/json", new string(' ', 2_000_000));
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x");
        await Browser.StoppedAsync(answer, HttpStatusCode.GatewayTimeout, "unreachable");
    }

    [Fact]
    public async Task L_48_a_certificate_that_nobody_vouches_for_is_not_accepted()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var made = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=localhost", key,
            System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var ehr = await FakeEhr.StartAsync(made);
        await using var world = SmartWorld.With(ehr);
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(ehr.FhirBase)}&launch=x");
        var page = await Browser.StoppedAsync(answer, HttpStatusCode.GatewayTimeout, "unreachable");
        Assert.Contains("certificate", page, StringComparison.Ordinal);
        Assert.Empty(ehr.Requests);
    }
}
