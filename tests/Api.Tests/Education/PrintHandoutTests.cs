using System.Diagnostics;
using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Tests.Delivery;
using BiopsyFhir.Domain;
using BiopsyFhir.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BiopsyFhir.Api.Tests.Education;

/// <summary>The printed handout, looked into with other people's tools.</summary>
public sealed class PrintHandoutTests : IDisposable
{
    // As root Chromium refuses its own sandbox; in tests only.
    private readonly PrintHandout _print = new(Machine.Chromium, withoutSandbox: true);
    // Kept, so that the pages can be looked at.
    private readonly string _folder = Directory.CreateDirectory(Testing.Repository.Path("TestResults/print")).FullName;

    [TheoryWhen(Needs.Chromium | Needs.PdfTools)]
    [InlineData("en", "Your bone marrow biopsy", "Call an ambulance if")]
    [InlineData("es", "Su biopsia de médula ósea", "¿Cuándo sabré el resultado?")]
    [InlineData("tr", "Kemik iliği biyopsiniz", "Şu durumda ambulans çağırın")]
    public async Task Its_text_can_be_read_out_and_it_is_tagged_titled_outlined_with_its_fonts(string language, string title, string words)
    {
        var file = await PrintAsync(language, new());
        var text = Run("pdftotext", "-layout", file, "-");
        Assert.Contains(title, text, StringComparison.Ordinal);
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', text);

        var info = Run("pdfinfo", file);
        Assert.Matches(@"Title:\s+" + title, info);
        Assert.Matches(@"Tagged:\s+yes", info);
        Assert.Matches(@"JavaScript:\s+no", info);
        Assert.Matches(@"Page size:\s+59[45][.\d]* x 84[12][.\d]* pts \(A4\)", info);
        var raw = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
        Assert.Contains($"/Lang ({language})", raw, StringComparison.Ordinal);
        Assert.Contains("/Outlines", raw, StringComparison.Ordinal);

        var fonts = Run("pdffonts", file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).ToList();
        Assert.NotEmpty(fonts);
        Assert.All(fonts, f => Assert.Matches(@" yes yes yes ", f)); // embedded, subset, with a map back to text
    }

    [FactWhen(Needs.Chromium | Needs.PdfTools)]
    public async Task Letter_and_large_print_are_as_asked()
    {
        Assert.Matches(@"Page size:\s+612 x 792 pts \(letter\)", Run("pdfinfo", await PrintAsync("en", new(Letter: true))));
        Assert.True(Pages(await PrintAsync("en", new(LargePrint: true))) > Pages(await PrintAsync("en", new())));
    }

    [FactWhen(Needs.Chromium)]
    public async Task A_document_can_neither_run_a_script_nor_fetch_anything()
    {
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var printed = await _print.AsPdfAsync($"<html lang=en><title>x</title><script>location='http://127.0.0.1:{port}/a'</script><img src='http://127.0.0.1:{port}/b'><iframe src='http://127.0.0.1:{port}/c'></iframe><p>text", default);
        Assert.IsType<Printed.Ok>(printed);
        Assert.False(listener.Pending());
        listener.Stop();
    }

    [FactWhen(Needs.Chromium)]
    public async Task A_browser_that_died_is_started_again()
    {
        Assert.IsType<Printed.Ok>(await _print.AsPdfAsync("<html><p>one", default));
        var browsers = Process.GetProcessesByName("chromium").Where(p => IsOurs(p.Id)).ToList();
        Assert.NotEmpty(browsers);
        foreach (var browser in browsers) browser.Kill();
        Assert.IsType<Printed.Ok>(await _print.AsPdfAsync("<html><p>two", default));
    }

