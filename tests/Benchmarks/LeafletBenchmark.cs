using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Benchmarks.Measuring;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Benchmarks;

/// <summary>
/// Leaflets as PDF, by the machine's Chromium, one after the other and two at once (as many as the service prints at once), beside an
/// empty page. Elapsed times: the work is Chromium's, in processes of its own.
/// </summary>
internal static class LeafletBenchmark
{
    public static readonly Benchmark Benchmark = new("leaflets", () => RunAsync().GetAwaiter().GetResult());

    private const int WarmUp = 6, Rounds = 9, Prints = 6;
    private const string Empty = "<!DOCTYPE html><html lang=\"en\"><title>x</title><body></body></html>";

    private static async Task<List<string>> RunAsync()
    {
        // The browser refuses its own sandbox as root; the service then does not print.
        await using var print = new PrintHandout(null, withoutSandbox: Environment.IsPrivilegedProcess);
        if (print.WhyOff is { } why) return [$"Not measured: {why}"];
        var began = Stopwatch.GetTimestamp();
        await PdfAsync(print, Empty);
        var first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var steps = (from language in (string[])["", "en", "tr"]
                     from atOnce in (int[])[1, 2]
                     select (Name: language == "" ? "an empty page" : $"leaflet, {language}", AtOnce: atOnce, Html: language == "" ? Empty : Leaflet(language), Times: new List<double>())).ToList();
        foreach (var step in steps) await RoundAsync(print, step.Html, step.AtOnce, WarmUp);
        for (var round = 0; round < Rounds; round++)
            foreach (var step in steps) step.Times.Add(await RoundAsync(print, step.Html, step.AtOnce, Prints));
        var table = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{Rounds} rounds of {Prints} prints, in turn; the first page after start took {first:0} ms, the browser's own start among it."),
            "",
            "| page | at once | ms a page (median) | minimum | maximum | pages a second | × an empty page | KB of PDF |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        };
        foreach (var step in steps)
        {
            var kilobytes = (await PdfAsync(print, step.Html)).Length / 1024;
            var floor = steps.First(s => s.AtOnce == step.AtOnce).Times;
            table.Add(string.Create(CultureInfo.InvariantCulture, $"| {step.Name} | {step.AtOnce} | {Median(step.Times):0} | {step.Times.Min():0} | {step.Times.Max():0} | {1000 / Median(step.Times):0.0} | {Median(step.Times.Zip(floor, (mine, empty) => mine / empty)):0.00} | {kilobytes} |"));
        }
        return table;
    }

    /// <summary>Milliseconds a page.</summary>
    private static async Task<double> RoundAsync(PrintHandout print, string html, int atOnce, int prints)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            for (var n = 0; n < prints / atOnce; n++) await PdfAsync(print, html);
        }));
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds / prints;
    }

    private static async Task<ReadOnlyMemory<byte>> PdfAsync(PrintHandout print, string html) => await print.AsPdfAsync(html, default) switch
    {
        Printed.Ok(var pdf) => pdf,
        Printed.Failed(var why) => throw new InvalidOperationException(why),
        Printed.Off(var why) => throw new InvalidOperationException(why),
        _ => throw new InvalidOperationException(),
    };

    private static string Leaflet(string language)
    {
        var faults = new Faults();
        var texts = HandoutTexts.Read(Knowledge.Read(null), faults, Service.Policies.ById["P1"].Citations.Keys.ToHashSet());
        var facility = new Facility(TimeZoneInfo.Utc, 0, new TimeOnly(8, 0), "555-0100", "555-0101");
        return WriteHandout.From(null, texts, language, facility, allowUnreviewed: true, null) is HandoutResult.Ready { Handout: { } handout } ? HandoutHtml.Render(handout, new()) : throw new InvalidDataException($"No leaflet in {language}.");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : 0;
}
