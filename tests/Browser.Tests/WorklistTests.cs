using BiopsyFhir.Testing;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

public sealed class WorklistTests(Demo demo) : IClassFixture<Demo>
{
    [ChromiumFact]
    public async Task The_unit_sees_what_comes_first_filters_and_opens_a_review()
    {
        var tab = await demo.OpenAsync();
        await tab.Page.GotoAsync($"{demo.Url}/worklist");
        await tab.Page.GetByText("10 of 10, first step first.").WaitForAsync();
        await tab.ScreenshotAsync("worklist");
        await tab.AssertAccessibleAsync();

        await tab.Page.GetByLabel("Show").SelectOptionAsync("ready");
        await tab.Page.GetByText("1 of 10, first step first.").WaitForAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Fennel Zztest" }).ClickAsync();
        await tab.Page.GetByText("This page is to read.").WaitForAsync();
        await tab.AssertAccessibleAsync();
        Assert.Empty(tab.Troubles);
    }

    [ChromiumFact]
    public async Task In_a_narrow_dark_window_only_the_table_scrolls()
    {
        var tab = await demo.OpenAsync(320, 800);
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await tab.Page.GotoAsync($"{demo.Url}/worklist");
        await tab.Page.GetByText("10 of 10, first step first.").WaitForAsync();
        await tab.ScreenshotAsync("worklist-320-dark");
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"));
        await tab.AssertAccessibleAsync();
        Assert.Empty(tab.Troubles);
    }
}
