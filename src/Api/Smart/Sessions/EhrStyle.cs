using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>
/// <c>smart_style_url</c> as CSS variables (<c>--ehr-color-background</c> …). Fetched only from the FHIR base's own host, for the URL came
/// in a token response and could be anything; only values of a known shape are passed on, for CSS can call out.
/// </summary>
public sealed partial class EhrStyle(EhrHttp http, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (string Css, DateTimeOffset Until)> known = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, Func<Regex>> Names = new(StringComparer.Ordinal)
    {
        ["color_background"] = Color,
        ["color_error"] = Color,
        ["color_highlight"] = Color,
        ["color_modal_backdrop"] = Color,
        ["color_success"] = Color,
        ["color_text"] = Color,
        ["dim_border_radius"] = Length,
        ["dim_font_size"] = Length,
        ["dim_spacing_size"] = Length,
        ["font_family_body"] = Fonts,
        ["font_family_heading"] = Fonts,
    };

    /// <returns>A style sheet; empty when the EHR has none, or none we take.</returns>
    public async Task<string> CssAsync(SmartSession session, CancellationToken cancel)
    {
        if (session.StyleUrl is not { } text || !Uri.TryCreate(text, UriKind.Absolute, out var url) || !OnOwnHost(session.Ehr, url)) return "";
        if (known.TryGetValue(text, out var kept) && clock.GetUtcNow() < kept.Until) return kept.Css;
        var css = await FetchAsync(session.Ehr, url, cancel);
        if (known.Count > 1000) known.Clear();
        known[text] = (css, clock.GetUtcNow() + Kept);
        return css;
    }

    public static string ToCss(string json)
    {
        if (OutsideJson.ReadObject(json) is not { } style) return "";
        var css = new StringBuilder(":root{");
        foreach (var member in style.EnumerateObject())
            if (Names.TryGetValue(member.Name, out var shape) && member.Value.ValueKind is JsonValueKind.String
                && member.Value.GetString() is { } value && shape().IsMatch(value))
                css.Append($"--ehr-{member.Name.Replace('_', '-')}:{value};");
        return css.Append('}').ToString();
    }

    private static bool OnOwnHost(EhrOptions ehr, Uri url) =>
        url.UserInfo is "" && WebAddress.Origin(url).Equals(WebAddress.Origin(new(ehr.Issuer)), StringComparison.OrdinalIgnoreCase);

    private async Task<string> FetchAsync(EhrOptions ehr, Uri url, CancellationToken cancel)
    {
        try
        {
            var answer = await http.GetAsync(ehr, url, "application/json", cancel);
            return answer.Good ? ToCss(answer.Body) : "";
        }
        catch (EhrUnreachableException)
        {
            return ""; // a style is no reason to fail
        }
    }

    [GeneratedRegex(@"^(#[0-9A-Fa-f]{3,8}|rgba?\([0-9., %]{1,40}\))\z")]
    private static partial Regex Color();

    [GeneratedRegex(@"^[0-9]{1,3}(\.[0-9]{1,3})?(px|rem|em|pt|%)?\z")]
    private static partial Regex Length();

    [GeneratedRegex(@"^[A-Za-z0-9 ,'""-]{1,200}\z")]
    private static partial Regex Fonts();
}
