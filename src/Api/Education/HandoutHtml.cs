using System.Net;
using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Education;

/// <summary>How a handout is laid out.</summary>
public sealed record HandoutLayout(bool LargePrint = false, bool Letter = false);

/// <summary>
/// A handout as one self-contained, accessible HTML file: one style element, no script, no outside address, landmarks and
/// headings in order. It is also what the PDF is printed from.
/// </summary>
public static class HandoutHtml
{
    public static string Render(Handout handout, HandoutLayout layout)
    {
        var (html, text) = (new StringBuilder(16_384), handout.Text);
        html.Append($"<!DOCTYPE html>\n<html lang=\"{E(text.Language)}\" dir=\"{E(text.Direction)}\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append($"<title>{E(text.Words["title"])}</title>\n<style>{Style(layout)}</style>\n</head>\n<body>\n<main>\n")
            .Append($"<h1>{E(text.Words["title"])}</h1>\n");
        if (handout.InterpreterLine is { } line) html.Append($"<p class=\"box\"><strong>{E(line)}</strong></p>\n");
        html.Append($"<p>{E(text.Words["lead"])}</p>\n");
        Personal(html, handout);
        Phones(html, handout);
        foreach (var section in handout.Sections) Section(html, section);
        html.Append("</main>\n<footer>\n");
        if (!text.Reviewed) html.Append($"<p>{E(text.Words["notReviewed"])}</p>\n");
        html.Append($"<p>BiopsyFhir · {E(text.Language)} {E(text.Version)} · {E(text.Author)}{(text.Reviewed ? $" · {E(text.Reviewer!)} {text.ReviewDate:yyyy-MM-dd}" : "")}</p>\n</footer>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Personal(StringBuilder html, Handout handout)
    {
        var words = handout.Text.Words;
        html.Append($"<section class=\"box\" aria-labelledby=\"your-dates\">\n<h2 id=\"your-dates\">{E(words["personal"])}</h2>\n");
        if (handout.Personal.IsEmpty) html.Append($"<p>{E(words["notSigned"])}</p>\n");
        else List(html, handout.Personal);
        if (!handout.Tests.IsEmpty)
        {
            html.Append($"<h3>{E(words["testsHeading"])}</h3>\n");
            List(html, handout.Tests);
        }
        html.Append("</section>\n");
    }

    private static void Phones(StringBuilder html, Handout handout)
    {
        var text = handout.Text;
        html.Append($"<section class=\"box\" aria-labelledby=\"phones\">\n<h2 id=\"phones\">{E(text.Words["phone"])}</h2>\n");
        List(html, [text.Say("phoneDay", ("phone", handout.Facility.ProcedureUnitPhone)), text.Say("phoneNight", ("phone", handout.Facility.AfterHoursPhone))]);
        if (handout.Facility.PageUrl is { } url) html.Append($"<p>{E(text.Words["page"])}: {E(url)}</p>\n").Append(QrCode.Svg(url, text.Words["page"])).Append('\n');
        html.Append("</section>\n");
    }

    private static void Section(StringBuilder html, HandoutSection section)
    {
        html.Append($"<section aria-labelledby=\"{E(section.Id)}\">\n<h2 id=\"{E(section.Id)}\">{E(section.Heading)}</h2>\n");
        foreach (var block in section.Blocks)
        {
            switch (block)
            {
                case HandoutBlock.Paragraph p: html.Append($"<p>{E(p.Text)}</p>\n"); break;
                case HandoutBlock.Bullets b: List(html, b.Items); break;
                case HandoutBlock.Question q: html.Append($"<h3>{E(q.Asked)}</h3>\n<p>{E(q.Answer)}</p>\n"); break;
                case HandoutBlock.Drawing d: html.Append(Drawings.Svg(d.Name, d.Alt)).Append('\n'); break;
                case HandoutBlock.Table t:
                    html.Append("<table>\n<thead><tr>").Append(string.Concat(t.Head.Select(h => $"<th scope=\"col\">{E(h)}</th>"))).Append("</tr></thead>\n<tbody>\n");
                    foreach (var row in t.Rows)
                        html.Append("<tr>").Append(string.Concat(row.Select((c, i) => i == 0 ? $"<th scope=\"row\">{E(c)}</th>" : $"<td>{E(c)}</td>"))).Append("</tr>\n");
                    html.Append("</tbody>\n</table>\n");
                    break;
            }
        }
        html.Append("</section>\n");
    }

    private static void List(StringBuilder html, IEnumerable<string> items)
    {
        html.Append("<ul>\n");
        foreach (var item in items) html.Append($"<li>{E(item)}</li>\n");
        html.Append("</ul>\n");
    }

    private static string E(string text) => WebUtility.HtmlEncode(text);

    /// <summary>12 pt and up, left-aligned, high contrast, no colour that carries meaning.</summary>
    private static string Style(HandoutLayout layout) =>
        $"@page{{size:{(layout.Letter ? "letter" : "A4")};margin:18mm}}"
        + $"body{{font:{(layout.LargePrint ? "18pt" : "12.5pt")}/1.5 \"DejaVu Sans\",\"Noto Sans\",sans-serif;color:#111;background:#fff;margin:0;overflow-wrap:anywhere}}"
        + "main,footer{max-width:42rem;margin:0 auto;padding:1rem}h1{font-size:1.7em;line-height:1.2}h2{font-size:1.25em;margin:1.2em 0 .3em;break-after:avoid}"
        + "h3{font-size:1.05em;margin:.8em 0 .2em;break-after:avoid}p,ul{margin:.4em 0}li{margin:.3em 0}.box{border:2px solid #111;border-radius:6px;padding:.2em 1em .6em;margin:1em 0;break-inside:avoid}"
        + "table{border-collapse:collapse}th,td{border:1px solid #555;padding:.3em .6em;text-align:start;font-weight:400}thead th{font-weight:700}"
        + "svg{max-width:100%;height:auto}footer{font-size:.8em;color:#333}";
}
