using System.Text.Json;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Fhir.Search;

/// <summary>One search parameter as sent: a resource meets it when any of the comma-separated values does.</summary>
internal sealed record Criterion(SearchParameter Parameter, IReadOnlyList<string> AnyOf, string FhirBase)
{
    private static readonly string[] Prefixes = ["eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"];

    /// <summary><c>:not</c>: none of the values, or no value at all (R4 search, modifiers).</summary>
    public bool Not { get; init; }

    public bool IsMetBy(JsonElement resource) =>
        Parameter.Values(resource).Any(found => AnyOf.Any(wanted => Matches(found, wanted))) != Not;

    /// <exception cref="FhirFault">A value that cannot be read. Matching nothing instead would read as "nothing there".</exception>
    public Criterion Checked()
    {
        foreach (var value in AnyOf)
            if (Parameter.Kind == ParameterKind.Date && DateRange.Parse(Split(value).Date) is null)
                throw FhirFault.Invalid($"'{value}' is not a date that '{Parameter.Name}' can be compared with.");
        return this;
    }

    private bool Matches(JsonElement found, string wanted) => Parameter.Kind switch
    {
        ParameterKind.Token => TokenMatches(found, wanted),
        ParameterKind.Reference => ReferenceMatches(found, wanted),
        ParameterKind.Date => DateMatches(found, wanted),
        _ => found.ValueKind == JsonValueKind.String && found.GetString()!.StartsWith(wanted, StringComparison.OrdinalIgnoreCase),
    };

    private static (string Prefix, string Date) Split(string value) =>
        value.Length > 2 && Prefixes.Contains(value[..2]) ? (value[..2], value[2..]) : ("eq", value);

    private static bool DateMatches(JsonElement found, string wanted)
    {
        var (prefix, date) = Split(wanted);
        return DateRange.Of(found) is { } here && DateRange.Parse(date) is { } there && here.Meets(prefix, there);
    }

    /// <summary><c>code</c>, <c>system|code</c>, <c>|code</c> (no system), <c>system|</c> (any code of it).</summary>
    private static bool TokenMatches(JsonElement found, string wanted)
    {
        var bar = wanted.IndexOf('|', StringComparison.Ordinal);
        var (system, code) = bar < 0 ? (null, wanted) : (wanted[..bar], wanted[(bar + 1)..]);
        return Tokens(found).Any(t => (system is null || (t.System ?? "") == system) && (code == "" || t.Code == code));
    }

    private static IEnumerable<(string? System, string? Code)> Tokens(JsonElement found) => found.ValueKind switch
    {
        JsonValueKind.String => [(null, found.GetString())],
        JsonValueKind.True => [(null, "true")],
        JsonValueKind.False => [(null, "false")],
        JsonValueKind.Object when found.TryGetProperty("coding", out _) => SearchParameter.At(found, "coding").Select(c => (c.Text("system"), c.Text("code"))),
        JsonValueKind.Object => [(found.Text("system"), found.Text("code") ?? found.Text("value"))],
        _ => [],
    };

    private bool ReferenceMatches(JsonElement found, string wanted)
    {
        var here = LocalReference(found.Text("reference"), FhirBase);
        var there = LocalReference(wanted, FhirBase)!;
        if (here is null) return false;
        if (Parameter.Target is { } type && !here.StartsWith(type + "/", StringComparison.Ordinal)) return false;
        return there.Contains('/', StringComparison.Ordinal) ? here == there : here.EndsWith("/" + there, StringComparison.Ordinal);
    }

    /// <summary><c>Type/id</c> of a reference to this server, without version; other absolute addresses stay as they are.</summary>
    public static string? LocalReference(string? reference, string fhirBase)
    {
        if (reference is null) return null;
        if (reference.StartsWith(fhirBase + "/", StringComparison.Ordinal)) reference = reference[(fhirBase.Length + 1)..];
        var version = reference.IndexOf("/_history/", StringComparison.Ordinal);
        return version < 0 ? reference : reference[..version];
    }
}
