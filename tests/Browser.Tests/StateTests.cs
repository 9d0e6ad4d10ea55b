using BiopsyFhir.Api.Review;
using BiopsyFhir.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>Pages that nobody hopes to see, and the same page for other eyes.</summary>
public sealed class StateTests(Demo demo) : IClassFixture<Demo>
{
    [ChromiumFact]
    public async Task A_session_that_is_not_ours_and_one_that_never_was_say_what_to_do()
    {
        var owner = await demo.OpenAsync();
        await owner.LaunchAsync(demo.Url, 7);
        foreach (var (name, address) in new[] { ("unauthorised", owner.Page.Url), ("expired", $"{demo.Url}/review/{new string('A', 22)}") })
        {
            var tab = await demo.OpenAsync(360, 700);
            var answer = await tab.Page.GotoAsync(address);
            Assert.Equal(401, answer!.Status);
            Assert.Contains("open the review again from the patient", await tab.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
            await tab.ScreenshotAsync($"state-{name}");
            await tab.AssertAccessibleAsync();
        }
    }

    [ChromiumFact]
    public async Task Loading_failing_and_undecided_are_pages_of_their_own()
    {
        await ShowAsync<WaitPage>("state-loading", new() { ["Heading"] = "Reading the chart", ["Words"] = "Nothing is judged before everything is here.", ["Path"] = "/review/x", ["Lines"] = new[] { "MedicationRequest: 12" }, ["Done"] = 1 });
        await ShowAsync<StopPage>("state-unreadable", new() { ["Heading"] = "The chart could not be read", ["Faults"] = Faults(("EHR", "The server did not answer.")), ["Advice"] = "Nothing was judged. Try again; if it stays, launch again from the EHR.", ["Path"] = "/review/x" });
        await ShowAsync<StopPage>("state-no-date", new() { ["Heading"] = "Not assessed yet", ["Faults"] = Faults(("query procedureAt", "No order or appointment names a day.")), ["Advice"] = "Give the date of the biopsy, or open the review from the order.", ["Path"] = "/review/x", ["AskForDate"] = true });
    }

    [ChromiumTheory]
    [InlineData("check-ehr")]
    [InlineData("feedback")]
    [InlineData("deliveries")]
    public async Task A_page_of_our_own_loads_whole_and_asks_nobody_else(string page)
    {
        var tab = await demo.OpenAsync();
        await tab.Page.GotoAsync($"{demo.Url}/{page}");
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await tab.AssertAccessibleAsync();
        Assert.Empty(tab.Troubles);
    }

    [ChromiumTheory]
    [InlineData("dark", ColorScheme.Dark, ForcedColors.None)]
    [InlineData("forced-colours", ColorScheme.Light, ForcedColors.Active)]
    public async Task The_review_for_other_eyes(string name, ColorScheme scheme, ForcedColors forced)
    {
        var tab = await demo.OpenAsync();
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ForcedColors = forced, ReducedMotion = ReducedMotion.Reduce });
        await tab.LaunchAsync(demo.Url, 0);
        await tab.ScreenshotAsync($"review-{name}");
        await tab.AssertAccessibleAsync();
        Assert.Equal("auto", await tab.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).scrollBehavior"));
        Assert.Empty(tab.Troubles);
    }

    [ChromiumFact]
    public async Task A_worklist_without_a_match_and_printed_paper_are_designed_too()
    {
        var tab = await demo.OpenAsync();
        await tab.Page.GotoAsync($"{demo.Url}/worklist");
        await tab.Page.GetByText("10 of 10, first step first.").WaitForAsync();
        await tab.Page.GotoAsync($"{demo.Url}/worklist?find=nobody-of-this-name");
        await tab.Page.GetByText("0 of 10").WaitForAsync();
        await tab.ScreenshotAsync("worklist-no-match");
        await tab.AssertAccessibleAsync();

        await tab.LaunchAsync(demo.Url, 0);
        await tab.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await tab.ScreenshotAsync("review-printed");
        Assert.False(await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show what will be written" }).IsVisibleAsync());
        Assert.True(await tab.Page.Locator("svg.tl").IsVisibleAsync());
    }

    private static (string, string)[] Faults(params (string, string)[] faults) => faults;

    /// <summary>The component as the service renders it, shown at an address of the service, so that its style sheet and scripts load.</summary>
    private async Task ShowAsync<T>(string name, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        var tab = await demo.OpenAsync(360, 700);
        await tab.Page.RouteAsync("**/review/x", route => route.FulfillAsync(new() { ContentType = "text/html; charset=utf-8", Body = html }));
        await tab.Page.GotoAsync($"{demo.Url}/review/x");
        await tab.ScreenshotAsync(name);
        await tab.AssertAccessibleAsync();
        Assert.Empty(tab.Troubles);
    }
}
