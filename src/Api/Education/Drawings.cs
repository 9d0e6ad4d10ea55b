using System.Net;

namespace BiopsyFhir.Api.Education;

/// <summary>Simple line drawings of our own, by name.</summary>
public static class Drawings
{
    public static IReadOnlyCollection<string> Names => Shapes.Keys;

    /// <summary>The drawing as inline SVG with its words; an unknown name gives the words alone.</summary>
    public static string Svg(string name, string alt) => Shapes.TryGetValue(name, out var shapes)
        ? $"<svg role=\"img\" width=\"220\" height=\"240\" viewBox=\"0 0 220 240\" aria-label=\"{WebUtility.HtmlEncode(alt)}\"><title>{WebUtility.HtmlEncode(alt)}</title>{shapes}</svg>"
        : $"<p>{WebUtility.HtmlEncode(alt)}</p>";

    private static readonly Dictionary<string, string> Shapes = new()
    {
        // A back: shoulders, waist, hips; the spine; the two crests of the hip bone; the place of the needle.
        ["hip-site"] = "<g fill=\"none\" stroke=\"#111\" stroke-width=\"2.5\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
            + "<path d=\"M92 8v18c-30 4-52 14-58 34l-4 60\"/><path d=\"M128 8v18c30 4 52 14 58 34l4 60\"/>"
            + "<path d=\"M50 76c2 30 10 44 6 66-6 22-14 40-12 92\"/><path d=\"M170 76c-2 30-10 44-6 66 6 22 14 40 12 92\"/>"
            + "<path d=\"M110 40v118\" stroke-dasharray=\"3 6\"/><path d=\"M66 168c6-20 26-26 38-10 4 6 4 14 0 20\"/><path d=\"M154 168c-6-20-26-26-38-10-4 6-4 14 0 20\"/>"
            + "<path d=\"M110 190v42\"/></g><circle cx=\"90\" cy=\"163\" r=\"7\" fill=\"#b00\" stroke=\"#111\" stroke-width=\"2\"/><path d=\"M34 204l48-36\" stroke=\"#111\" stroke-width=\"2\"/>",
    };
}
