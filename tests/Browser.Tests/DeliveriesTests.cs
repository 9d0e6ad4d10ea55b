using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>The page on which a person sees what went out by itself, in the demo with automation on.</summary>
public sealed class DeliveriesTests : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private ServiceProcess? _service;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Chromium) is not null) return;
        _service = await ServiceProcess.Start(("Education:Automatic", "true"), ("Education:Chromium", "off"));
        _playwright = await Playwright.CreateAsync();
        _browser = await Demo.StartChromiumAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_service is not null) await _service.DisposeAsync();
    }

    [ChromiumFact]
    public async Task Leaflets_go_out_by_themselves_and_the_page_says_so_and_what_is_not_known()
    {
        var tab = new Tab(await _browser!.NewPageAsync(), _service!.Url);
        var sent = tab.Page.Locator("tr", new() { HasText = "General leaflet" }).Filter(new() { HasText = "sent" });
        for (var tries = 0; tries < 60; tries++)
        {
            await tab.Page.GotoAsync($"{_service.Url}/deliveries");
            if (await sent.CountAsync() > 0) break;
            await Task.Delay(500);
        }
        Assert.True(await sent.CountAsync() > 0, await tab.Page.Locator("main").InnerTextAsync());
        Assert.Contains("seen: not known", await sent.First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("DocumentReference/", await sent.First.InnerTextAsync(), StringComparison.Ordinal);
        await tab.AssertAccessibleAsync();
        await tab.ScreenshotAsync("deliveries");

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "waiting for signature" }).ClickAsync();
        Assert.Equal("waiting for signature", await tab.Page.Locator("nav [aria-current=page]").InnerTextAsync());
        Assert.DoesNotContain("General leaflet", await tab.Page.Locator("tbody").InnerTextAsync(), StringComparison.Ordinal);
        await tab.AssertAccessibleAsync();
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }
}
