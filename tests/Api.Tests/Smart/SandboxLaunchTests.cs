using System.Net;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>A launch as a visitor of the demo makes it, over real sockets: the demo EHR checks us as strictly as SMART asks.</summary>
public sealed partial class SandboxLaunchTests : IDisposable
{
    private readonly ServiceHost host = new(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task A_click_in_the_demo_EHR_opens_a_session_for_that_patient()
    {
        using var browser = new Browser(host);
        var patient = await FirstPatientAsync(browser);
        using var click = await browser.PostAsync("/sandbox/launch", ("patient", patient));
        using var launch = await browser.GetAsync(click.Headers.Location!.OriginalString);
        using var signIn = await browser.GetAsync(launch.Headers.Location!.OriginalString);
        var session = await ArriveAsync(browser, signIn);
        Assert.Equal((patient, "sandbox"), (session.PatientId, session.Ehr.Id));
        Assert.StartsWith("Practitioner/", session.UserReference, StringComparison.Ordinal);
        Assert.Empty(session.Degraded);
        var read = await host.Get<EhrCharts>().For(session).ReadAsync(session.Patient, default);
        Assert.True(read.Failure is null, read.ToString());

        using var page = await browser.PostAsync($"{session.Path}/sign-out", ("token", host.Get<PageTokens>().For(session)));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.NotNull((await host.Get<EhrCharts>().For(session).ReadAsync(session.Patient, default)).Failure);
    }

    [Fact]
    public async Task A_standalone_launch_lets_the_user_choose_the_patient()
    {
        using var browser = new Browser(host);
        var patient = await FirstPatientAsync(browser);
        using var launch = await browser.GetAsync($"/launch/standalone?iss={Uri.EscapeDataString(host.Address + "/sandbox/fhir")}");
        using var choose = await browser.GetAsync(launch.Headers.Location!.OriginalString);
        var choice = Choice().Match(await choose.Content.ReadAsStringAsync()).Groups[1].Value;
        using var chosen = await browser.PostAsync("/sandbox/auth/choose", ("choice", WebUtility.HtmlDecode(choice)), ("patient", patient));
        Assert.Equal(patient, (await ArriveAsync(browser, chosen)).PatientId);
    }

    [Fact]
    public async Task Choosing_nobody_ends_with_a_page()
    {
        using var browser = new Browser(host);
        using var launch = await browser.GetAsync($"/launch/standalone?iss={Uri.EscapeDataString(host.Address + "/sandbox/fhir")}");
        using var choose = await browser.GetAsync(launch.Headers.Location!.OriginalString);
        var choice = Choice().Match(await choose.Content.ReadAsStringAsync()).Groups[1].Value;
        using var refused = await browser.PostAsync("/sandbox/auth/choose", ("choice", WebUtility.HtmlDecode(choice)), ("patient", ""));
        using var callback = await browser.GetAsync(refused.Headers.Location!.OriginalString);
        await Browser.StoppedAsync(callback, HttpStatusCode.Forbidden, "access-denied");
    }

    [Fact]
    public async Task L_42_the_demo_EHR_verifies_our_assertion_with_our_published_keys_and_lets_automation_read()
    {
        using var browser = new Browser(host);
        var patient = await FirstPatientAsync(browser);
        var read = await host.Get<EhrCharts>().ForBackend(host.Get<EhrRegistry>().ById("sandbox")!).ReadAsync($"Patient/{patient}", default);
        Assert.True(read.Failure is null, read.ToString());
    }

    private async Task<SmartSession> ArriveAsync(Browser browser, HttpResponseMessage signIn)
    {
        Assert.True(signIn.StatusCode is HttpStatusCode.SeeOther or HttpStatusCode.Redirect, await signIn.Content.ReadAsStringAsync());
        using var callback = await browser.GetAsync(signIn.Headers.Location!.OriginalString);
        Assert.True(callback.StatusCode is HttpStatusCode.SeeOther, await callback.Content.ReadAsStringAsync());
        return (await host.Get<SessionStore>().FindAsync(callback.Headers.Location!.Segments[^1], default))!.Session;
    }

    private static async Task<string> FirstPatientAsync(Browser browser)
    {
        using var start = await browser.GetAsync("/sandbox");
        return PatientField().Match(await start.Content.ReadAsStringAsync()).Groups[1].Value;
    }

    [GeneratedRegex("name=\"patient\" value=\"([^\"]+)\"")]
    private static partial Regex PatientField();

    [GeneratedRegex("name=\"choice\" value=\"([^\"]+)\"")]
    private static partial Regex Choice();
}
