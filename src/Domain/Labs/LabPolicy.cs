using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A treatment that changes what results after it mean (evidence 3.9).</summary>
/// <param name="Days">How long after it; a treatment that is still running always counts.</param>
/// <param name="Words">In lower case without accents, looked for as parts of names.</param>
public sealed record Caveat(string Key, int Days, FrozenSet<string> Analytes, string Note, ImmutableArray<string> Words, bool DoesNotCount);

/// <summary>Inputs and limits of the clearance (evidence 2.2).</summary>
public sealed record ClearancePolicy(int CreatinineDays, int CreatinineDaysRenalDrug, int WeightDays, FrozenSet<string> RenalDrugClasses, int AdultFromYears,
    decimal BmiFrom, decimal AcuteMgPerDl, int AcuteHours, decimal AcuteRatio, int AcuteDays, ImmutableArray<string> Citations)
{
    public static ClearancePolicy Read(PolicySection row) => new(row.Whole("creatinineDays"), row.Whole("creatinineDaysRenalDrug"), row.Whole("weightDays"),
        row.Texts("renalDrugClasses").ToFrozenSet(), row.Whole("adultFromYears"), row.Number("bmiFrom"), row.Number("acuteMgPerDl"), row.Whole("acuteHours"),
        row.Number("acuteRatio"), row.Whole("acuteDays"), row.Cites());
}

/// <summary>Thresholds and windows of the safety labs (labs.json, evidence 1.5 and 2.2).</summary>
/// <param name="SafetyDays">By analyte: an unreadable result at most this many days before D0 forbids "ready".</param>
/// <param name="ConflictAbovePercent">Two values of one day that differ by more are said to conflict.</param>
public sealed record LabPolicy(FrozenDictionary<string, int> SafetyDays, decimal ConflictAbovePercent, ImmutableArray<string> ReadingCitations,
    ImmutableArray<Caveat> Caveats, ClearancePolicy Clearance, PlateletPolicy Platelets, InrPolicy Inr, FibrinogenPolicy Fibrinogen, OtherSafetyPolicy Other,
    string Preliminary, string OpenInterval)
{
    /// <summary>Caveats that shared concepts name; kept as long as the policy.</summary>
    internal Remembered<ImmutableArray<Caveat>> CaveatsNamed { get; } = new();

    public static LabPolicy Read(PolicySection section, LabCatalogue labs)
    {
        void Known(PolicySection row, string analyte)
        {
            if (!labs.Analytes.ContainsKey(analyte)) row.Faults.Add(row.Path, $"'{analyte}' is not in analytes.json");
        }
        var safety = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (analyte, row) in section.Section("safety").Rows())
        {
            Known(row, analyte);
            safety[analyte] = row.Whole("days");
        }
        var caveats = new List<Caveat>();
        foreach (var (key, row) in section.Section("caveats").Rows())
        {
            var analytes = row.Texts("analytes");
            foreach (var analyte in analytes) Known(row, analyte);
            var words = row.OptionalText("sameWordsAs") is { } other ? caveats.FirstOrDefault(c => c.Key == other)?.Words ?? [] : row.Texts("words");
            if (words.IsEmpty) row.Faults.Add($"{row.Path}/words", "is missing");
            foreach (var word in words.Where(w => LabNames.Key(w) != w)) row.Faults.Add($"{row.Path}/words", $"'{word}' must be lower case, without accents and punctuation");
            caveats.Add(new(key, row.Whole("days"), analytes.ToFrozenSet(), row.Text("note"), words, row.Flag("doesNotCount")));
        }
        var reading = section.Section("reading");
        return new(safety.ToFrozenDictionary(), reading.Number("conflictAbovePercent"), reading.Cites(), [.. caveats], ClearancePolicy.Read(section.Section("clearance")),
            PlateletPolicy.Read(section.Section("platelets")), InrPolicy.Read(section.Section("inr")), FibrinogenPolicy.Read(section.Section("fibrinogen")),
            OtherSafetyPolicy.Read(section), section.Text("preliminary"), section.Text("interval"));
    }
}
