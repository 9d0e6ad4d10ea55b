using System.ComponentModel;
using Microsoft.Playwright;

namespace BiopsyFhir.Api.Education;

/// <summary>A printed page, or why there is none.</summary>
public abstract record Printed
{
    public sealed record Ok(ReadOnlyMemory<byte> Pdf) : Printed;

    /// <summary>No print engine here; HTML is delivered alone.</summary>
    public sealed record Off(string Why) : Printed;
    public sealed record Failed(string Why) : Printed;
}

/// <summary>
/// Prints a handout's HTML with the machine's Chromium: one browser kept running, an offline page without script for each document,
/// bounded in time and in number at once. The browser's own sandbox stays on: as root it refuses, and printing is off.
/// </summary>
/// <param name="chromium">Path of the browser; null finds it; "off" switches printing off.</param>
/// <param name="withoutSandbox">Tests run as root; the service never sets it.</param>
public sealed class PrintHandout(string? chromium, bool withoutSandbox = false) : IAsyncDisposable
{
    private static readonly TimeSpan PerDocument = TimeSpan.FromSeconds(20);

    /// <summary>A browser grows with what it has shown; after so many documents a new one is started.</summary>
    private const int DocumentsPerBrowser = 500;

    private readonly SemaphoreSlim _places = new(2);
    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _driver;
    private IBrowser? _browser;
    private int _printed;
    private int _started;
    private volatile string? _lastFailure;

    /// <summary>Why the last document was not printed; null when it was, or when none was tried. It is tried again with each document.</summary>
    public string? LastFailure => _lastFailure;

    /// <summary>Why printing is off; null when it should work. Known without starting anything.</summary>
    public string? WhyOff { get; } = chromium == "off" ? "Printing is switched off (Education:Chromium)."
        : Find(chromium) is null ? "No Chromium is installed on this machine, so there is no PDF."
        : Environment.IsPrivilegedProcess && !withoutSandbox ? "The service runs as root; Chromium refuses its own sandbox there, so there is no PDF."
        : null;

    /// <param name="html">A self-contained document; nothing outside it is fetched.</param>
    public async Task<Printed> AsPdfAsync(string html, CancellationToken cancel)
    {
        if (WhyOff is { } why) return new Printed.Off(why);
        await _places.WaitAsync(cancel);
        try
        {
            var before = Volatile.Read(ref _started);
            try
            {
                return await TryAsync(html, cancel);
            }
            catch (Exception e) when (IsOfTheDriver(e))
            {
                // The browser or its driver died, or was replaced while this page was in it. A dead driver may still call its browser connected.
                await StartAnewAsync(before, cancel);
                return await TryAsync(html, cancel);
            }
        }
        catch (Exception e) when (IsOfTheDriver(e) || e is TimeoutException or Win32Exception)
        {
            return new Printed.Failed(_lastFailure = e switch
            {
                TimeoutException => $"Printing took more than {PerDocument.TotalSeconds:0} s.",
                // Published files keep the rights they had in the package: another user may not start the driver.
                Win32Exception => "The driver of Chromium cannot be started; every file of the program must be readable, and .playwright/node executable, for the service's user.",
                _ => "Chromium could not print it.",
            });
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>A driver that died shows itself by whatever was under way just then: a call's own error, a broken pipe, something disposed of.</summary>
    private static bool IsOfTheDriver(Exception e) => e is PlaywrightException or IOException or InvalidOperationException;

    private async Task<Printed> TryAsync(string html, CancellationToken cancel)
    {
        var pdf = await PrintAsync(await BrowserAsync(cancel), html).WaitAsync(PerDocument, cancel);
        _lastFailure = null;
        return new Printed.Ok(pdf);
    }

    /// <summary>Ends the driver, and with it the browser; the next document starts both. Of several that met with its death one does so.</summary>
    private async Task StartAnewAsync(int before, CancellationToken cancel)
    {
        await _starting.WaitAsync(cancel);
        try
        {
            if (_started != before) return;
            _started++;
            (var dead, _browser, _driver) = (_driver, null, null);
            dead?.Dispose();
        }
        catch (Exception e) when (IsOfTheDriver(e))
        {
            // It was dead already.
        }
        finally
        {
            _starting.Release();
        }
    }

    private static async Task<byte[]> PrintAsync(IBrowser browser, string html)
    {
        await using var context = await browser.NewContextAsync(new() { Offline = true, JavaScriptEnabled = false, ServiceWorkers = ServiceWorkerPolicy.Block });
        await context.RouteAsync("**/*", route => route.AbortAsync());
        var page = await context.NewPageAsync();
        await page.SetContentAsync(html, new() { WaitUntil = WaitUntilState.Load });
        return await page.PdfAsync(new() { PreferCSSPageSize = true, PrintBackground = true, Tagged = true, Outline = true });
    }

    private async Task<IBrowser> BrowserAsync(CancellationToken cancel)
    {
        await _starting.WaitAsync(cancel);
        try
        {
            if (_browser is { IsConnected: true } && ++_printed < DocumentsPerBrowser) return _browser;
            if (_browser is { } old) await old.CloseAsync();
            _printed = 0;
            _driver ??= await Playwright.CreateAsync();
            return _browser = await _driver.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Find(chromium),
                ChromiumSandbox = !withoutSandbox,
                // Offline does not hold for loopback addresses: a proxy that is not there stops what is left, even a look at an address.
                Proxy = new() { Server = "http://127.0.0.1:9", Bypass = "<-loopback>" },
                Args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
        finally
        {
            _starting.Release();
        }
    }

    private static string? Find(string? configured) => configured is not null
        ? File.Exists(configured) ? configured : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => (string[])[Path.Combine(folder, "chromium"), Path.Combine(folder, "chromium-browser"), Path.Combine(folder, "google-chrome")])
            .FirstOrDefault(File.Exists);

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _driver?.Dispose();
        _places.Dispose();
        _starting.Dispose();
    }
}
