using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

public sealed class SecurityHeadersTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/health/live")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/policies")]
    [InlineData("/launch")]
    [InlineData("/smart/launch.css")]
    public async Task Every_answer_says_what_a_browser_may_do_with_it(string path)
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        using var answer = await client.GetAsync(path);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.EndsWith("frame-ancestors 'self'", policy, StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Frame-Options"));
    }

    [Theory]
    [InlineData("https://biopsy.example.org", "max-age=31536000")]
    [InlineData(null, null)]
    public async Task A_public_https_address_is_remembered_by_browsers(string? address, string? header)
    {
        using var host = new ServiceHost(new Dictionary<string, string?> { ["PublicBaseUrl"] = address });
        using var client = host.SocketClient();
        using var answer = await client.GetAsync("/health/live");
        Assert.Equal(header, answer.Headers.TryGetValues("Strict-Transport-Security", out var values) ? values.Single() : null);
    }

    [Theory]
    [InlineData("evil.example", 400)]
    [InlineData("localhost", 200)]
    public async Task The_sandbox_answers_to_the_names_of_this_machine_only(string name, int status)
    {
        using var sandbox = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var client = sandbox.Client();
        client.DefaultRequestHeaders.Host = name;
        using var answer = await client.GetAsync("/sandbox");
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task The_front_door_leads_to_the_demo_where_there_is_one()
    {
        using var sandbox = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var client = sandbox.Client();
        using var answer = await client.GetAsync("/");
        Assert.Equal("/sandbox", answer.Headers.Location?.OriginalString);
        using var plain = new ServiceHost();
        using var other = plain.Client();
        Assert.Contains("opened from the electronic health record", await other.GetStringAsync("/"), StringComparison.Ordinal);
    }
}
