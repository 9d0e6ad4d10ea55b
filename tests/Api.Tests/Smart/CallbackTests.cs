using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>The EHR's answer and the exchange of its code: rows L-15 to L-35.</summary>
public sealed class CallbackTests
{
    [Fact]
    public async Task L_18_an_error_of_the_sign_in_is_shown_as_text_with_what_to_do()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("error", "invalid_scope"),
            ("error_description", "<script>alert(1)</script> patient/CarePlan.c\r\nis not registered"), ("error_uri", "https://evil.example/help"));
        var page = await Browser.StoppedAsync(answer, HttpStatusCode.BadGateway, "authorize-invalid_scope");
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", page, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Host.Log, line => line.Contains("not registered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_18_a_cancelled_sign_in_is_no_fault_of_the_connection()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("error", "access_denied"));
        await Browser.StoppedAsync(answer, HttpStatusCode.Forbidden, "access-denied");
    }

    [Fact]
    public async Task L_18_an_error_with_a_state_that_is_not_ours_shows_nothing_of_what_came()
    {
        await using var world = await SmartWorld.StartAsync();
        using var answer = await world.Browser.ReturnAsync("made-up", ("error", "access_denied"), ("error_description", "call 555-0100 now"));
        Assert.DoesNotContain("555", await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "state-unknown"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/callback", "no-state")]
    [InlineData("/callback?code=x", "no-state")]
    [InlineData("/callback?code=x&state=", "no-state")]
    [InlineData("/callback?code=x&state=a&state=b", "no-state")]
    public async Task L_18_a_callback_without_exactly_one_state_is_refused(string address, string code)
    {
        await using var world = await SmartWorld.StartAsync();
        using var answer = await world.Browser.GetAsync(address);
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task L_18_neither_code_nor_error_is_a_page_too()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"]);
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "no-code");
        Assert.Empty(world.Ehr.To("/auth/token"));
    }

    [Fact]
    public async Task L_19_an_answer_from_another_issuer_is_refused_before_its_code_is_used()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)), ("iss", "https://other.example"));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "wrong-answer-issuer");
        Assert.Empty(world.Ehr.To("/auth/token"));
    }

    [Theory]
    [InlineData(true, HttpStatusCode.SeeOther)]
    [InlineData(false, HttpStatusCode.BadRequest)]
    public async Task L_19_a_server_that_announced_its_issuer_must_name_it(bool named, HttpStatusCode status)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration["authorization_response_iss_parameter_supported"] = true;
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], [("code", world.Ehr.Authorize(asked)), .. named ? [("iss", world.Ehr.Issuer)] : Array.Empty<(string, string)>()]);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task L_20_L_21_no_address_or_word_of_a_request_leads_anywhere()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)),
            ("redirect_uri", "https://evil.example/"), ("returnUrl", "https://evil.example/"), ("next", "//evil.example"));
        Assert.Matches($"^{world.Host.Address}/review/[A-Za-z0-9_-]{{43}}$", answer.Headers.Location!.OriginalString);
        using var launch = await world.Browser.GetAsync("/launch?iss=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&launch=x");
        Assert.DoesNotContain("alert(1)", await Browser.StoppedAsync(launch, HttpStatusCode.Forbidden, "unknown-issuer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_22_a_public_client_exchanges_its_code_with_verifier_redirect_address_and_client_id()
    {
        await using var world = await SmartWorld.StartAsync();
        await world.Browser.LaunchAsync(world.Ehr);
        var request = Assert.Single(world.Ehr.To("/auth/token"));
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(["client_id", "code", "code_verifier", "grant_type", "redirect_uri"], request.Form.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("authorization_code", "biopsy", world.Host.Address + "/callback"), (request.Form["grant_type"], request.Form["client_id"], request.Form["redirect_uri"]));
        Assert.DoesNotContain("Authorization", request.Headers.Keys);
    }

    [Fact]
    public async Task L_27_a_secret_goes_by_Basic_with_both_parts_form_encoded_and_nowhere_else()
    {
        await using var world = await SmartWorld.StartAsync(("ClientId", "bi:opsy"), ("ClientAuth", "secret"), ("ClientSecret", "p&ss w:rd+ü"));
        world.Ehr.IdClaims = claims => claims["aud"] = "bi:opsy";
        await world.Browser.LaunchAsync(world.Ehr);
        var request = Assert.Single(world.Ehr.To("/auth/token"));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("bi%3Aopsy:p%26ss+w%3Ard%2B%C3%BC")), request.Headers["Authorization"]);
        Assert.DoesNotContain("client_secret", request.Form.Keys);
    }

    [Theory]
    [InlineData("""{"token_type":"bearer"}""")]
    [InlineData("""{"token_type":"BEARER","expires_in":"3600"}""")]
    [InlineData("""{"expires_in":null,"unknown":{"a":[1]}}""")]
    [InlineData("""{"expires_in":"soon"}""")]
    [InlineData("""{"scope":"patient/*.read  launch"}""")]
    public async Task L_28_differences_between_servers_are_taken(string members)
    {
        await using var world = await SmartWorld.StartAsync();
        foreach (var (name, value) in JsonNode.Parse(members)!.AsObject()) world.Ehr.TokenFields[name] = value?.DeepClone();
        await world.Browser.LaunchAsync(world.Ehr);
    }

    [Theory]
    [InlineData("<html>", "token-unreadable")]
    [InlineData("[]", "token-unreadable")]
    [InlineData("""{"token_type":"Bearer","patient":"p"}""", "token-unreadable")]
    [InlineData("""{"access_token":"a","token_type":"mac","patient":"p"}""", "token-unreadable")]
    [InlineData("""{"access_token":"a","patient":"p"}""", "token-unreadable")]
    [InlineData("""{"access_token":"a\nb","token_type":"Bearer","patient":"p"}""", "token-unreadable")]
    [InlineData("""{"access_token":"a","token_type":"Bearer","patient":"p1","patient":"p2"}""", "token-unreadable")]
    public async Task L_28_an_answer_that_cannot_be_trusted_stops_the_launch(string body, string code)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Instead = request => request.Path is "/auth/token" ? (200, "application/json", body) : null;
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, code);
    }

    [Theory]
    [InlineData("3600", 3600.0)]
    [InlineData("\"3600\"", 3600.0)]
    [InlineData("3600.5", 3600.5)]
    [InlineData("-1", null)]
    [InlineData("true", null)]
    public void L_28_expires_in_is_a_number_or_a_number_in_quotes_or_not_said(string value, double? seconds)
    {
        var (response, _) = TokenResponse.Read($$"""{"access_token":"a","token_type":"Bearer","expires_in":{{value}}}""");
        Assert.Equal(seconds, response!.ExpiresIn?.TotalSeconds);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"used <b>twice</b>"}""", HttpStatusCode.BadGateway, "token-invalid_grant")]
    [InlineData(401, """{"error":"invalid_client"}""", HttpStatusCode.BadGateway, "token-invalid_client")]
    [InlineData(500, "<h1>stack trace</h1>", HttpStatusCode.BadGateway, "token-http_500")]
    [InlineData(400, """{"error":"<script>"}""", HttpStatusCode.BadGateway, "token-unnamed_error")]
    public async Task L_22_a_refused_code_is_explained(int status, string body, HttpStatusCode ours, string code)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Instead = request => request.Path is "/auth/token" ? (status, "text/html", body) : null;
        var page = await world.Browser.StopsAsync(world.Ehr, ours, code);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("stack trace", page, StringComparison.Ordinal);
        Assert.Single(world.Ehr.To("/auth/token")); // a code is never sent twice
    }

    [Theory]
    [InlineData(null)]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("\"../Patient/2\"")]
    [InlineData("\"a?b\"")]
    [InlineData("[\"a\",\"b\"]")]
    public async Task L_29_without_one_clear_patient_the_launch_stops_and_no_earlier_patient_is_used(string? patient)
    {
        await using var world = await SmartWorld.StartAsync();
        await world.Browser.LaunchAsync(world.Ehr);
        if (patient is null) world.Ehr.TokenFields.Remove("patient");
        else world.Ehr.TokenFields["patient"] = JsonNode.Parse(patient);
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, "no-patient");
    }

    [Fact]
    public async Task L_30_the_launch_context_reaches_the_session()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.TokenFields = JsonNode.Parse("""
            {"patient":"pat-7","encounter":"enc-3","intent":"unheard-of","tenant":"t-1","appContext":"card 5","need_patient_banner":false,
             "fhirContext":[{"reference":"ServiceRequest/9"},{"canonical":"https://x.example/q","role":"https://x.example/role"},7]}
            """)!.AsObject();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        Assert.Equal(("pat-7", "Patient/pat-7", "enc-3", "unheard-of", "t-1", "card 5", false),
            (session.PatientId, session.Patient, session.EncounterId, session.Intent, session.Tenant, session.AppContext, session.NeedPatientBanner));
        Assert.Equal([new("ServiceRequest/9", null, "launch"), new(null, "https://x.example/q", "https://x.example/role")], session.FhirContext);
        Assert.Equal((world.Ehr.FhirBase, "north"), (session.Issuer, session.Ehr.Id));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("\"maybe\"", true)]
    public async Task L_31_the_patient_is_named_unless_the_EHR_clearly_says_that_it_does_so(string? flag, bool banner)
    {
        await using var world = await SmartWorld.StartAsync();
        if (flag is not null) world.Ehr.TokenFields["need_patient_banner"] = JsonNode.Parse(flag);
        Assert.Equal(banner, (await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr))).NeedPatientBanner);
    }

    [Fact]
    public async Task L_15_what_was_not_granted_is_said_in_sentences()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.GrantedScope = "launch patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory patient/Patient.read patient/CarePlan.rs";
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        var sentences = session.Degraded;
        Assert.Contains(sentences, s => s.Contains("blood thinners", StringComparison.Ordinal) && s.Contains("not the same as nothing being there", StringComparison.Ordinal));
        Assert.Contains(sentences, s => s.StartsWith("Granted only in part", StringComparison.Ordinal) && s.Contains("Observation", StringComparison.Ordinal));
        Assert.Contains(sentences, s => s.Contains("writing the plan", StringComparison.Ordinal));
        Assert.DoesNotContain(sentences, s => s.Contains("(Patient)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("launch/patient user/*.* patient/*.*")]
    [InlineData("patient/*.cruds openid user/Practitioner.r extra")]
    [InlineData(null)]
    public async Task L_15_more_than_asked_another_syntax_or_no_list_degrade_nothing(string? granted)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.GrantedScope = granted;
        Assert.Empty((await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr))).Degraded);
    }

    [Fact]
    public async Task L_15_v1_answered_to_v2_counts_as_what_it_allows()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.GrantedScope = "patient/*.read user/*.read";
        var sentences = (await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr))).Degraded;
        Assert.NotEmpty(sentences);
        Assert.All(sentences, s => Assert.Contains("writing", s, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{base}/Practitioner/doc-1", "Practitioner/doc-1")]
    [InlineData("Practitioner/doc-1", "Practitioner/doc-1")]
    [InlineData("PractitionerRole/r-9", "PractitionerRole/r-9")]
    [InlineData("https://other.example/fhir/Practitioner/doc-1", null)]
    public async Task L_16_fhirUser_is_absolute_or_relative_and_never_a_reference_to_another_server(string sent, string? reference)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.IdClaims = claims => claims["fhirUser"] = sent.Replace("{base}", world.Ehr.FhirBase, StringComparison.Ordinal);
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        Assert.Equal(reference, session.UserReference);
        Assert.Equal(sent.Replace("{base}", world.Ehr.FhirBase, StringComparison.Ordinal), session.FhirUser);
        Assert.Equal("Dr Ada Lovelace", session.UserName);
    }

    [Fact]
    public async Task L_16_without_an_ID_token_there_is_no_user_and_the_launch_goes_on()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.WithIdToken = false;
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        Assert.Null(session.FhirUser);
        Assert.Null(session.UserReference);
    }

    [Theory]
    [InlineData("iss", "\"https://other.example\"")]
    [InlineData("aud", "\"another-client\"")]
    [InlineData("aud", "[\"biopsy\",\"x\"]", "azp", "\"x\"")]
    [InlineData("nonce", "\"other\"")]
    [InlineData("nonce", null)]
    [InlineData("exp", "{now-300}")]
    [InlineData("exp", null)]
    [InlineData("iat", "{now+600}")]
    [InlineData("iat", null)]
    public async Task L_33_L_49_an_ID_token_that_is_not_for_this_launch_stops_it(string claim, string? value, string? also = null, string? with = null)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.IdClaims = claims =>
        {
            Set(claims, claim, value, world.Host.Clock);
            if (also is not null) Set(claims, also, with, world.Host.Clock);
        };
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, "identity-refused");
    }

    [Theory]
    [InlineData("iat", "{now+60}")]
    [InlineData("exp", "{now-60}")]
    [InlineData("aud", "[\"biopsy\",\"x\"]")]
    public async Task L_49_clocks_may_differ_by_a_minute_and_audiences_be_a_list(string claim, string value)
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.IdClaims = claims => Set(claims, claim, value, world.Host.Clock);
        await world.Browser.LaunchAsync(world.Ehr);
    }

    [Fact]
    public async Task L_33_a_signature_by_another_key_is_refused()
    {
        await using var world = await SmartWorld.StartAsync();
        using var other = RSA.Create(2048);
        using var published = RSA.Create(2048);
        world.Ehr.IdKey = other;
        world.Ehr.KeySet = [FakeEhr.PublicJwk(published, "id-1")];
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, "identity-refused");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    public async Task L_33_an_unsigned_or_HMAC_signed_token_is_refused(string algorithm)
    {
        await using var world = await SmartWorld.StartAsync();
        using var key = RSA.Create(2048);
        world.Ehr.IdKey = key;
        world.Ehr.Instead = request =>
        {
            if (request.Path is not "/auth/token") return null;
            var now = world.Host.Clock.GetUtcNow().ToUnixTimeSeconds();
            var head = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","kid":"id-1","typ":"JWT"}"""));
            var body = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(
                $$"""{"iss":"{{world.Ehr.Issuer}}","sub":"u","aud":"biopsy","iat":{{now}},"exp":{{now + 300}},"nonce":"{{world.Nonce}}"}"""));
            var signature = algorithm is "none" ? "" : WebEncoders.Base64UrlEncode(
                HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.UTF8.GetBytes($"{head}.{body}")));
            return (200, "application/json", $$"""{"access_token":"a","token_type":"Bearer","patient":"p","id_token":"{{head}}.{{body}}.{{signature}}"}""");
        };
        var asked = await world.Browser.StartAsync(world.Ehr);
        world.Nonce = asked["nonce"];
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadGateway, "identity-refused");
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "id-1")]
    [InlineData(false, null)]
    public async Task L_33_a_key_or_a_token_without_kid_is_tried(bool tokenHasKid, string? keyKid)
    {
        await using var world = await SmartWorld.StartAsync();
        using var key = RSA.Create(2048);
        world.Ehr.IdKey = key;
        world.Ehr.IdTokenHasKid = tokenHasKid;
        world.Ehr.KeySet = [FakeEhr.PublicJwk(key, keyKid)];
        await world.Browser.LaunchAsync(world.Ehr);
    }

    [Fact]
    public async Task L_33_a_rotated_key_is_found_without_a_restart()
    {
        await using var world = await SmartWorld.StartAsync();
        await world.Browser.LaunchAsync(world.Ehr);
        using var next = RSA.Create(2048);
        world.Ehr.IdKey = next;
        world.Ehr.KeySet = [FakeEhr.PublicJwk(next, "id-1")];
        world.Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.Browser.LaunchAsync(world.Ehr);
        Assert.Equal(2, world.Ehr.To("/auth/jwks").Count);
    }

    [Fact]
    public async Task L_35_the_issuer_s_own_OpenID_configuration_and_keys_are_used()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration.Remove("jwks_uri");
        await world.Browser.LaunchAsync(world.Ehr);
        Assert.Single(world.Ehr.To("/auth/.well-known/openid-configuration"));
        Assert.Single(world.Ehr.To("/auth/jwks"));
    }

    [Fact]
    public async Task L_35_a_configuration_that_speaks_for_another_issuer_is_refused()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.OpenIdConfiguration = () => new() { ["issuer"] = "https://other.example", ["jwks_uri"] = $"{world.Ehr.Issuer}/jwks" };
        await world.Browser.StopsAsync(world.Ehr, HttpStatusCode.BadGateway, "identity-refused");
    }

    [Fact]
    public async Task L_35_without_an_OpenID_configuration_the_SMART_document_s_keys_serve()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.OpenIdConfiguration = () => null;
        await world.Browser.LaunchAsync(world.Ehr);
    }

    [Fact]
    public async Task L_52_our_calls_carry_no_Origin_and_need_no_CORS()
    {
        await using var world = await SmartWorld.StartAsync();
        await world.Browser.LaunchAsync(world.Ehr);
        Assert.NotEmpty(world.Ehr.Requests);
        Assert.DoesNotContain(world.Ehr.Requests, r => r.Headers.ContainsKey("Origin") || r.Headers.ContainsKey("Cookie") || r.Headers.ContainsKey("Referer"));
    }

    private static void Set(JsonObject claims, string claim, string? value, TimeProvider clock)
    {
        if (value is null) claims.Remove(claim);
        else if (value.StartsWith("{now", StringComparison.Ordinal)) claims[claim] = clock.GetUtcNow().ToUnixTimeSeconds() + int.Parse(value[4..^1]);
        else claims[claim] = JsonNode.Parse(value);
    }
}
