using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>Search parameters in order, a name as often as needed (<c>date=ge…&amp;date=lt…</c>). Values are plain; encoding happens here.</summary>
public sealed record FhirQuery
{
    public static readonly FhirQuery Empty = new([]);

    private FhirQuery(ImmutableArray<(string Name, string Value)> parameters) => Parameters = parameters;

    public ImmutableArray<(string Name, string Value)> Parameters { get; }

    public static FhirQuery Of(params (string Name, string Value)[] parameters) => new([.. parameters]);

    public FhirQuery And(string name, string value) => new(Parameters.Add((name, value)));

    /// <summary>Reads the part after the question mark of an address; never fails, an odd part becomes a name without a value.</summary>
    public static FhirQuery Parse(string? query)
    {
        if (string.IsNullOrEmpty(query))
            return Empty;
        return new([.. query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p =>
        {
            var pair = p.Split('=', 2);
            return (Decode(pair[0]), pair.Length > 1 ? Decode(pair[1]) : "");
        })]);
    }

    /// <summary>Encoded for an address.</summary>
    public override string ToString() => string.Join('&', Parameters.Select(p => $"{Uri.EscapeDataString(p.Name)}={Uri.EscapeDataString(p.Value)}"));

    /// <summary>
    /// For <c>If-None-Exist</c>: encoded, but <c>: / |</c> stay as the specification's own examples have them, for servers that compare
    /// the header without decoding it.
    /// </summary>
    public string ToHeader() => new StringBuilder(ToString()).Replace("%3A", ":").Replace("%2F", "/").Replace("%7C", "|").ToString();

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
