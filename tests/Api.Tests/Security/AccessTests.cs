using System.Net;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Smart;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>Who reaches whose data: the session of one patient against another's, a stranger, another EHR, a page elsewhere.</summary>
public sealed class AccessTests
{
    /// <summary>Open to everybody, and why that harms nobody; an address that is on no list and has no guard fails the test.</summary>
    private static readonly string[] Open =
    [
        "/", "/launch", "/launch/standalone", "/callback", // they begin a sign-in; see the L- rows
        "/launch/check/{ticket}", // an encrypted, short-lived ticket is its key
        "/.well-known/jwks.json", "/health/live", "/health/ready", "/openapi/{documentName}.json", "/openapi/{documentName}.yaml", "/swagger", // public by purpose
        "/sign-in", "/sign-in/callback", "/sign-out",
        "/subscriptions/{ehr}", "/subscriptions/{ehr}/{type}/{id}", // the secret of the EHR is checked in them; see NotificationTests
        "/fhir/metadata", "/fhir/{type}", "/fhir/{type}/_search", "/fhir/{type}/{id}", // policies, nothing of a patient, nothing to write; Policy:Publish closes them
        "/cds-services", "/cds-services/{id}", "/cds-services/{id}/feedback", // the token of the call is checked in a filter; see TrustTests
    ];

