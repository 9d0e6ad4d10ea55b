using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>What a Bundle holds: its resources, and what it says about resources that it does not hold.</summary>
public sealed record BundleContent(IReadOnlyList<Entry> Entries, IReadOnlyList<Unread> Unread);

/// <summary>A Bundle of any type, with the Bundles inside it (batch responses), as one flat list.</summary>
public static class Bundles
{
    /// <param name="pagesAreFollowed">True when the caller reads the next pages too; else their absence is said.</param>
    /// <param name="where">JSON pointer to the Bundle.</param>
    public static BundleContent Read(FhirElement bundle, bool pagesAreFollowed = false, string where = "#")
    {
        var entries = new List<Entry>();
        var unread = new List<Unread>();
        Collect(bundle, where, pagesAreFollowed, entries, unread);
        return new(entries, unread);
    }

    /// <summary>The address of the next page, if there is one.</summary>
    public static string? Next(FhirElement bundle) =>
        bundle.Has("link") ? bundle.Items("link").Where(link => link.CodeText("relation") == "next").Select(link => link.Text("url")).FirstOrDefault(url => url is not null) : null;

    private static void Collect(FhirElement bundle, string where, bool pagesAreFollowed, List<Entry> entries, List<Unread> unread)
    {
        if (!pagesAreFollowed && Next(bundle) is not null)
            unread.Add(new("Bundle", "It is one page of several; the pages that follow are not here.", MightHide.Antithrombotic));
        else if (!pagesAreFollowed && bundle.CodeText("type") == "searchset" && bundle.Whole("total") is { } total && total > Matches(bundle))
            unread.Add(new("Bundle", $"The server counts {total} matches; {Matches(bundle)} are here.", MightHide.Antithrombotic));
        if (bundle.Has("entry") && bundle.Member("entry").ValueKind != JsonValueKind.Array)
            unread.Add(new($"Bundle entries at {where}/entry", "A list is expected; nothing of it could be read.", MightHide.Antithrombotic));

        var index = -1;
        var listed = bundle.Member("entry").EnumerateArray();
        entries.EnsureCapacity(entries.Count + listed.Count());
        foreach (var entry in listed)
        {
            index++;
            var resource = entry.Member("resource");
            if (resource.ValueKind == JsonValueKind.Object)
            {
                var read = Entry.In(where, index, entry.Member("fullUrl"), resource);
                if (read.Type == "Bundle") Collect(resource, read.Where, pagesAreFollowed, entries, unread);
                else entries.Add(read);
            }
            else if (WithoutResource(entry, $"{where}/entry/{index}") is { } said)
                unread.Add(said);
            foreach (var outcome in entry.Member("response").Items("outcome"))
                unread.AddRange(Outcomes.Read(outcome, $"{where}/entry/{index}"));
        }
    }

    private static int Matches(FhirElement bundle) => bundle.Items("entry").Count(entry => entry.Member("search").CodeText("mode") is null or "match");

    /// <summary>A receipt of a write holds nothing to read; a failed read may hide anything.</summary>
    private static Unread? WithoutResource(FhirElement entry, string at)
    {
        var status = entry.Member("response").CodeText("status");
        if (status is ['2' or '3', ..] || entry.Member("request").CodeText("method") is "DELETE" or "GET" or "HEAD") return null;
        return status is null
            ? new($"Entry at {at}", "It holds no resource.", MightHide.Antithrombotic)
            : new($"Entry at {at}", $"It holds no resource; the server answered {status}.", MightHide.Antithrombotic);
    }
}

/// <summary>OperationOutcome: what a server says it could not give.</summary>
public static class Outcomes
{
    public static IEnumerable<Unread> Read(FhirElement outcome, string where)
    {
        foreach (var issue in outcome.Items("issue"))
        {
            var words = issue.Text("diagnostics") ?? Concepts.AsConcept(issue.Member("details"))?.Words ?? issue.CodeText("code") ?? "no reason given";
            yield return issue.CodeText("severity") switch
            {
                "information" or "success" => new($"Message of the server at {where}", words, MightHide.Nothing),
                "warning" => new($"Warning of the server at {where}", words, MightHide.Other),
                _ => new($"Error of the server at {where}", words, MightHide.Antithrombotic),
            };
        }
    }
}
