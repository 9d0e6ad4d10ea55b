using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// Texts that come again with every patient: resource types, status codes, and the system, code, display and unit of codings and
/// quantities. The same bytes give the same instance. Never given a name, an identifier or free text, so no patient's words stay here.
/// </summary>
internal static class CommonTexts
{
    private static readonly ByUtf8<string> s_known = new(longestBytes: 160);

    public static string Of(ReadOnlySpan<byte> utf8)
    {
        if (s_known.Find(utf8) is { } known) return known;
        var text = Encoding.UTF8.GetString(utf8);
        s_known.Keep(utf8, text);
        return text;
    }
}

/// <summary>
/// Concepts whose every word is a coding's: what a terminology says, and no one's own words. The same bytes give the same instance,
/// so what is recognised of it is recognised once (<see cref="Concept.Shared"/>).
/// </summary>
internal static class CommonConcepts
{
    private static readonly ByUtf8<Concept> s_known = new(longestBytes: 600);

    public static Concept? Find(FhirElement json) => s_known.Find(json.Utf8);

    /// <summary>A text beside the codings may be anybody's words, unless a coding has it as its display.</summary>
    public static Concept? Kept(FhirElement json, Concept? concept)
    {
        if (concept is null || concept.Codes.IsEmpty || !concept.Codes.All(c => c.System.Length > 0 && c.Value.Length > 0)
            || (concept.Text is { } text && !concept.Codes.Any(c => c.Display == text))) return concept;
        var shared = concept with { Shared = true };
        s_known.Keep(json.Utf8, shared);
        return shared;
    }
}

/// <summary>
/// What a quantity says beside its number. A laboratory writes it alike in every result of a kind, so it is looked up as a whole: by what
/// stands behind the number to the end of the quantity.
/// </summary>
internal sealed record CommonUnits(string? Comparator, string? Unit, string? Code, string? System)
{
    private static readonly ByUtf8<CommonUnits> s_known = new(longestBytes: 200);

    /// <param name="number">The member <c>value</c> of the quantity.</param>
    public static CommonUnits Of(FhirElement quantity, FhirElement number)
    {
        if (!quantity.TryGetRestAfterFirst(number, out var rest)) return Read(quantity);
        if (s_known.Find(rest) is { } known) return known;
        var read = Read(quantity);
        // Any other member may hold anybody's words.
        if (quantity.EnumerateObject().All(m => m.Name is "value" or "comparator" or "unit" or "system" or "code")) s_known.Keep(rest, read);
        return read;
    }

    public ResultValue.Quantity With(decimal amount) => new(amount, Comparator, Unit, Code, System);

    private static CommonUnits Read(FhirElement quantity) =>
        new(quantity.CodeText("comparator"), quantity.CommonText("unit") ?? quantity.CommonText("units"), quantity.CodeText("code"), quantity.CommonText("system")?.Trim());
}
