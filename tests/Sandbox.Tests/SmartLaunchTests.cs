using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Tests;

public sealed class SmartLaunchTests(SharedEhr shared) : IClassFixture<SharedEhr>
{
    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.GetString() : null;

    [Fact]
    public async Task An_EHR_launch_ends_with_a_token_for_the_chosen_patient_and_order()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (status, token) = await app.RedeemAsync(await app.CodeAsync("sbx-02"));
        Assert.Equal(200, status);
        Assert.Equal(("Bearer", "sbx-02", "sbx-02-enc-1", "biopsy-readiness", "sandbox"),
            (Text(token, "token_type"), Text(token, "patient"), Text(token, "encounter"), Text(token, "intent"), Text(token, "tenant")));
        Assert.Equal("launch openid fhirUser offline_access patient/*.rs patient/CarePlan.c", Text(token, "scope"));
        Assert.Equal("ServiceRequest/sbx-02-order-1", token.GetProperty("fhirContext")[0].GetProperty("reference").GetString());
        Assert.True(token.GetProperty("need_patient_banner").GetBoolean());
        var fhir = new FhirCaller(ehr, Text(token, "access_token"));
        Assert.Equal(200, (await fhir.GetAsync("Patient/sbx-02")).Status);
        Assert.Equal(403, (await fhir.GetAsync("Patient/sbx-01")).Status);
        using var style = await ehr.Http.GetAsync(Text(token, "smart_style_url"));
        Assert.Equal("application/json", style.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_id_token_verifies_against_the_published_key_and_names_the_user()
    {
        await using var ehr = await DemoEhr.StartAsync(now: DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var app = new AppUnderLaunch(ehr);
        var (_, token) = await app.RedeemAsync(await app.CodeAsync("sbx-01"));
        var openid = JsonElement.Parse(await ehr.Http.GetStringAsync($"{ehr.Auth}/.well-known/openid-configuration"));
        var keys = new JsonWebKeySet(await ehr.Http.GetStringAsync(openid.GetProperty("jwks_uri").GetString()));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token.GetProperty("id_token").GetString(), new TokenValidationParameters
        {
            ValidIssuer = openid.GetProperty("issuer").GetString(),
            ValidAudience = "biopsyfhir-sandbox",
            ValidAlgorithms = ["RS256"],
            IssuerSigningKeys = keys.GetSigningKeys(),
            LifetimeValidator = (_, expires, _, _) => expires == ehr.Clock.GetUtcNow().AddMinutes(5).UtcDateTime,
        });
        Assert.True(result.IsValid, $"{result.Exception}");
        Assert.Equal(keys.Keys.Single().Kid, ((JsonWebToken)result.SecurityToken).Kid);
        Assert.Equal(("nonce-1", $"{ehr.Fhir}/Practitioner/sbx-staff-1", "sbx-staff-1"), ((string)result.Claims["nonce"], (string)result.Claims["fhirUser"], (string)result.Claims["sub"]));
        Assert.False(JsonElement.Parse(await ehr.Http.GetStringAsync($"{ehr.Auth}/jwks")).GetProperty("keys")[0].TryGetProperty("d", out _));
    }

    [Fact]
    public async Task A_launch_works_once_and_not_after_five_minutes()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var launch = await app.PressLaunchAsync("sbx-01");
        Assert.True((await app.AuthorizeAsync(app.Request(launch))).Back.ContainsKey("code"));
        var second = (await app.AuthorizeAsync(app.Request(launch))).Back;
        Assert.Equal(("invalid_request", "state-1"), (second["error"], second["state"]));
        var late = await app.PressLaunchAsync("sbx-01");
        ehr.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("invalid_request", (await app.AuthorizeAsync(app.Request(late))).Back["error"]);
        Assert.Equal("invalid_request", (await app.AuthorizeAsync(app.Request("sbx-01"))).Back["error"]);
    }

