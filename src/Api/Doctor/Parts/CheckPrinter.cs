using System.Diagnostics;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Prints one page for real.</summary>
public static class CheckPrinter
{
    public static async IAsyncEnumerable<CheckLine> OfAsync(ServiceOptions options)
    {
        const string part = "printing";
        await using var print = new PrintHandout(options.Education.Chromium);
        var began = Stopwatch.GetTimestamp();
        yield return await print.AsPdfAsync("<!doctype html><html lang=\"en\"><title>doctor</title><p>doctor</p></html>", CancellationToken.None) switch
        {
            Printed.Ok(var pdf) => CheckLine.Ok(part, $"a page of {pdf.Length} bytes in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms"),
            Printed.Off(var why) => CheckLine.Warning(part, $"off: {why.TrimEnd('.')}", "Handouts go out as HTML alone. Debian: apt-get install chromium fonts-noto-core, and run the service as a user of its own."),
            Printed.Failed(var why) => CheckLine.Error(part, why.TrimEnd('.'), "Run the browser of Education:Chromium by hand as the service's user; it says why."),
            _ => throw new InvalidOperationException("Printed is a closed set."),
        };
    }
}
