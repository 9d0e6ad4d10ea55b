using System.Collections.Immutable;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Domain.Tests.Drugs;

/// <summary>One hand-written line of free-text.tsv, and what a careful reader makes of it.</summary>
public sealed record FreeText(string Text, ImmutableArray<string> Ingredients, string Systemic, string Doubt, string Language, bool Trap)
{
    public static ImmutableArray<FreeText> All { get; } =
    [
        .. File.ReadLines(Repository.Path("tests/Domain.Tests/Drugs/free-text.tsv"))
            .Where(l => !l.StartsWith('#')).Skip(1).Select(l => l.Split('\t'))
            .Select(c => new FreeText(c[0], [.. c[1].Split('+', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)], c[2], c[3], c[4], c[5] == "yes")),
    ];

    /// <summary>The line as a medication entry of a chart: nothing but its text, active.</summary>
    public MedicationRecord AsEntry() => new() { Reference = "MedicationStatement/1", Source = MedicationSource.Statement, Status = "active", Product = new Concept([], Text) };

    /// <summary>What the domain makes of it.</summary>
    public FreeText AsRead()
    {
        var list = ReadMedicines.From(Patients.Snapshot(Patients.Chart() with { Medications = [AsEntry()] }), Knowledge.P1);
        var systemic = list.Medicines.Select(m => m.Systemic).Distinct().ToList();
        return this with
        {
            Ingredients = [.. list.Medicines.Select(m => m.Ingredient).Distinct().Order(StringComparer.Ordinal)],
            Systemic = systemic switch { [] => "", [true] => "yes", [false] => "no", _ => "mixed" },
            Doubt = list.NotJudged.Select(n => n.Hides).DefaultIfEmpty(MightHide.Nothing).Aggregate((a, b) => a == MightHide.Antithrombotic ? a : b) switch
            {
                MightHide.Antithrombotic => "antithrombotic",
                MightHide.Other => "other",
                _ => "none",
            },
        };
    }
}
