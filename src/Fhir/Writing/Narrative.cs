using System.Net;
using System.Text;

namespace BiopsyFhir.Fhir;

/// <summary>XHTML narrative: headings, paragraphs and lists, every word escaped. No style, no script, no link.</summary>
internal sealed class Narrative
{
    private readonly StringBuilder _html = new("<div xmlns=\"http://www.w3.org/1999/xhtml\">");

    public Narrative Paragraph(string text)
    {
        _html.Append("<p>").Append(Escape(text)).Append("</p>");
        return this;
    }

    /// <summary>A bold line and a list below it; nothing when the list is empty.</summary>
    public Narrative List(string heading, IEnumerable<string> items)
    {
        var open = false;
        foreach (var item in items)
        {
            if (!open) _html.Append("<p><b>").Append(Escape(heading)).Append("</b></p><ul>");
            open = true;
            _html.Append("<li>").Append(Escape(item)).Append("</li>");
        }
        if (open) _html.Append("</ul>");
        return this;
    }

    public override string ToString() => $"{_html}</div>";

    private static string Escape(string text) => WebUtility.HtmlEncode(ResourceJson.Printable(text));
}
