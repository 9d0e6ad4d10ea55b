using System.Globalization;
using System.Net;
using System.Text;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>Bars as SVG, written into docs/images when results are recorded. Readable without colours.</summary>
internal static class Plot
{
    private const int Left = 220, Width = 400, Line = 26;

    /// <summary>Off unless <c>record</c> was asked for.</summary>
    public static bool Recording { get; set; }

    public static void Bars(string name, string title, IReadOnlyList<(string Label, double Value)> bars)
    {
        if (!Recording) return;
        var most = bars.Max(b => b.Value);
        var height = (bars.Count + 1) * Line + 14;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 80} {height}" role="img" font-family="sans-serif" font-size="13">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<title>{Text(title)}</title>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect width="100%" height="100%" fill="#fff"/><text x="8" y="20" font-weight="bold">{Text(title)}</text>""");
        for (var i = 0; i < bars.Count; i++)
        {
            var (y, length) = ((i + 1) * Line + 8, bars[i].Value / most * Width);
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left - 8}" y="{y + 13}" text-anchor="end">{Text(bars[i].Label)}</text><rect x="{Left}" y="{y}" width="{length:0.0}" height="18" fill="#2f5d8a"/><text x="{Left + length + 6:0.0}" y="{y + 13}">{bars[i].Value:0.00}</text>""");
        }
        svg.AppendLine("</svg>");
        File.WriteAllText(Path.Combine(Record.Root(), "docs", "images", $"performance-{name}.svg"), svg.ToString());
    }

    private static string Text(string words) => WebUtility.HtmlEncode(words);
}
