using System.Globalization;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>Measurements as Markdown tables.</summary>
internal static class Tables
{
    /// <summary>One row per step; the first step is what the others are compared with.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<Measured> steps)
    {
        yield return $"| step | minimum ms | median ms | maximum ms | × {steps[0].Name} | allocated KB |";
        yield return "|---|---:|---:|---:|---:|---:|";
        foreach (var step in steps)
            yield return $"| {step.Name} | {Number(step.Min)} | {Number(step.Median)} | {Number(step.Max)} | {Ratio(step.Times(steps[0]))} | {Kilobytes(step.Bytes)} |";
    }

    public static string Number(double milliseconds) => milliseconds.ToString(milliseconds < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    public static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Kilobytes(long bytes) => (bytes / 1024.0).ToString(bytes < 10240 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
