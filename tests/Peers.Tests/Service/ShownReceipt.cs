using System.Text.RegularExpressions;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>One receipt as the page shows it.</summary>
/// <param name="Kind">careplan, note, education, education-print, communication, task, patient-communication, provenance or auditevent.</param>
internal sealed record ShownReceipt(string Kind, string State, string? Reference, string Reason)
{
    public string ResourceType => Kind switch
    {
        "careplan" => "CarePlan",
        "note" or "education" or "education-print" => "DocumentReference",
        "communication" or "patient-communication" => "Communication",
        "provenance" => "Provenance",
        "auditevent" => "AuditEvent",
        _ => "Task",
    };

    public bool IsThere => State is "created" or "already-there";

    public static List<ShownReceipt> On(Page page) => [.. Regex.Matches(page.Html, "<tr>\\s*<th scope=\"row\">\\w+ <small>([a-z-]+)</small></th>\\s*<td><strong>([a-z-]+)</strong></td>\\s*<td>(.*?)</td>\\s*<td>(.*?)</td>", RegexOptions.Singleline)
        .Select(row => new ShownReceipt(row.Groups[1].Value, row.Groups[2].Value,
            Regex.Match(row.Groups[3].Value, ">(\\w+/[^<]+)</a>") is { Success: true } link ? link.Groups[1].Value : null, row.Groups[4].Value.Trim()))];
}
