using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>From the EHR's button to its sign-in: rows L-01 to L-14 of the SMART checklist.</summary>
public sealed class LaunchTests
{
    [Fact]
    public async Task L_01_the_redirect_address_is_the_one_registered_whatever_the_launch_says()
    {
        await using var world = await SmartWorld.StartAsync();
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=x&redirect_uri=https://evil.example/");
        Assert.Contains($"redirect_uri={Uri.EscapeDataString(world.Host.Address + "/callback")}&", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", answer.Headers.Location.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("launch")]
    [InlineData("launch/standalone")]
    public async Task L_02_an_issuer_that_is_not_on_the_list_is_refused_and_gets_no_request(string path)
    {
        await using var world = await SmartWorld.StartAsync();
        await using var stranger = await FakeEhr.StartAsync();
        using var answer = await world.Browser.GetAsync($"/{path}?iss={Uri.EscapeDataString(stranger.FhirBase)}&launch=x");
        var page = await Browser.StoppedAsync(answer, HttpStatusCode.Forbidden, "unknown-issuer");
        Assert.Empty(stranger.Requests);
        Assert.DoesNotContain(stranger.Origin, page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/launch?launch=x", "no-issuer")]
    [InlineData("/launch?iss=&launch=x", "no-issuer")]
    [InlineData("/launch?iss={iss}&iss={iss}&launch=x", "no-issuer")]
    [InlineData("/launch?iss={iss}", "no-launch")]
    [InlineData("/launch?iss={iss}&launch=a&launch=b", "no-launch")]
    public async Task L_02_a_launch_without_exactly_one_iss_and_launch_is_refused(string address, string code)
    {
        await using var world = await SmartWorld.StartAsync();
        using var answer = await world.Browser.GetAsync(address.Replace("{iss}", Uri.EscapeDataString(world.Ehr.FhirBase), StringComparison.Ordinal));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, code);
        Assert.Empty(world.Ehr.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task L_03_L_09_aud_is_the_issuer_byte_for_byte_as_the_EHR_gave_it(string slash)
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr, world.Ehr.FhirBase + slash);
        Assert.Equal(world.Ehr.FhirBase + slash, asked["aud"]);
    }

    [Fact]
    public async Task L_09_a_standalone_launch_uses_the_configured_bytes()
    {
        var ehr = await FakeEhr.StartAsync();
        await using var world = SmartWorld.With(ehr, ("Issuer", ehr.FhirBase + "/"));
        var asked = await world.Browser.StartAsync(ehr, ehr.FhirBase, standalone: true);
        Assert.Equal(ehr.FhirBase + "/", asked["aud"]);
    }

    [Fact]
    public async Task L_07_L_08_L_34_the_authorization_request_has_these_parameters_and_no_others()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr, launch: "xyz +/=&ü");
        Assert.Equal(
            ["aud", "client_id", "code_challenge", "code_challenge_method", "launch", "nonce", "redirect_uri", "response_type", "scope", "state"],
            asked.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("code", "biopsy", "S256"), (asked["response_type"], asked["client_id"], asked["code_challenge_method"]));
        Assert.Equal("xyz +/=&ü", asked["launch"]);
    }

    [Fact]
    public async Task L_08_a_standalone_launch_sends_no_launch_parameter()
    {
        await using var world = await SmartWorld.StartAsync();
        Assert.DoesNotContain("launch", (await world.Browser.StartAsync(world.Ehr, standalone: true)).Keys);
    }

    [Fact]
    public async Task L_07_an_authorization_endpoint_with_a_query_keeps_it()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration["authorization_endpoint"] = $"{world.Ehr.Issuer}/authorize?tenant=7";
        Assert.Equal("7", (await world.Browser.StartAsync(world.Ehr))["tenant"]);
    }

    [Fact]
    public async Task L_10_the_state_is_256_random_bits_and_new_each_time()
    {
        await using var world = await SmartWorld.StartAsync();
        var states = new HashSet<string>();
        for (var n = 0; n < 5; n++) states.Add((await world.Browser.StartAsync(world.Ehr))["state"]);
        Assert.Equal(5, states.Count);
        Assert.All(states, state => Assert.Matches("^[A-Za-z0-9_-]{43}$", state));
    }

