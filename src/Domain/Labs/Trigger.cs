using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// One question about the patient's picture, as work-up.json words it: a limit on an analyte, a problem on record, words of a
/// blood film, an age. The vocabulary is closed; a row with anything else is a fault of the file.
/// </summary>
public sealed record Trigger(string Key, string Says)
{
    public string? Analyte { get; init; }
    public decimal? Below { get; init; }
    public decimal? From { get; init; }
    public decimal? To { get; init; }
    public decimal? Above { get; init; }

    /// <summary>Limits that yield to the laboratory's own range where it sent one.</summary>
    public decimal? BelowOr { get; init; }
    public decimal? FromOr { get; init; }
    public decimal? AboveOr { get; init; }
    public bool BelowOwnRange { get; init; }
    public bool OwnRangeForChildren { get; init; }
    public decimal? RpiFrom { get; init; }
    public decimal? RpiAbove { get; init; }
    public int? Cytopenias { get; init; }
    public int? AgeFrom { get; init; }
    public int? AgeBelow { get; init; }
    public string? Problem { get; init; }
    public string? Indication { get; init; }
    public ImmutableArray<string> Words { get; init; } = [];
    public ImmutableArray<string> Film { get; init; } = [];
    public ImmutableArray<string> AnyOf { get; init; } = [];

    /// <summary>Decides, but is not repeated in the sentence.</summary>
    public bool Silent { get; init; }

    public static Trigger Read(string key, PolicySection row, LabCatalogue labs)
    {
        var trigger = new Trigger(key, row.Text("says"))
        {
            Analyte = row.OptionalText("analyte"),
            Below = row.OptionalNumber("below"),
            From = row.OptionalNumber("from"),
            To = row.OptionalNumber("to"),
            Above = row.OptionalNumber("above"),
            BelowOr = row.OptionalNumber("belowOr"),
            FromOr = row.OptionalNumber("fromOr"),
            AboveOr = row.OptionalNumber("aboveOr"),
            BelowOwnRange = row.Flag("belowOwnRange"),
            OwnRangeForChildren = row.Flag("ownRangeForChildren"),
            RpiFrom = row.OptionalNumber("rpiFrom"),
            RpiAbove = row.OptionalNumber("rpiAbove"),
            Cytopenias = row.OptionalWhole("cytopenias"),
            AgeFrom = row.OptionalWhole("ageFrom"),
            AgeBelow = row.OptionalWhole("ageBelow"),
            Problem = row.OptionalText("problem"),
            Indication = row.OptionalText("indication"),
            Words = row.Texts("words"),
            Film = row.Texts("film"),
            AnyOf = row.Texts("anyOf"),
            Silent = row.Flag("silent"),
        };
        if (trigger.Analyte is { } analyte && !labs.Analytes.ContainsKey(analyte)) row.Faults.Add(row.Path, $"'{analyte}' is not in analytes.json");
        if (trigger.Analyte is not null && trigger is { Below: null, From: null, To: null, Above: null, BelowOr: null, FromOr: null, AboveOr: null, BelowOwnRange: false }) row.Faults.Add(row.Path, "the analyte has no limit");
        if (trigger is { Analyte: null, RpiFrom: null, RpiAbove: null, Cytopenias: null, AgeFrom: null, AgeBelow: null, Problem: null, Indication: null } && trigger.Words.IsEmpty && trigger.Film.IsEmpty && trigger.AnyOf.IsEmpty)
            row.Faults.Add(row.Path, "asks for nothing that is known here");
        foreach (var word in trigger.Words.Concat(trigger.Film).Where(w => LabNames.Key(w) != w)) row.Faults.Add(row.Path, $"'{word}' must be lower case, without accents and punctuation");
        return trigger;
    }
}

/// <summary>Alternatives, each of which needs all its triggers: "macro + neutropenia".</summary>
public sealed record When(ImmutableArray<ImmutableArray<Trigger>> AnyOfAll)
{
    public static When Read(PolicySection row, string name, IReadOnlyDictionary<string, Trigger> triggers) =>
        new([.. row.Texts(name).Select(line => line.Split(" + ").Select(key =>
        {
            if (triggers.TryGetValue(key, out var trigger)) return trigger;
            row.Faults.Add($"{row.Path}/{name}", $"'{key}' is not among the triggers");
            return new Trigger(key, key);
        }).ToImmutableArray())]);

    public bool IsEmpty => AnyOfAll.IsEmpty;

    /// <summary>The indication alone meets a line.</summary>
    public bool MetByIndication(string indication) => AnyOfAll.Any(line => line.All(t => t.Indication == indication));
}
