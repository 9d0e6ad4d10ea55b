using System.Collections.Immutable;
using BiopsyFhir.Domain;
using BiopsyFhir.Property.Tests.Patients;

namespace BiopsyFhir.Property.Tests;

/// <summary>A value and its unit, converted together, are the same value.</summary>
public class UnitTests
{
    private static readonly ImmutableArray<Analyte> s_numbers =
        [.. Engine.Catalogue.Labs.Analytes.Values.Where(a => a.Kind != AnalyteKind.Report && a.Units.Count > 0).OrderBy(a => a.Key, StringComparer.Ordinal)];

    [Fact]
    public void Converting_any_value_with_its_unit_changes_no_finding() => Holds.ForEveryChart((chart, pick) =>
    {
        var analyte = s_numbers[pick % s_numbers.Length];
        var range = analyte.PlausibleAt(50) ?? (1, 100);
        // Somewhere inside what is plausible, off the round numbers at which rules change.
        var value = Math.Round(range.From + ((range.To - range.From) * ((pick % 89) + 1.37m) / 97m), 6);
        var own = analyte.Units[analyte.Unit];
        var asOf = chart.Query["asOf"];
        var plain = Engine.Assess(With(chart, analyte, own, analyte.Unit, value, asOf));
        foreach (var (spelling, factor) in analyte.Units)
        {
            var received = value * factor.DivideBy / factor.MultiplyBy;
            if (received < factor.From || received >= factor.Below) continue; // ambiguous there, and said to be
            var converted = Engine.Assess(With(chart, analyte, factor, spelling, received, asOf));
            Assert.Equal(plain is null, converted is null);
            if (plain is null || converted is null) continue;
            Assert.True(plain.Findings.SequenceEqual(converted.Findings), $"{analyte.Key} {value} {analyte.Unit} and {received} {spelling}:\n{string.Join('\n', plain.Findings.Except(converted.Findings))}\nbecame\n{string.Join('\n', converted.Findings.Except(plain.Findings))}");
            Assert.Equal(plain.Readiness.Verdict, converted.Readiness.Verdict);
            var (was, isNow) = (Row(plain, analyte), Row(converted, analyte));
            Assert.Equal((was?.State, was?.Unit, was?.Date), (isNow?.State, isNow?.Unit, isNow?.Date));
            Assert.True(was?.Value is null == isNow?.Value is null && Math.Abs((was?.Value ?? 0) - (isNow?.Value ?? 0)) <= Math.Abs(was?.Value ?? 0) / 1_000_000_000, $"{analyte.Key}: {was?.Value} and {isNow?.Value} ({spelling})");
        }
    });

    private static LabRow? Row(Answer answer, Analyte analyte) => answer.Readiness.Labs.FirstOrDefault(l => l.Analyte == analyte.Key);

    /// <summary>One more result, with a code that allows the unit, for some codes are for mass or for moles only; without one, by a name of its own.</summary>
    private static GeneratedChart With(GeneratedChart chart, Analyte analyte, UnitFactor factor, string spelling, decimal value, string day)
    {
        var labs = Engine.Catalogue.Labs;
        var code = analyte.LookedFor.FirstOrDefault(c => Allows(labs.ByLoinc[c].Property, factor));
        var concept = code is not null ? Resources.Concept("http://loinc.org", code, null)
            : Resources.Concept(null, null, labs.ByName.Where(n => n.Value is [var only] && only.Analyte.Key == analyte.Key && Allows(only.Property, factor)).Select(n => n.Key).Order(StringComparer.Ordinal).First());
        return chart.Plus(Resources.Result("converted", concept, day, Resources.Quantity(value, spelling)));
    }

    private static bool Allows(UnitProperty property, UnitFactor factor) => property switch
    {
        UnitProperty.Mass => !factor.IsMoles,
        UnitProperty.Moles => factor.IsMoles,
        _ => true,
    };
}
