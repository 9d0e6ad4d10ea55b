using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Service;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>The demo as an operator starts it, and one headless Chromium. Screenshots go to TestResults/screenshots.</summary>
public sealed class Demo : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private ServiceProcess? _service;

    public static string Screenshots { get; } = Directory.CreateDirectory(Repository.Path("TestResults/screenshots")).FullName;

    public string Url => _service!.Url;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Chromium) is not null) return;
        // Four browsers and services share two cores here; what the deadline does has tests of its own.
        _service = await ServiceProcess.Start(("Cds:Deadline", "10000"));
        _playwright = await Playwright.CreateAsync();
        _browser = await StartChromiumAsync(_playwright);
    }

    public static Task<IBrowser> StartChromiumAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Machine.Chromium,
        // As root Chromium refuses its own sandbox; in tests only. The rest keeps it from calling home.
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_service is not null) await _service.DisposeAsync();
    }

    /// <summary>A tab of its own that notes every console error and every request to another host.</summary>
    public async Task<Tab> OpenAsync(int width = 1100, int height = 900)
    {
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ReducedMotion = ReducedMotion.Reduce });
        return new Tab(await context.NewPageAsync(), Url);
    }
}

/// <summary>One tab and what went wrong in it.</summary>
public sealed class Tab
{
    private readonly List<string> _troubles = [];

    public Tab(IPage page, string url)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _troubles.Add($"console: {message.Text}");
        };
        page.PageError += (_, error) => _troubles.Add($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(url, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) _troubles.Add($"request to another host: {new Uri(request.Url).Host}");
        };
    }

    public IPage Page { get; }
    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>Start page, Launch of the n-th patient, through the sign-in to the finished review page.</summary>
    public async Task LaunchAsync(string url, int patient)
    {
        await Page.GotoAsync($"{url}/sandbox");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Launch" }).Nth(patient).ClickAsync();
        await Page.WaitForURLAsync("**/review/**");
        await ReadyAsync();
    }

    /// <summary>Until no progress page is shown any more.</summary>
    public async Task ReadyAsync()
    {
        await Page.WaitForFunctionAsync("() => document.readyState === 'complete' && !document.querySelector('[data-wait]')", null, new() { Timeout = 60_000 });
        await Page.WaitForLoadStateAsync(LoadState.Load);
    }

    public Task ScreenshotAsync(string name) => Page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Screenshots, $"{name}.png"), FullPage = true });

    /// <summary>WCAG 2.2 AA as far as axe can tell.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe(new() { RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
        Assert.True(result.Violations.Length == 0, string.Join("\n", result.Violations.Select(v => $"{v.Id}: {v.Help}: {string.Join("; ", v.Nodes.Select(n => n.Html))}")));
    }
}
