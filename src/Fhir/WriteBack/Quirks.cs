using System.Collections.Immutable;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// What an EHR does differently from what its CapabilityStatement says: configuration (<c>Ehrs:N:Quirks</c>), a preset by name and switches
/// on top. The presets are starting points from public vendor pages and threads, to be checked at each site.
/// </summary>
public sealed record Quirks
{
    /// <summary>The presets and switches it was made of.</summary>
    public string Name { get; init; } = "open";

    /// <summary>Types that are not created here although announced.</summary>
    public ImmutableSortedSet<string> NoCreate { get; init; } = [];

    /// <summary>Types that can be created although the CapabilityStatement is silent.</summary>
    public ImmutableSortedSet<string> CreateUnannounced { get; init; } = [];

    /// <summary>Of a handout there is one document, in the format it likes best; else the page and its printed form are two.</summary>
    public bool OneAttachment { get; init; }

    /// <summary>The renderings a DocumentReference takes, best first.</summary>
    public ImmutableArray<DocumentFormat> DocumentFormats { get; init; } = [DocumentFormat.Pdf, DocumentFormat.Html, DocumentFormat.Text];

    /// <summary>A document needs a Practitioner as author.</summary>
    public bool AuthorRequired { get; init; }

    /// <summary>A document needs <c>context.period.end</c>, with a time.</summary>
    public bool PeriodEndRequired { get; init; }

    /// <summary>A document's type takes exactly one coding.</summary>
    public bool OneCoding { get; init; }

    /// <summary>Communication goes to staff only; it does not reach a patient.</summary>
    public bool CommunicationStaffOnly { get; init; }

    public bool NoConditionalCreate { get; init; }

    public bool NoTransaction { get; init; }

    /// <summary>Our identifier is not kept or not searched by.</summary>
    public bool NoIdentifierSearch { get; init; }

    /// <summary>For reading: <c>_include</c> of Medication brings nothing, so each is read by itself.</summary>
    public bool NoMedicationInclude { get; init; }

    /// <summary>For reading: there is no MedicationStatement.</summary>
    public bool NoMedicationStatement { get; init; }

    public static Quirks Open { get; } = new();

    /// <summary>Presets by name.</summary>
    public static ImmutableSortedDictionary<string, Quirks> Presets { get; } = new Dictionary<string, Quirks>
    {
        ["open"] = Open,

        // _include brings no Medication, MedicationStatement is 404 (CDCgov/dibbs-query-connector pull 998); no public account of a
        // CarePlan created at Epic. That a note takes one attachment is the careful reading, not documented in public.
        ["epic-like"] = new() { NoCreate = ["CarePlan"], OneAttachment = true, NoMedicationInclude = true, NoMedicationStatement = true },

        // cerner/fhir.cerner.com, R4 pages of CarePlan, DocumentReference, Communication (2024-05; pulls 412, 446).
        ["oracle-like"] = new()
        {
            NoCreate = ["CarePlan"],
            OneAttachment = true,
            DocumentFormats = [DocumentFormat.Pdf, DocumentFormat.Text],
            AuthorRequired = true,
            PeriodEndRequired = true,
            OneCoding = true,
            CommunicationStaffOnly = true,
            NoConditionalCreate = true,
        },

        // athenahealth/apiserver-athenaFlex issues 351 and 62: encounter writes unsupported, DocumentReference.create unclear.
        ["athena-like"] = new()
        {
            NoCreate = ["CarePlan", "Communication", "Task"],
            OneAttachment = true,
            DocumentFormats = [DocumentFormat.Pdf],
            AuthorRequired = true,
            NoConditionalCreate = true,
        },
    }.ToImmutableSortedDictionary(p => p.Key, p => p.Value with { Name = p.Key }, StringComparer.Ordinal);

    private static readonly ImmutableSortedDictionary<string, Func<Quirks, Quirks>> Switches = new Dictionary<string, Func<Quirks, Quirks>>
    {
        ["one-attachment"] = q => q with { OneAttachment = true },
        ["pdf-only"] = q => q with { DocumentFormats = [DocumentFormat.Pdf] },
        ["author-required"] = q => q with { AuthorRequired = true },
        ["period-end-required"] = q => q with { PeriodEndRequired = true },
        ["one-coding"] = q => q with { OneCoding = true },
        ["communication-staff-only"] = q => q with { CommunicationStaffOnly = true },
        ["no-conditional-create"] = q => q with { NoConditionalCreate = true },
        ["no-transaction"] = q => q with { NoTransaction = true },
        ["no-identifier-search"] = q => q with { NoIdentifierSearch = true },
        ["no-medication-include"] = q => q with { NoMedicationInclude = true },
        ["no-medication-statement"] = q => q with { NoMedicationStatement = true },
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static readonly string[] Writable = ["AuditEvent", "CarePlan", "Communication", "DocumentReference", "Provenance", "Task"];

    /// <summary>Reads configuration: one preset at most, first or later, and any of <c>no-create:Type</c>, <c>create:Type</c> and the switches.</summary>
    /// <returns>The quirks, or every fault.</returns>
    public static (Quirks? Quirks, ImmutableArray<string> Faults) Read(IEnumerable<string> names)
    {
        var list = names.ToList();
        var presets = list.Where(Presets.ContainsKey).ToList();
        var quirks = presets.Count > 0 ? Presets[presets[0]] : Open;
        var faults = ImmutableArray.CreateBuilder<string>();
        if (presets.Count > 1)
            faults.Add($"Several presets: {string.Join(", ", presets)}. Give one.");
        foreach (var name in list.Where(n => !Presets.ContainsKey(n)))
        {
            if (Switches.TryGetValue(name, out var change))
                quirks = change(quirks);
            else if (name.Split(':', 2) is ["no-create", var without] && Writable.Contains(without))
                quirks = quirks with { NoCreate = quirks.NoCreate.Add(without), CreateUnannounced = quirks.CreateUnannounced.Remove(without) };
            else if (name.Split(':', 2) is ["create", var with] && Writable.Contains(with))
                quirks = quirks with { CreateUnannounced = quirks.CreateUnannounced.Add(with), NoCreate = quirks.NoCreate.Remove(with) };
            else
                faults.Add($"Unknown quirk '{name}'. Known: {string.Join(", ", Presets.Keys.Concat(Switches.Keys).Append("no-create:Type").Append("create:Type"))}; Type is one of {string.Join(", ", Writable)}.");
        }

        return faults.Count > 0 ? (null, faults.ToImmutable()) : (quirks with { Name = list.Count == 0 ? "open" : string.Join(" ", list) }, []);
    }
}
