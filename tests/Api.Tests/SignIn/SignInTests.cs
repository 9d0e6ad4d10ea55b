using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.SignIn;

/// <summary>People sign in to the pages that no launch opens, at a stand-in for Entra ID.</summary>
public sealed class SignInTests : IAsyncLifetime, IDisposable
{
    private FakeEntra entra = null!;
    private ServiceHost host = null!;
    private Browser browser = null!;

    public async Task InitializeAsync()
    {
        entra = await FakeEntra.StartAsync();
        host = entra.Service();
        browser = new(host);
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        await entra.DisposeAsync();
    }

    public void Dispose()
    {
        browser.Dispose();
        host.Dispose();
    }

    /// <summary>Opens the sign-in; what Entra ID is asked.</summary>
    private async Task<Dictionary<string, string>> BeginAsync(string returnTo = "/check-ehr")
    {
        using var sent = await browser.GetAsync($"/sign-in?returnTo={Uri.EscapeDataString(returnTo)}");
        Assert.True(sent.StatusCode is HttpStatusCode.Redirect, await sent.Content.ReadAsStringAsync());
        Assert.StartsWith($"{entra.Origin}/authorize?", sent.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        return FakeEntra.Asked(sent.Headers.Location);
    }

    private Task<HttpResponseMessage> ReturnAsync(string state, string code) => browser.GetAsync($"/sign-in/callback?code={code}&state={Uri.EscapeDataString(state)}");

    private async Task SignInAsync()
    {
        var asked = await BeginAsync();
        using var back = await ReturnAsync(asked["state"], entra.Authorize(asked));
        Assert.True(back.StatusCode is HttpStatusCode.Redirect, await back.Content.ReadAsStringAsync());
    }

    private async Task<HttpStatusCode> PageAsync(string path = "/check-ehr")
    {
        using var page = await browser.GetAsync(path);
        return page.StatusCode;
    }

    [Fact]
    public async Task A_page_sends_to_the_sign_in_and_comes_back_to_itself()
    {
        using var turned = await browser.GetAsync("/check-ehr?x=1");
        Assert.Equal(HttpStatusCode.Redirect, turned.StatusCode);
        Assert.Equal("/sign-in?returnTo=%2Fcheck-ehr%3Fx%3D1", turned.Headers.Location!.OriginalString);

        var asked = await BeginAsync("/check-ehr?x=1");
        Assert.Equal("code", asked["response_type"]);
        Assert.Equal(FakeEntra.Client, asked["client_id"]);
        Assert.Equal($"{host.Address}/sign-in/callback", asked["redirect_uri"]);
        Assert.Equal("S256", asked["code_challenge_method"]);
        Assert.True(asked["state"].Length >= 43 && asked["nonce"].Length >= 43);
        Assert.Contains("openid", asked["scope"], StringComparison.Ordinal);

        using var back = await ReturnAsync(asked["state"], entra.Authorize(asked));
        Assert.Equal("/check-ehr?x=1", back.Headers.Location!.OriginalString);
        using var page = await browser.GetAsync("/check-ehr");
        Assert.Contains("Connections", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("Signed in as Grace Hopper.", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/worklist")]
    [InlineData("/deliveries")]
    [InlineData("/feedback")]
    public async Task Every_page_of_our_own_says_who_is_signed_in(string path)
    {
        await SignInAsync();
        using var page = await browser.GetAsync(path);
        Assert.Contains("Signed in as Grace Hopper.", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cookie_is_bound_to_this_host_and_says_nothing()
    {
        await SignInAsync();
        var cookie = browser.SetCookies.Single(c => c.StartsWith("__Host-biopsyfhir=", StringComparison.Ordinal));
        foreach (var attribute in (string[])["path=/", "secure", "httponly", "samesite=lax"]) Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.All(browser.SetCookies, c => Assert.DoesNotContain("Hopper", c, StringComparison.Ordinal));
        Assert.DoesNotContain(browser.Cookies, c => c.Name.StartsWith("__Host-biopsyfhir-signin", StringComparison.Ordinal)); // used up
        string[] unsaid = ["Hopper", "object-1", "user-token", FakeEntra.Secret];
        Assert.All(unsaid, word => Assert.DoesNotContain(host.Log, line => line.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_answer_is_good_once_and_only_in_the_browser_that_began()
    {
        var asked = await BeginAsync();
        var code = entra.Authorize(asked);
        using (var thief = new Browser(host))
        {
            using var stolen = await thief.GetAsync($"/sign-in/callback?code={code}&state={asked["state"]}");
            Assert.Equal(HttpStatusCode.Unauthorized, stolen.StatusCode);
        }
        using var other = await ReturnAsync(new string('x', 43), code);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
        Assert.Empty(entra.TokenRequests);
        using var good = await ReturnAsync(asked["state"], code);
        Assert.Equal(HttpStatusCode.Redirect, good.StatusCode);
        using var again = await ReturnAsync(asked["state"], code);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.Single(entra.TokenRequests);
    }

    [Fact]
    public async Task A_sign_in_that_took_too_long_is_not_finished()
    {
        var asked = await BeginAsync();
        host.Clock.Advance(SignInTickets.Life);
        using var late = await ReturnAsync(asked["state"], entra.Authorize(asked));
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
        Assert.Empty(entra.TokenRequests);
    }

    [Theory]
    [InlineData("iss", "\"https://login.example/other/v2.0\"")]
    [InlineData("iss", "\"https://sts.windows.net/" + FakeEntra.Tenant + "/\"")] // v1.0: sign-in asks for v2.0
    [InlineData("aud", "\"another-app\"")]
    [InlineData("exp", "1000000000")]
    [InlineData("exp", null)]
    [InlineData("nbf", "4000000000")]
    [InlineData("nonce", "\"another\"")]
    [InlineData("nonce", null)]
    public async Task An_ID_token_that_is_not_ours_signs_nobody_in(string claim, string? value)
    {
        entra.Claims = claims =>
        {
            if (value is null) claims.Remove(claim);
            else claims[claim] = JsonNode.Parse(value);
        };
        await RefusedAsync();
    }

    [Fact]
    public async Task An_ID_token_signed_by_nobody_or_by_somebody_else_signs_nobody_in()
    {
        entra.Sign = FakeEntra.SignedByNobody;
        await RefusedAsync();
        using var stranger = RSA.Create(2048);
        entra.Sign = claims => entra.SignedBy(claims, stranger);
        await RefusedAsync();
    }

    private async Task RefusedAsync()
    {
        var asked = await BeginAsync();
        using var answer = await ReturnAsync(asked["state"], entra.Authorize(asked));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("is not valid", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(browser.Cookies, c => c.Name is "__Host-biopsyfhir");
        Assert.Equal(HttpStatusCode.Redirect, await PageAsync());
    }

    [Fact]
    public async Task What_Entra_ID_refuses_is_told_by_its_code_only()
    {
        var asked = await BeginAsync();
        using var cancelled = await browser.GetAsync($"/sign-in/callback?error=access_denied&error_description=%3Cscript%3E&state={asked["state"]}");
        var page = await cancelled.Content.ReadAsStringAsync();
        Assert.Contains("access_denied", page, StringComparison.Ordinal);
        Assert.DoesNotContain("script", page, StringComparison.Ordinal);

        entra.Refuse = "invalid_grant";
        var second = await BeginAsync();
        using var refused = await ReturnAsync(second["state"], entra.Authorize(second));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("invalid_grant", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log, line => line.Contains("told in words", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/a\\b")]
    [InlineData("\\\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/a\r\nSet-Cookie: x=y")]
    [InlineData("")]
    public async Task The_way_back_is_only_ever_a_page_of_ours(string returnTo)
    {
        var asked = await BeginAsync(returnTo);
        using var back = await ReturnAsync(asked["state"], entra.Authorize(asked));
        Assert.Equal("/check-ehr", back.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("""["BiopsyFhir.Read"]""", HttpStatusCode.OK)]
    [InlineData("""["BiopsyFhir.Operate"]""", HttpStatusCode.OK)]
    [InlineData("""["Other.Role"]""", HttpStatusCode.Forbidden)]
    [InlineData("[]", HttpStatusCode.Forbidden)]
    public async Task A_person_needs_one_of_our_roles(string roles, HttpStatusCode status)
    {
        entra.Claims = claims => claims["roles"] = JsonNode.Parse(roles);
        await SignInAsync();
        using var page = await browser.GetAsync("/check-ehr");
        Assert.Equal(status, page.StatusCode);
        if (status is HttpStatusCode.Forbidden) Assert.Contains("do not have the role", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BiopsyFhir.Read", HttpStatusCode.Forbidden)]
    [InlineData("BiopsyFhir.Operate", HttpStatusCode.Redirect)]
    public async Task Sending_a_delivery_again_needs_the_role_to_operate(string role, HttpStatusCode status)
    {
        entra.Claims = claims => claims["roles"] = new JsonArray(role);
        await SignInAsync();
        using var answer = await browser.PostAsync("/deliveries/none/replay");
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_form_posted_after_the_sign_in_has_ended_does_nothing_and_says_so()
    {
        using var answer = await browser.SendAsync(new(HttpMethod.Post, "/deliveries/none/replay") { Headers = { { "Accept", "text/html" } } });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("nothing was done", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cookie_opens_no_API_and_a_bearer_token_no_page()
    {
        await SignInAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await PageAsync("/api/v1/policies"));

        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(); // the bearer middleware has its own, real clock
        var token = entra.SignedBy(new() { ["iss"] = entra.Issuer, ["aud"] = FakeEntra.Client, ["nbf"] = now, ["exp"] = now + 300, ["roles"] = new JsonArray("BiopsyFhir.Read") });
        using var client = host.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var api = await client.GetAsync("/api/v1/policies");
        Assert.Equal(HttpStatusCode.OK, api.StatusCode);
        using var page = await client.GetAsync("/check-ehr");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task An_hour_without_a_request_ends_the_sign_in()
    {
        await SignInAsync();
        host.Clock.Advance(PageCookie.Idle - TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await PageAsync());
        host.Clock.Advance(PageCookie.Idle + TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Redirect, await PageAsync());
    }

    [Fact]
    public async Task Eight_hours_end_it_however_busy_somebody_is()
    {
        await SignInAsync();
        for (var slept = TimeSpan.Zero; slept < PageCookie.Whole - TimeSpan.FromMinutes(40); slept += TimeSpan.FromMinutes(40))
        {
            Assert.Equal(HttpStatusCode.OK, await PageAsync());
            host.Clock.Advance(TimeSpan.FromMinutes(40));
        }
        Assert.Equal(HttpStatusCode.OK, await PageAsync());
        host.Clock.Advance(TimeSpan.FromMinutes(41));
        Assert.Equal(HttpStatusCode.Redirect, await PageAsync());
    }

    [Fact]
    public async Task Signing_out_forgets_the_cookie()
    {
        await SignInAsync();
        using var page = await browser.PostAsync("/sign-out");
        Assert.Contains("You are signed out", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(browser.SetCookies.Last(c => c.StartsWith("__Host-biopsyfhir=", StringComparison.Ordinal)).Split(';')[0], "=CfDJ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_credentials_of_our_own_nobody_signs_in_and_that_is_said_at_start()
    {
        await using var half = entra.Service(("AzureAd:ClientSecret", null));
        using var client = half.Client();
        using var page = await client.GetAsync("/check-ehr");
        Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
        using var signIn = await client.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.NotFound, signIn.StatusCode);
        Assert.Contains(half.Log, line => line.Contains("nobody can sign in to the pages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_certificate_signs_an_assertion_in_place_of_the_secret()
    {
        await using var withCertificate = entra.Service(("AzureAd:ClientSecret", null), ("AzureAd:ClientCertificate", TestKeys.Wrapping));
        using var other = new Browser(withCertificate);
        using var sent = await other.GetAsync("/sign-in");
        var asked = FakeEntra.Asked(sent.Headers.Location!);
        using var refused = await other.GetAsync($"/sign-in/callback?code={entra.Authorize(asked)}&state={asked["state"]}"); // the stand-in takes secrets only
        var request = Assert.Single(entra.TokenRequests);
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", request.Form["client_assertion_type"]);
        Assert.False(request.Form.ContainsKey("client_secret"));
    }
}
