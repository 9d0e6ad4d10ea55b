using System.Net;
using System.Net.Http.Json;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Peers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BiopsyFhir.Api.Tests.SignIn;

/// <summary>Sign-in through MSAL at a certified OpenID provider that we did not write, in the place of Entra ID.</summary>
public sealed class TenantPeerTests : IAsyncLifetime
{
    private const string Secret = "a secret that only the two know";

    /// <summary>Not <see cref="FakeEntra.Tenant"/>: MSAL keeps an authority's addresses by its URL for the whole process, and a free port may come back.</summary>
    private const string Tenant = "77777777-2222-3333-4444-555555555555";

    private readonly TenantPeer tenant = new(TestKeys.Wrapping, Tenant);

    public Task InitializeAsync() => tenant.InitializeAsync();

    public Task DisposeAsync() => tenant.DisposeAsync();

    [PeersTheory]
    [InlineData("BiopsyFhir.Read", Secret, HttpStatusCode.OK)]
    [InlineData("Something.Else", Secret, HttpStatusCode.Forbidden)]
    [InlineData("BiopsyFhir.Read", "another secret", HttpStatusCode.Unauthorized)]
    public async Task A_person_signs_in_with_role_and_secret_as_registered(string role, string secret, HttpStatusCode status)
    {
        await using var host = new ServiceHost(new Dictionary<string, string?>
        {
            ["AzureAd:Instance"] = tenant.Origin,
            ["AzureAd:TenantId"] = Tenant,
            ["AzureAd:ClientId"] = "our-pages",
            ["AzureAd:ClientSecret"] = secret,
        }, replace: services => services.Replace(ServiceDescriptor.Singleton<EntraHttp, TrustsTheTestCertificate>()));
        host.Clock.Advance(TimeProvider.System.GetUtcNow() - host.Clock.GetUtcNow()); // the provider has a clock of its own
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        TrustsTheTestCertificate.Accept(handler);
        using var there = new HttpClient(handler);
        await there.PostAsJsonAsync($"{tenant.Origin}/admin/clients", new
        {
            client_id = "our-pages",
            client_secret = Secret,
            token_endpoint_auth_method = "client_secret_post",
            grant_types = new[] { "authorization_code" },
            redirect_uris = new[] { $"{host.Address}/sign-in/callback" },
            scope = "openid profile offline_access",
        });
        await there.PostAsJsonAsync($"{tenant.Origin}/admin/person", new { name = "Eleni Nikolaidou", roles = new[] { role } });

        using var browser = new Browser(host);
        using var sent = await browser.GetAsync("/sign-in?returnTo=%2Fcheck-ehr");
        var at = sent.Headers.Location!;
        for (var hops = 0; at.AbsoluteUri.StartsWith(tenant.Origin, StringComparison.Ordinal); hops++)
        {
            using var answer = await there.GetAsync(at);
            Assert.True(hops < 10 && answer.Headers.Location is not null, $"{at}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()} {tenant.Complaints}");
            at = new Uri(at, answer.Headers.Location);
        }
        Assert.StartsWith($"{host.Address}/sign-in/callback?", at.AbsoluteUri, StringComparison.Ordinal);
        using var back = await browser.GetAsync(at.PathAndQuery);
        if (status is HttpStatusCode.Unauthorized)
        {
            Assert.Equal(status, back.StatusCode);
            Assert.Contains("invalid_client", await back.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return;
        }
        Assert.True(back.StatusCode is HttpStatusCode.Redirect, $"{await back.Content.ReadAsStringAsync()} {string.Join('\n', host.Log)}");
        using var page = await browser.GetAsync("/check-ehr");
        Assert.Equal(status, page.StatusCode);
        Assert.Equal("", tenant.Complaints.Trim());
    }
}
