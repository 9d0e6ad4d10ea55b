using System.Collections.Immutable;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>What a search's <c>self</c> link says about the parameters that we sent (R4 section 3.1.1.6: the server states what it used).</summary>
public enum SelfLinkVerdict
{
    /// <summary>Every parameter that narrows or orders the result is in the self link.</summary>
    Honoured,

    /// <summary>The server left parameters out: the result may hold more than was asked for. Filter it, and say so.</summary>
    ParametersIgnored,

    /// <summary>The server left some of the comma-separated values out: the result may hold less than was asked for. Never conclude "none".</summary>
    ValuesDropped,

    /// <summary>There is no self link to compare with.</summary>
    Unverified,
}

/// <summary>The verdict, and the names of the parameters concerned.</summary>
public sealed record SelfLink(SelfLinkVerdict Verdict, ImmutableArray<string> Parameters)
{
    // These shape the page or the representation, not which resources match.
    private static readonly HashSet<string> NotCompared =
        ["_format", "_pretty", "_count", "_summary", "_elements", "_total", "_include", "_revinclude", "_contained", "_containedType", "_maxresults"];

    internal static SelfLink Check(FhirQuery sent, FhirElement bundle)
    {
        var compared = sent.Parameters.Where(p => !NotCompared.Contains(p.Name.Split(':')[0])).ToList();
        if (Find(bundle, "self") is not { } self)
            return new SelfLink(SelfLinkVerdict.Unverified, []);
        var used = FhirQuery.Parse(self.Split('#')[0].Split('?', 2) is [_, var query] ? query : "").Parameters;

        var ignored = compared.GroupBy(p => p.Name).Where(g => used.Count(u => u.Name == g.Key && u.Value.Length > 0) < g.Count()).Select(g => g.Key).ToImmutableArray();
        var dropped = compared.GroupBy(p => p.Name).Where(g => !ignored.Contains(g.Key)
            && used.Where(u => u.Name == g.Key).Sum(u => Values(u.Value)) < g.Sum(p => Values(p.Value))).Select(g => g.Key).ToImmutableArray();
        return dropped.Length > 0 ? new SelfLink(SelfLinkVerdict.ValuesDropped, dropped.AddRange(ignored))
            : ignored.Length > 0 ? new SelfLink(SelfLinkVerdict.ParametersIgnored, ignored)
            : new SelfLink(SelfLinkVerdict.Honoured, []);
    }

    /// <summary>The address of a Bundle link; null when there is none.</summary>
    internal static string? Find(FhirElement bundle, string relation) => bundle.Items("link")
        .Where(l => l.Text("relation") == relation)
        .Select(l => l.Text("url"))
        .FirstOrDefault(u => !string.IsNullOrWhiteSpace(u));

    // "\," is a comma inside a value (R4 section 3.1.1.5).
    private static int Values(string value) => value.Replace("\\,", "", StringComparison.Ordinal).Count(c => c == ',') + 1;
}