    /// <summary>Ours talks to the browser through a program of Playwright's; it can die too, and the browser with it.</summary>
    [FactWhen(Needs.Chromium)]
    public async Task A_driver_that_died_is_started_again_with_its_browser()
    {
        Assert.IsType<Printed.Ok>(await _print.AsPdfAsync("<html><p>one", default));
        var drivers = Process.GetProcesses().Where(p => IsOurs(p.Id) && CommandOf(p.Id).Contains("/.playwright/node/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(drivers);
        foreach (var driver in drivers) driver.Kill();
        Assert.IsType<Printed.Ok>(await _print.AsPdfAsync("<html><p>two", default));
        Assert.Null(_print.LastFailure);
    }

    [Fact]
    public async Task A_browser_that_cannot_be_started_is_said_on_page_and_in_health_and_the_leaflet_goes_out_as_HTML()
    {
        await using var broken = new PrintHandout("/bin/false", withoutSandbox: true);
        await using var world = await DeliveryWorld.StartAsync(services => services.Replace(ServiceDescriptor.Singleton(broken)), ("Education:QuietFrom", "00:00"), ("Education:QuietUntil", "00:00"));
        world.Order("1", "2026-03-18T09:00:00-04:00");
        await world.LookAsync();
        await world.DeliverAsync();
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal(("sent", "without PDF: Chromium could not print it."), (row.State, row.Reason));
        Assert.Equal("text/html;charset=utf-8", (string?)Assert.Single(world.Written, w => w["resourceType"]!.ToString() is "DocumentReference")["content"]![0]!["attachment"]!["contentType"]);
        Assert.Contains("without PDF", await world.PageAsync(), StringComparison.Ordinal);
        using var client = world.Host.Client();
        using var ready = await client.GetAsync("/health/ready"); // it can do without
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("\"print\":\"degraded\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_browser_it_says_so_and_prints_nothing()
    {
        await using var none = new PrintHandout("/nowhere/chromium");
        Assert.Equal("No Chromium is installed on this machine, so there is no PDF.", Assert.IsType<Printed.Off>(await none.AsPdfAsync("<p>x", default)).Why);
        await using var off = new PrintHandout("off");
        Assert.Contains("Education:Chromium", Assert.IsType<Printed.Off>(await off.AsPdfAsync("<p>x", default)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_for_patients_is_printed_as_address_and_code()
    {
        var html = HandoutHtml.Render(Handout("en", "https://hospital.example/marrow?a=1&b=2"), new());
        Assert.Contains("More on our page: https://hospital.example/marrow?a=1&amp;b=2", html, StringComparison.Ordinal);
        Assert.Contains("<svg role=\"img\" aria-label=\"More on our page\"", html, StringComparison.Ordinal);
    }

    public void Dispose() => _print.DisposeAsync().AsTask().Wait();

    private async Task<string> PrintAsync(string language, HandoutLayout layout)
    {
        var pdf = Assert.IsType<Printed.Ok>(await _print.AsPdfAsync(HandoutHtml.Render(Handout(language), layout), default)).Pdf;
        var file = Path.Combine(_folder, $"{language}-{layout.LargePrint}-{layout.Letter}.pdf");
        await File.WriteAllBytesAsync(file, pdf.ToArray());
        return file;
    }

    private static Handout Handout(string language, string? page = null)
    {
        var faults = new Faults();
        var texts = HandoutTexts.Read(Knowledge.Read(null), faults, new PolicyShelf(new PolicySettings()).Default.Citations.Keys.ToHashSet());
        Assert.Empty(faults.All);
        var facility = new Facility(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0101");
        return Assert.IsType<HandoutResult.Ready>(WriteHandout.From(null, texts, language, facility, allowUnreviewed: true, page)).Handout;
    }

    private static int Pages(string file) => int.Parse(System.Text.RegularExpressions.Regex.Match(Run("pdfinfo", file), @"Pages:\s+(\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether a process descends from this one.</summary>
    private static bool IsOurs(int pid)
    {
        for (; pid > 1; pid = ParentOf(pid))
            if (pid == Environment.ProcessId) return true;
        return false;
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }

    private static int ParentOf(int pid)
    {
        var stat = File.Exists($"/proc/{pid}/stat") ? File.ReadAllText($"/proc/{pid}/stat") : "";
        var afterName = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return afterName.Length > 1 ? int.Parse(afterName[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
