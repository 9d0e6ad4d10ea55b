using BiopsyFhir.Testing;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

public sealed class ReviewTests(Demo demo) : IClassFixture<Demo>
{
    [ChromiumFact]
    public async Task Launch_review_sign_receipts_and_a_second_confirmation_writes_nothing_new()
    {
        var tab = await demo.OpenAsync();
        await tab.LaunchAsync(demo.Url, 0);
        await tab.ScreenshotAsync("review-doac-poor-kidneys");
        Assert.Contains("rivaroxaban", await tab.Page.Locator("main").InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        var review = tab.Page.Url;

        var first = await ConfirmAsync(tab, "first");
        Assert.Contains("created", first);
        await tab.Page.GotoAsync(review);
        await tab.ReadyAsync();
        var second = await ConfirmAsync(tab, "second");
        Assert.Contains("already-there", second);
        Assert.DoesNotContain("created\t", second);
        Assert.Contains("Nothing new was written", second);
        Assert.Empty(tab.Troubles);
    }

    [ChromiumTheory]
    [InlineData(0, "rivaroxaban", "NOT READY")]
    [InlineData(1, "warfarin", "ASK FIRST")]
    [InlineData(2, "clopidogrel", "ASK FIRST")]
    [InlineData(3, "naproxen", "NOT READY")]
    [InlineData(4, "reticulocyte", "NOT READY")]
    [InlineData(5, "iron deficiency", "NOT READY")]
    [InlineData(6, "platelets", "ASK FIRST")]
    [InlineData(7, "", "READY")]
    [InlineData(8, "blood thinner", "NOT READY")]
    [InlineData(9, "sternum", "ASK FIRST")]
    public async Task Every_patient_tells_its_story_accessibly(int patient, string word, string mark)
    {
        var tab = await demo.OpenAsync();
        await tab.LaunchAsync(demo.Url, patient);
        await tab.ScreenshotAsync($"patient-{patient + 1:00}");
        Assert.Contains(word, await tab.Page.Locator("main").InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(mark, (await tab.Page.Locator(".verdict .mark").InnerTextAsync()).Trim());
        await tab.AssertAccessibleAsync();
        Assert.Empty(tab.Troubles);
    }

    [ChromiumFact]
    public async Task At_320_pixels_nothing_is_cut_off()
    {
        var tab = await demo.OpenAsync(320, 800);
        await tab.LaunchAsync(demo.Url, 2);
        await tab.ScreenshotAsync("review-320");
        var wide = await tab.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .timeline, .visually-hidden, .skip') && e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 120))");
        Assert.Empty(wide);
        await tab.AssertAccessibleAsync();
    }

    [ChromiumFact]
    public async Task A_finding_left_out_without_a_reason_is_refused_with_its_name()
    {
        var tab = await demo.OpenAsync();
        await tab.LaunchAsync(demo.Url, 0);
        await tab.Page.EvaluateAsync("() => { for (const i of document.querySelectorAll('input[value=dismiss]')) i.checked = true; for (const f of document.forms) f.noValidate = true; }");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show what will be written" }).ClickAsync();
        await tab.Page.WaitForLoadStateAsync(LoadState.Load);
        Assert.Contains("a reason is needed to leave this out", await tab.Page.Locator("main").InnerTextAsync());
        await tab.ScreenshotAsync("refused-decisions");
    }

    [ChromiumFact]
    public async Task A_session_of_another_browser_is_refused()
    {
        var tab = await demo.OpenAsync();
        await tab.LaunchAsync(demo.Url, 0);
        var stranger = await demo.OpenAsync();
        var answer = await stranger.Page.GotoAsync(tab.Page.Url);
        Assert.Equal(401, answer!.Status);
        Assert.DoesNotContain("rivaroxaban", await stranger.Page.ContentAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [ChromiumFact]
    public async Task Inside_the_frame_of_the_demo_EHR_the_launch_works_too()
    {
        var tab = await demo.OpenAsync();
        await tab.Page.GotoAsync($"{demo.Url}/sandbox");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Launch in a frame" }).First.ClickAsync();
        var frame = tab.Page.FrameLocator("iframe");
        await frame.Locator(".verdict .mark").WaitForAsync(new() { Timeout = 60_000 });
        await tab.ScreenshotAsync("framed");
    }

    private static async Task<string> ConfirmAsync(Tab tab, string name)
    {
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Show what will be written" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign and write" }).WaitForAsync();
        await tab.ScreenshotAsync($"plan-{name}");
        // A print is promised only where it can be made.
        var words = await tab.Page.Locator("main").InnerTextAsync();
        Assert.Equal(words.Contains("PDF: A4", StringComparison.Ordinal), words.Contains("(Pdf)", StringComparison.Ordinal));
        // The handout's frame runs no script, so axe would wait for it for ever; the handout has its own test.
        await tab.Page.EvaluateAsync("() => document.querySelector('iframe.handout')?.remove()");
        await tab.AssertAccessibleAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign and write" }).ClickAsync();
        await tab.Page.WaitForURLAsync("**/receipts");
        await tab.ReadyAsync();
        await tab.ScreenshotAsync($"receipts-{name}");
        await tab.AssertAccessibleAsync();
        return await tab.Page.Locator("main").InnerTextAsync();
    }
}