    [Fact]
    public async Task L_10_a_state_works_once()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        var cookies = world.Browser.Cookies.ToList();
        using var first = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        world.Browser.Cookies.AddRange(cookies);
        using var second = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        await Browser.StoppedAsync(second, HttpStatusCode.BadRequest, "state-unknown");
    }

    [Fact]
    public async Task L_10_two_callbacks_at_the_same_moment_make_one_session()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)))));
        Assert.Single(answers, a => a.StatusCode is HttpStatusCode.SeeOther);
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task L_10_a_state_dies_after_ten_minutes()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(10));
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "state-unknown");
        Assert.Empty(world.Ehr.To("/auth/token"));
    }

    [Fact]
    public async Task L_10_a_sign_in_finished_in_another_browser_is_refused_before_the_code_is_used()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var other = new Browser(world.Host);
        using var answer = await other.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "no-cookie");
        Assert.Empty(world.Ehr.To("/auth/token"));
    }

    [Fact]
    public async Task L_11_the_PKCE_verifier_is_new_each_time_fits_its_challenge_and_stays_on_the_server()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        var again = await world.Browser.StartAsync(world.Ehr);
        Assert.NotEqual(asked["code_challenge"], again["code_challenge"]);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        var verifier = Assert.Single(world.Ehr.To("/auth/token")).Form["code_verifier"];
        Assert.Matches("^[A-Za-z0-9._~-]{43,128}$", verifier);
        Assert.Equal(asked["code_challenge"], Secrets.Challenge(verifier));
        Assert.DoesNotContain(world.Browser.SetCookies, line => line.Contains(verifier, StringComparison.Ordinal));
        Assert.DoesNotContain(asked.Values, value => value.Contains(verifier, StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_12_a_long_request_is_posted_as_a_form_where_the_server_takes_one()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration["capabilities"]!.AsArray().Add((JsonNode)"authorize-post");
        var launch = new string('x', 3000);
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch={launch}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains($"<form method=\"post\" action=\"{world.Ehr.Issuer}/authorize\"", page, StringComparison.Ordinal);
        Assert.Contains($"name=\"launch\" value=\"{launch}\"", page, StringComparison.Ordinal);
        Assert.Contains("name=\"code_challenge_method\" value=\"S256\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains($"form-action 'self' {world.Ehr.Origin}", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 3000)]
    public async Task L_12_a_short_request_and_one_to_a_server_without_authorize_post_go_by_GET(bool announced, int length)
    {
        await using var world = await SmartWorld.StartAsync();
        if (announced) world.Ehr.Configuration["capabilities"]!.AsArray().Add((JsonNode)"authorize-post");
        Assert.Equal(length, (await world.Browser.StartAsync(world.Ehr, launch: new string('x', length)))["launch"].Length);
    }

    [Fact]
    public async Task L_13_L_16_an_EHR_launch_asks_for_launch_identity_and_named_types_without_wildcards()
    {
        await using var world = await SmartWorld.StartAsync();
        var scopes = (await world.Browser.StartAsync(world.Ehr))["scope"].Split(' ');
        Assert.Superset(new HashSet<string> { "openid", "fhirUser", "launch", "patient/MedicationRequest.rs", "patient/Observation.rs" }, scopes.ToHashSet());
        Assert.DoesNotContain(scopes, scope => scope.Contains('*') || scope.StartsWith("system/", StringComparison.Ordinal) || scope.StartsWith("launch/", StringComparison.Ordinal));
        Assert.Equal(scopes.Distinct(), scopes);
    }

    [Fact]
    public async Task L_13_a_standalone_launch_asks_for_the_patient_and_for_the_encounter_only_where_that_exists()
    {
        await using var world = await SmartWorld.StartAsync();
        var scopes = (await world.Browser.StartAsync(world.Ehr, standalone: true))["scope"].Split(' ');
        Assert.Contains("launch/patient", scopes);
        Assert.DoesNotContain("launch", scopes);
        Assert.DoesNotContain("launch/encounter", scopes);
        world.Ehr.Configuration["capabilities"]!.AsArray().Add((JsonNode)"context-standalone-encounter");
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Contains("launch/encounter", (await world.Browser.StartAsync(world.Ehr, standalone: true))["scope"].Split(' '));
    }

    [Fact]
    public async Task L_14_v1_is_asked_for_where_configured_and_v2_letters_keep_their_order()
    {
        await using var v1 = await SmartWorld.StartAsync(("ScopeVersion", "v1"));
        var old = (await v1.Browser.StartAsync(v1.Ehr))["scope"].Split(' ');
        Assert.Superset(new HashSet<string> { "patient/Observation.read", "patient/CarePlan.read", "patient/CarePlan.write" }, old.ToHashSet());
        Assert.DoesNotContain(old, scope => scope.Contains('/') && scope.Contains('.') && !scope.EndsWith(".read", StringComparison.Ordinal) && !scope.EndsWith(".write", StringComparison.Ordinal));

        await using var v2 = await SmartWorld.StartAsync();
        var scopes = (await v2.Browser.StartAsync(v2.Ehr))["scope"].Split(' ').Where(s => s.Contains('.')).ToList();
        Assert.All(scopes, scope => Assert.Matches(@"^(patient|user)/[A-Za-z]+\.c?r?u?d?s?$", scope));
        Assert.Contains("patient/CarePlan.crus", scopes);
    }

    [Fact]
    public async Task L_13_a_right_that_a_quirk_forbids_is_not_asked_for()
    {
        await using var world = await SmartWorld.StartAsync(("Quirks:0", "no-create:CarePlan"));
        var scopes = (await world.Browser.StartAsync(world.Ehr))["scope"].Split(' ');
        Assert.Contains("patient/CarePlan.rs", scopes);
        Assert.DoesNotContain("patient/CarePlan.crus", scopes);
    }

    [Theory]
    [InlineData("""["offline_access","openid"]""", "offline_access", "online_access")]
    [InlineData("""["online_access","offline_access"]""", "online_access", "offline_access")]
    public async Task L_17_staying_signed_in_is_asked_for_in_the_server_s_own_word(string supported, string asked, string notAsked)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration["scopes_supported"] = JsonNode.Parse(supported);
        var scopes = (await world.Browser.StartAsync(world.Ehr))["scope"].Split(' ');
        Assert.Contains(asked, scopes);
        Assert.DoesNotContain(notAsked, scopes);
    }
}