    [Fact]
    public void Every_address_is_guarded_or_on_the_list_of_those_that_need_no_guard()
    {
        using var host = new ServiceHost();
        var unguarded = Endpoints(host).Where(e => e.Metadata.GetMetadata<NeedsSession>() is null && !e.Metadata.GetOrderedMetadata<IAuthorizeData>().Any())
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).Distinct().Except(Open).ToList();
        Assert.Empty(unguarded);
        Assert.All(Endpoints(host).SelectMany(e => e.Metadata.GetOrderedMetadata<IAuthorizeData>()),
            rule => Assert.Contains(rule.Policy, (string[])[ApiCaller.Policy, ApiCaller.Operate, OwnPages.Read, OwnPages.Operate]));
    }

    [Fact]
    public async Task Every_address_of_a_session_is_closed_to_the_session_of_another_patient()
    {
        await using var world = await SmartWorld.StartAsync();
        var marked = new MarkedEhr(world.Ehr);
        var mine = await world.Browser.LaunchAsync(world.Ehr);
        using var other = new Browser(world.Host);
        world.Ehr.TokenFields["patient"] = MarkedEhr.Two;
        var hers = await other.LaunchAsync(world.Ehr);
        await other.SignAsync(hers); // there is a plan, a handout and receipts to be had
        var written = marked.Written.Count;
        Assert.NotEqual(0, written);

        var cookie = world.Browser.Cookies.First(c => c.Path == $"/review/{mine}");
        world.Browser.Cookies.AddRange([cookie with { Path = $"/review/{hers}" }, cookie with { Path = $"/api/v1/sessions/{hers}" }]);
        var token = world.Host.Get<PageTokens>().For(await world.SessionAsync(mine));
        var asked = 0;
        world.Ehr.Requests.Clear();
        foreach (var endpoint in Endpoints(world.Host).Where(e => e.Metadata.GetMetadata<NeedsSession>() is not null))
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                var address = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{session}", hers, StringComparison.Ordinal).Replace("{purpose}", "plan", StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new(method), address) { Headers = { { PageTokens.Header, token } } };
                if (method is "POST") request.Content = address.StartsWith("/api", StringComparison.Ordinal) ? new StringContent("{}", System.Text.Encoding.UTF8, "application/json") : new FormUrlEncodedContent([new("token", token)]);
                using var answer = await world.Browser.SendAsync(request);
                Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized, $"{method} {address}: {answer.StatusCode}");
                Assert.DoesNotContain(MarkedEhr.Mark, await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
                asked++;
            }
        Assert.InRange(asked, 12, 100);
        Assert.Empty(world.Ehr.Requests);
        Assert.Equal(written, marked.Written.Count);
    }

    [Fact]
    public async Task With_her_own_cookie_and_another_s_page_token_nothing_is_signed()
    {
        await using var world = await SmartWorld.StartAsync();
        var marked = new MarkedEhr(world.Ehr);
        var mine = await world.Browser.LaunchAsync(world.Ehr);
        using var other = new Browser(world.Host);
        var hers = await other.LaunchAsync(world.Ehr);
        var token = world.Host.Get<PageTokens>().For(await world.SessionAsync(mine));
        foreach (var step in (string[])["plan", "sign", "sign-out"])
        {
            using var answer = await other.PostAsync($"/review/{hers}/{step}", ("token", token), ("procedureAt", "2026-03-18"));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
        Assert.Empty(marked.Written);
    }

    [Fact]
    public async Task Further_fields_of_a_form_or_body_change_neither_patient_nor_signer_nor_time()
    {
        await using var world = await SmartWorld.StartAsync();
        var marked = new MarkedEhr(world.Ehr);
        var id = await world.Browser.LaunchAsync(world.Ehr);
        await world.Browser.SignAsync(id, ("patient", MarkedEhr.Two), ("Patient", $"Patient/{MarkedEhr.Two}"), ("session", "x"), ("ehr", "south"), ("subject", $"Patient/{MarkedEhr.Two}"),
            ("signer", "Practitioner/mallory"), ("user", "Practitioner/mallory"), ("signedAt", "2001-01-01T00:00:00Z"), ("issuer", "https://evil.example"));
        Assert.NotEmpty(marked.Written);
        var everything = string.Concat(marked.Written.Select(w => w.ToJsonString()));
        Assert.Contains($"Patient/{MarkedEhr.One}", everything, StringComparison.Ordinal);
        foreach (var foreign in (string[])[MarkedEhr.Two, "mallory", "2001-01-01", "evil.example", "south"]) Assert.DoesNotContain(foreign, everything, StringComparison.Ordinal);

        var before = marked.Written.Count;
        var token = world.Host.Get<PageTokens>().For(await world.SessionAsync(id));
        foreach (var body in (string[])["""{"patient":"Patient/pat-zqtwo"}""", """{"settings":{"patient":"Patient/pat-zqtwo"}}""", """{"decisions":[{"finding":"R-HOLD:apixaban","choice":"accept","signer":"x"}]}""", """{"language":"en","language":"es"}""", """{"language":"en\n"}"""])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sessions/{id}/write-back") { Headers = { { PageTokens.Header, token } }, Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            using var answer = await world.Browser.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest, $"{body}: {answer.StatusCode}");
        }
        Assert.Equal(before, marked.Written.Count);
    }

    [Fact]
    public async Task A_session_never_takes_a_value_that_was_planted_in_the_browser()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        const string planted = "planted-by-the-attacker-0123456789abcdefghij";
        foreach (var path in (string[])["/", "/review", "/api"]) world.Browser.Cookies.Add((SessionCookies.SessionName, planted, path));
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)), ("session", planted));
        var id = answer.Headers.Location!.Segments[^1];
        Assert.NotEqual(planted, id);
        Assert.DoesNotContain(world.Browser.SetCookies, line => line.Contains(planted, StringComparison.Ordinal));
        using var attacker = new Browser(world.Host);
        attacker.Cookies.Add((SessionCookies.SessionName, planted, "/review"));
        using var refused = await attacker.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_patient_of_one_EHR_is_not_found_under_the_name_of_another()
    {
        await using var south = await FakeEhr.StartAsync();
        await using var world = await SmartWorld.StartAsync(("Ehrs:1:Issuer", south.FhirBase), ("Ehrs:1:Id", "south"), ("Ehrs:1:ClientId", "y"));
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        var read = await world.Host.Get<Api.Smart.EhrCharts>().For(session).ReadAsync($"{south.FhirBase}/Patient/pat-1", default);
        Assert.NotNull(read.Failure);
        Assert.Empty(south.Requests);
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task A_form_that_a_page_elsewhere_sends_to_our_own_pages_changes_nothing(string from)
    {
        using var host = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var client = host.Client();
        foreach (var address in (string[])["/worklist/refresh", "/deliveries/some-id/replay"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Headers = { { "Sec-Fetch-Site", from } } };
            using var answer = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            using var ours = new HttpRequestMessage(HttpMethod.Post, address) { Headers = { { "Sec-Fetch-Site", "same-origin" } } };
            using var taken = await client.SendAsync(ours);
            Assert.Equal(HttpStatusCode.Redirect, taken.StatusCode);
        }
    }

    [Fact]
    public async Task Our_own_pages_are_framed_by_nobody_else()
    {
        using var host = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" }); // the demo EHR may frame its launches
        using var client = host.Client();
        foreach (var address in (string[])["/worklist", "/deliveries", "/feedback", "/check-ehr"])
        {
            using var page = await client.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.EndsWith("frame-ancestors 'self'", page.Headers.GetValues("Content-Security-Policy").Single().TrimEnd(), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<RouteEndpoint> Endpoints(ServiceHost host) => host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
}
