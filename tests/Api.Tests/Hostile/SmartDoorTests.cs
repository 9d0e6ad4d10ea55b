using System.Net;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Cds;
using BiopsyFhir.Api.Tests.Smart;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Hostile;

/// <summary>What an authorization server or a key server answers, with a real launch or call before it.</summary>
public sealed partial class SmartDoorTests
{
    private static readonly TimeSpan s_untilForgotten = TimeSpan.FromMinutes(6);

    [SharedDataFact]
    public async Task Every_sample_as_smart_configuration_and_as_metadata_stops_the_launch_in_words()
    {
        await using var world = await SmartWorld.StartAsync();
        await using var older = await SmartWorld.StartAsync(("Quirks:0", "oauth-uris-in-metadata"));
        older.Ehr.Instead = request => request.Path.EndsWith("smart-configuration", StringComparison.Ordinal) ? (404, "text/plain", "no") : null;
        await Samples.CompareAsync("smart-configuration", async bytes =>
        {
            world.Ehr.Raw = request => request.Path.EndsWith("smart-configuration", StringComparison.Ordinal) ? bytes : null;
            older.Ehr.Raw = request => request.Path is "/fhir/metadata" ? bytes : null;
            world.Host.Clock.Advance(s_untilForgotten);
            older.Host.Clock.Advance(s_untilForgotten);
            return $"{await LaunchAsync(world)}\t{await LaunchAsync(older)}";
        });
    }

    [SharedDataFact]
    public async Task Every_sample_as_token_answer_and_as_keys_of_the_ID_token_stops_the_launch_in_words()
    {
        await using var world = await SmartWorld.StartAsync();
        await Samples.CompareAsync("token", async bytes =>
        {
            world.Ehr.Raw = request => request.Path is "/auth/token" ? bytes : null;
            var asToken = await CallbackAsync(world);
            world.Ehr.Raw = request => request.Path is "/auth/jwks" ? bytes : null;
            world.Host.Clock.Advance(TimeSpan.FromHours(2)); // good keys are kept for an hour
            var asKeys = await CallbackAsync(world);
            world.Ehr.Raw = request => request.Path is "/auth/.well-known/openid-configuration" ? bytes : null;
            world.Host.Clock.Advance(TimeSpan.FromHours(2));
            // The SMART document names the keys too, so that the sign-in goes on without it.
            return $"{asToken}\t{asKeys}\t{await CallbackAsync(world)}";
        });
    }

    /// <summary>No sample is a key set with the caller's key: nobody is let in by it, also not while an older set is still known.</summary>
    [SharedDataFact]
    public async Task Every_sample_as_key_set_of_a_hook_client_lets_nobody_in()
    {
        await using var world = await HookWorld.StartAsync();
        foreach (var (name, bytes) in Samples.All())
        {
            world.Ehr.Raw = request => request.Path is "/cds/jwks" ? bytes : null;
            world.Host.Clock.Advance(TimeSpan.FromHours(2));
            using var answer = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch()));
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized, $"{name}: {answer.StatusCode}");
        }
        world.Ehr.Raw = _ => null;
        world.Host.Clock.Advance(TimeSpan.FromHours(2));
        using var good = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch()));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    private static async Task<string> LaunchAsync(SmartWorld world)
    {
        using var answer = await world.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(world.Ehr.FhirBase)}&launch=launch-1");
        return await OutcomeAsync(answer);
    }

    private static async Task<string> CallbackAsync(SmartWorld world)
    {
        world.Browser.Cookies.Clear();
        var asked = await world.Browser.StartAsync(world.Ehr);
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        return await OutcomeAsync(answer);
    }

    private static async Task<string> OutcomeAsync(HttpResponseMessage answer)
    {
        if (answer.StatusCode is HttpStatusCode.Redirect) return "to the sign-in";
        if (answer.StatusCode is HttpStatusCode.SeeOther) return "signed in";
        var page = await answer.Content.ReadAsStringAsync();
        // 502 and 504 say that the EHR's answer cannot be used, or is too large; any other 5xx would be a fault of ours.
        Assert.True(answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout, $"{answer.StatusCode}: {page}");
        return WebUtility.HtmlDecode($"{Code().Match(page).Groups[1].Value}: {What().Match(page).Groups[1].Value}");
    }

    [GeneratedRegex("<code>([^<]+)</code>")]
    private static partial Regex Code();

    [GeneratedRegex("""<p class="what" role="alert">([^<]+)</p>""")]
    private static partial Regex What();
}
