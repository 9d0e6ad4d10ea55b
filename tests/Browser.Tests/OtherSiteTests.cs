using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>What a browser does to a launch from another site: frames, cookies, several patients, sessions that end.</summary>
public sealed class OtherSiteTests(FramingHospital hospital) : IClassFixture<FramingHospital>
{
    [FactWhen(Needs.Peers | Needs.Chromium)]
    public async Task In_a_frame_on_another_site_a_launch_comes_to_receipts()
    {
        await using var browser = await hospital.NewBrowserAsync();
        var page = await hospital.OpenEhrAsync(browser, await hospital.LaunchUrlAsync("ada"));
        var frame = page.FrameLocator("#f0");
        await frame.Locator(".verdict .mark").WaitForAsync(new() { Timeout = 20_000 });
        await ScreenshotAsync(page, "other-site-review");
        await frame.GetByRole(AriaRole.Button, new() { Name = "Show what will be written" }).ClickAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Sign and write" }).ClickAsync();
        await frame.GetByText("Written to the chart").WaitForAsync(new() { Timeout = 20_000 });
        await ScreenshotAsync(page, "other-site-receipts");
        Assert.Contains("created", await frame.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        // What the browser kept for the service inside this EHR is kept apart for this EHR.
        Assert.All(await browser.CookiesAsync(), cookie => Assert.True(!cookie.Domain.Contains("localhost", StringComparison.Ordinal) || (cookie is { Secure: true, HttpOnly: true, SameSite: SameSiteAttribute.None }), cookie.Name));
    }

    [FactWhen(Needs.Peers | Needs.Chromium)]
    public async Task Nobody_else_may_frame_a_review()
    {
        await using var browser = await hospital.NewBrowserAsync();
        var tab = await browser.NewPageAsync();
        await tab.GotoAsync(await hospital.LaunchUrlAsync("ada"));
        await tab.Locator(".verdict .mark").WaitForAsync(new() { Timeout = 20_000 });
        await using var site = await FaultProxy.Start(hospital.R4.Origin);
        site.Add(Rule.Answering("a page of somebody else", _ => true, _ => ProxyResponse.Of(200, $"<!doctype html><title>x</title><iframe id=f0 src=\"{tab.Url}\"></iframe>", "text/html")));
        var thief = await browser.NewPageAsync();
        var refused = new TaskCompletionSource<string>();
        thief.Console += (_, message) =>
        {
            if (message.Text.Contains("frame-ancestors", StringComparison.Ordinal)) refused.TrySetResult(message.Text);
        };
        await thief.GotoAsync(site.Origin);
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, await thief.FrameLocator("#f0").Locator(".verdict").CountAsync());
    }

    [FactWhen(Needs.Peers | Needs.Chromium)]
    public async Task Two_patients_side_by_side_in_one_browser_stay_apart()
    {
        await using var browser = await hospital.NewBrowserAsync();
        var page = await hospital.OpenEhrAsync(browser, await hospital.LaunchUrlAsync("ada"), await hospital.LaunchUrlAsync("ben"));
        var (ada, ben) = (page.FrameLocator("#f0"), page.FrameLocator("#f1"));
        foreach (var frame in new[] { ada, ben }) await frame.Locator(".verdict .mark").WaitForAsync(new() { Timeout = 20_000 });
        await ScreenshotAsync(page, "two-patients");
        await AssertShows(ada, "Quitte", "apixaban", "Schlehe", "warfarin");
        await AssertShows(ben, "Schlehe", "warfarin", "Quitte", "apixaban");

        // The one opened last does not take over the first: that goes on to its own plan.
        await ada.GetByRole(AriaRole.Button, new() { Name = "Show what will be written" }).ClickAsync();
        await ada.GetByRole(AriaRole.Button, new() { Name = "Sign and write" }).WaitForAsync();
        var plan = await ada.Locator("main").InnerTextAsync();
        Assert.Contains("apixaban", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("warfarin", plan, StringComparison.Ordinal);
        await AssertShows(ben, "Schlehe", "warfarin", "Quitte", "apixaban");
    }

    [FactWhen(Needs.Peers | Needs.Chromium)]
    public async Task A_session_that_the_browser_lost_or_the_EHR_ended_says_to_open_it_again()
    {
        await using var browser = await hospital.NewBrowserAsync();
        var page = await browser.NewPageAsync();
        await page.GotoAsync(await hospital.LaunchUrlAsync("ada"));
        await page.Locator(".verdict .mark").WaitForAsync(new() { Timeout = 20_000 });
        await browser.ClearCookiesAsync();
        var answer = await page.ReloadAsync();
        Assert.Equal(401, answer!.Status);
        await ScreenshotAsync(page, "session-over");
        var text = await page.Locator("body").InnerTextAsync();
        Assert.Contains("open the review again", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Quitte", text, StringComparison.Ordinal);
        await new Tab(page, hospital.Service.Url).AssertAccessibleAsync();
    }

    [TheoryWhen(Needs.Peers | Needs.Chromium)]
    [InlineData("access_denied")]
    [InlineData("temporarily_unavailable")]
    public async Task An_error_at_the_EHRs_sign_in_is_told_in_the_frame(string error)
    {
        await hospital.Authorization.FailNext("authorize", 303, error);
        await using var browser = await hospital.NewBrowserAsync();
        var page = await hospital.OpenEhrAsync(browser, await hospital.LaunchUrlAsync("ada"));
        var frame = page.FrameLocator("#f0");
        await frame.Locator("main").WaitForAsync(new() { Timeout = 20_000 });
        await ScreenshotAsync(page, $"sign-in-{error}");
        var text = await frame.Locator("body").InnerTextAsync();
        Assert.Contains("The review cannot be opened", text, StringComparison.Ordinal);
        Assert.Contains("No part of the chart was read or changed", text, StringComparison.Ordinal);
        Assert.Equal(0, await frame.Locator(".verdict").CountAsync());
    }

    private static async Task AssertShows(IFrameLocator frame, string name, string drug, string otherName, string otherDrug)
    {
        var text = await frame.Locator("body").InnerTextAsync();
        Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.Contains(drug, text, StringComparison.Ordinal);
        Assert.DoesNotContain(otherName, text, StringComparison.Ordinal);
        Assert.DoesNotContain(otherDrug, text, StringComparison.Ordinal);
    }

    private static Task<byte[]> ScreenshotAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Screenshots, $"{name}.png"), FullPage = true });
}