    [Fact]
    public async Task A_code_works_once_and_its_reuse_revokes_what_it_gave()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var code = await app.CodeAsync("sbx-01");
        var (_, token) = await app.RedeemAsync(code);
        var fhir = new FhirCaller(ehr, Text(token, "access_token"));
        Assert.Equal(200, (await fhir.GetAsync("Patient/sbx-01")).Status);
        var (status, refused) = await app.RedeemAsync(code);
        Assert.Equal((400, "invalid_grant"), (status, Text(refused, "error")));
        Assert.Equal(401, (await fhir.GetAsync("Patient/sbx-01")).Status);
        Assert.Equal(400, (await app.RefreshAsync(Text(token, "refresh_token")!)).Status);
    }

    [Fact]
    public async Task Of_two_simultaneous_redemptions_one_wins()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var code = await app.CodeAsync("sbx-01");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => app.RedeemAsync(code)));
        Assert.Single(answers, a => a.Status == 200);
    }

    [Fact]
    public async Task A_code_dies_after_sixty_seconds()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var code = await app.CodeAsync("sbx-01");
        ehr.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(400, (await app.RedeemAsync(code)).Status);
    }

    [Theory]
    [InlineData("code_verifier", "0123456789-abcdefghijklmnopqrstuvwxyz-XXXXXXX", 400, "invalid_grant")]
    [InlineData("code_verifier", "", 400, "invalid_grant")]
    [InlineData("redirect_uri", "http://localhost/other", 400, "invalid_grant")]
    [InlineData("client_id", "biopsyfhir-backend", 401, "invalid_client")]
    [InlineData("client_id", "nobody", 401, "invalid_client")]
    [InlineData("grant_type", "password", 400, "unsupported_grant_type")]
    public async Task A_token_request_that_does_not_fit_is_refused(string name, string value, int status, string error)
    {
        var ehr = shared.Ehr;
        var app = new AppUnderLaunch(ehr);
        var answer = await app.RedeemAsync(await app.CodeAsync("sbx-01"), (name, value));
        Assert.Equal((status, error), (answer.Status, Text(answer.Json, "error")));
    }

    [Theory]
    [InlineData("aud", "http://localhost/fhir", "invalid_request")]
    [InlineData("aud", "{fhir}/", "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("code_challenge", "", "invalid_request")]
    [InlineData("code_challenge", "tooshort", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("scope", "system/*.rs nonsense patient/Observation.sr", "invalid_scope")]
    [InlineData("scope", "patient/*.rs", "invalid_request")]
    [InlineData("state", "", "invalid_request")]
    public async Task An_authorization_request_that_does_not_fit_goes_back_with_an_error(string name, string value, string error)
    {
        var ehr = shared.Ehr;
        var app = new AppUnderLaunch(ehr);
        var request = app.Request(await app.PressLaunchAsync("sbx-01"));
        request[name] = value.Replace("{fhir}", ehr.Fhir, StringComparison.Ordinal);
        var (status, back, _) = await app.AuthorizeAsync(request);
        Assert.Equal((303, error), (status, back["error"]));
        Assert.False(back.ContainsKey("code"));
        Assert.Equal(ehr.Auth, back["iss"]);
    }

    [Theory]
    [InlineData("client_id", "nobody")]
    [InlineData("client_id", "biopsyfhir-backend")]
    [InlineData("redirect_uri", "http://evil.example/callback")]
    [InlineData("redirect_uri", "{root}/callback/")]
    [InlineData("redirect_uri", "{root}/callback?x=1")]
    [InlineData("redirect_uri", "")]
    public async Task An_unknown_app_or_address_is_never_redirected_to(string name, string value)
    {
        var ehr = shared.Ehr;
        var app = new AppUnderLaunch(ehr);
        var request = app.Request(await app.PressLaunchAsync("sbx-01"));
        request[name] = value.Replace("{root}", ehr.Root, StringComparison.Ordinal);
        var (status, back, page) = await app.AuthorizeAsync(request);
        Assert.Equal(400, status);
        Assert.Empty(back);
        Assert.DoesNotContain("evil", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_authorization_request_may_come_as_a_form_post()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (status, back, _) = await app.AuthorizeAsync(app.Request(await app.PressLaunchAsync("sbx-01")), post: true);
        Assert.Equal(303, status);
        Assert.Equal(200, (await app.RedeemAsync(back["code"])).Status);
    }

    [Fact]
    public async Task Scopes_that_this_EHR_withholds_are_left_out_and_not_granted_silently()
    {
        await using var ehr = await DemoEhr.StartAsync(o => o.WithheldScopes.Add("patient/CarePlan.c"));
        var app = new AppUnderLaunch(ehr);
        var (_, token) = await app.RedeemAsync(await app.CodeAsync("sbx-01", "launch patient/Patient.rs patient/CarePlan.c system/*.cruds made/up"));
        Assert.Equal("launch patient/Patient.rs", Text(token, "scope"));
        Assert.Null(Text(token, "refresh_token"));
        Assert.Null(Text(token, "id_token"));
    }

    [Fact]
    public async Task A_standalone_launch_asks_for_the_patient_and_says_that_it_is_a_demo()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (status, _, page) = await app.AuthorizeAsync(app.Request(null, "launch/patient openid fhirUser patient/*.rs"));
        Assert.Equal(200, status);
        Assert.Contains("without a password", page, StringComparison.Ordinal);
        var choice = page.Split("name=\"choice\" value=\"")[1].Split('"')[0];
        using var chosen = await ehr.Http.PostAsync($"{ehr.Auth}/choose", AppUnderLaunch.Form(("choice", choice), ("patient", "sbx-06")));
        var code = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(chosen.Headers.Location!.Query)["code"].ToString();
        var (_, token) = await app.RedeemAsync(code);
        Assert.Equal("sbx-06", Text(token, "patient"));
        Assert.Null(Text(token, "encounter"));
        using var again = await ehr.Http.PostAsync($"{ehr.Auth}/choose", AppUnderLaunch.Form(("choice", choice), ("patient", "sbx-01")));
        Assert.Equal(400, (int)again.StatusCode);
    }

    [Fact]
    public async Task Refusing_in_the_picker_tells_the_app_so()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (_, _, page) = await app.AuthorizeAsync(app.Request(null, "launch/patient patient/*.rs"));
        var choice = page.Split("name=\"choice\" value=\"")[1].Split('"')[0];
        using var refused = await ehr.Http.PostAsync($"{ehr.Auth}/choose", AppUnderLaunch.Form(("choice", choice), ("patient", "")));
        Assert.Contains("error=access_denied", refused.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refresh_rotates_and_the_reuse_of_an_old_token_ends_the_session()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (_, first) = await app.RedeemAsync(await app.CodeAsync("sbx-01"));
        var (status, second) = await app.RefreshAsync(Text(first, "refresh_token")!);
        Assert.Equal((200, "sbx-01"), (status, Text(second, "patient")));
        Assert.NotEqual(Text(first, "refresh_token"), Text(second, "refresh_token"));
        var (reused, error) = await app.RefreshAsync(Text(first, "refresh_token")!);
        Assert.Equal((400, "invalid_grant"), (reused, Text(error, "error")));
        Assert.Equal(400, (await app.RefreshAsync(Text(second, "refresh_token")!)).Status);
        Assert.Equal(401, (await new FhirCaller(ehr, Text(second, "access_token")).GetAsync("Patient/sbx-01")).Status);
    }

    [Fact]
    public async Task A_refresh_can_narrow_the_scopes_and_not_widen_them()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (_, first) = await app.RedeemAsync(await app.CodeAsync("sbx-01"));
        var (status, wider) = await app.RefreshAsync(Text(first, "refresh_token")!, ("scope", "patient/*.cruds"));
        Assert.Equal((400, "invalid_scope"), (status, Text(wider, "error")));
        var (_, narrow) = await app.RefreshAsync(Text(first, "refresh_token")!, ("scope", "patient/CarePlan.c"));
        Assert.Equal("patient/CarePlan.c", Text(narrow, "scope"));
        Assert.Equal(403, (await new FhirCaller(ehr, Text(narrow, "access_token")).GetAsync("Patient/sbx-01")).Status);
    }

    [Fact]
    public async Task A_token_can_be_inspected_and_revoked_by_its_own_client()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (_, token) = await app.RedeemAsync(await app.CodeAsync("sbx-01"));
        var access = Text(token, "access_token")!;
        var (_, told) = await app.PostAsync("introspect", ("token", access), ("client_id", "biopsyfhir-sandbox"));
        Assert.True(told.GetProperty("active").GetBoolean());
        Assert.Equal("sbx-01", Text(told, "patient"));
        Assert.Equal(401, (await app.PostAsync("introspect", ("token", access))).Status);
        Assert.Equal(200, (await app.PostAsync("revoke", ("token", Text(token, "refresh_token")!), ("client_id", "biopsyfhir-sandbox"))).Status);
        Assert.False((await app.PostAsync("introspect", ("token", access), ("client_id", "biopsyfhir-sandbox"))).Json.GetProperty("active").GetBoolean());
        Assert.Equal(401, (await new FhirCaller(ehr, access).GetAsync("Patient/sbx-01")).Status);
        Assert.Equal(200, (await app.PostAsync("revoke", ("token", "never-was"), ("client_id", "biopsyfhir-sandbox"))).Status);
    }

    [Fact]
    public async Task The_token_endpoint_takes_forms_only()
    {
        await using var ehr = await DemoEhr.StartAsync();
        using var json = await ehr.Http.PostAsync($"{ehr.Auth}/token", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(400, (int)json.StatusCode);
        using var get = await ehr.Http.GetAsync($"{ehr.Auth}/token");
        Assert.Equal(405, (int)get.StatusCode);
    }

    [Fact]
    public async Task Two_patients_launched_at_once_stay_apart()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var app = new AppUnderLaunch(ehr);
        var (one, two) = (await app.CodeAsync("sbx-01"), await app.CodeAsync("sbx-02"));
        var (_, second) = await app.RedeemAsync(two);
        var (_, first) = await app.RedeemAsync(one);
        Assert.Equal(("sbx-01", "sbx-02"), (Text(first, "patient"), Text(second, "patient")));
    }
}
