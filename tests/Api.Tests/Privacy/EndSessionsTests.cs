using System.Globalization;
using System.Net;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Privacy;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.SignIn;
using BiopsyFhir.Api.Tests.Smart;

namespace BiopsyFhir.Api.Tests.Privacy;

/// <summary>Sessions that an operator ends while the service runs.</summary>
public sealed class EndSessionsTests
{
    private static async Task<(int Code, string Said)> RunAsync(ServiceHost host, params string[] words)
    {
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        return (await EndSessionsCommand.RunAsync(["end-sessions", .. words], host.Get<ServiceOptions>(), [], host.Clock, said, said), said.ToString());
    }

    [Fact]
    public async Task An_operator_ends_the_reviews_of_one_user_and_of_everybody()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.IdClaims = claims => claims["fhirUser"] = "Practitioner/leaving";
        var hers = await world.Browser.LaunchAsync(world.Ehr);
        world.Ehr.IdClaims = claims => claims["fhirUser"] = "Practitioner/staying";
        using var another = new Browser(world.Host);
        var his = await another.LaunchAsync(world.Ehr);
        async Task<(HttpStatusCode Hers, HttpStatusCode His)> OpenAsync()
        {
            using var one = await world.Browser.GetAsync($"/review/{hers}/ehr-style.css");
            using var two = await another.GetAsync($"/review/{his}/ehr-style.css");
            return (one.StatusCode, two.StatusCode);
        }
        Assert.Equal((0, "Would end 1 of 2 open reviews at north. With --yes it is done."), await Trimmed(RunAsync(world.Host, "north", "Practitioner/leaving")));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await OpenAsync());
        Assert.StartsWith("Ended 1 of 2 open reviews", (await RunAsync(world.Host, "north", "Practitioner/leaving", "--yes")).Said, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), await OpenAsync());
        Assert.Null(await world.Host.Get<SessionStore>().GrantAsync(hers, default));
        Assert.Contains("The people who run this service closed the review.", await (await world.Browser.GetAsync($"/review/{hers}")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("Ended 1 of 1 open reviews", (await RunAsync(world.Host, "north", "--yes")).Said, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), await OpenAsync());
    }

    [Fact]
    public async Task An_operator_ends_the_sign_ins_of_one_person_and_of_everybody()
    {
        await using var entra = await FakeEntra.StartAsync();
        await using var host = entra.Service();
        using var browser = new Browser(host);
        async Task SignInAsync()
        {
            host.Clock.Advance(TimeSpan.FromSeconds(2));
            using var sent = await browser.GetAsync("/sign-in");
            var asked = FakeEntra.Asked(sent.Headers.Location!);
            using var back = await browser.GetAsync($"/sign-in/callback?code={entra.Authorize(asked)}&state={Uri.EscapeDataString(asked["state"])}");
            Assert.Equal("/check-ehr", back.Headers.Location?.OriginalString);
        }
        async Task<bool> InAsync()
        {
            using var page = await browser.GetAsync("/check-ehr");
            return page.StatusCode is HttpStatusCode.OK;
        }
        await SignInAsync();
        Assert.True(await InAsync());
        await RunAsync(host, "--pages", "somebody-else", "--yes");
        await RunAsync(host, "--pages", "object-1"); // without --yes
        Assert.True(await InAsync());
        foreach (var words in (string[][])[["--pages", "object-1", "--yes"], ["--pages", "object-1", "--yes"], ["--pages", "--yes"]])
        {
            host.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(0, (await RunAsync(host, words)).Code);
            Assert.False(await InAsync());
            await SignInAsync();
            Assert.True(await InAsync());
        }
    }

    [Theory]
    [InlineData]
    [InlineData("a", "b", "c")]
    [InlineData("--pages", "a", "b")]
    public async Task A_command_line_that_makes_no_sense_is_answered_with_how_it_should_be(params string[] words)
    {
        await using var host = new ServiceHost();
        Assert.Equal((2, EndSessionsCommand.Usage), await Trimmed(RunAsync(host, words)));
    }

    private static async Task<(int, string)> Trimmed(Task<(int Code, string Said)> run) => (await run) is var (code, said) ? (code, said.Trim()) : default;
}
