using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What a result entry measures.</summary>
/// <param name="Analytes">One; or two when the name fits both and the unit decides.</param>
/// <param name="Problem">Set when the entry names analytes of ours but must not be used.</param>
public readonly record struct RecognisedLab(ImmutableArray<Analyte> Analytes, UnitProperty Property, bool ByCode, bool Capillary, string? Problem = null);

/// <summary>By LOINC code; by name only when there is no LOINC code or the catalogue does not have it (evidence 7.1 rule 12).</summary>
public static class RecogniseLab
{
    private const string Loinc = "http://loinc.org";

    /// <returns>Null when it is no analyte of ours.</returns>
    public static RecognisedLab? From(ResultRecord record, LabCatalogue labs) => record.Specimen is null
        ? labs.Recognised.Of(record.Code, labs, static (code, labs) => Read(code, null, labs))
        : Read(record.Code, record.Specimen, labs);

    private static RecognisedLab? Read(Concept what, Concept? specimen, LabCatalogue labs)
    {
        LoincCode? found = null;
        var property = UnitProperty.Open;
        var others = false;
        foreach (var code in what.Codes)
        {
            if (code.System != Loinc || !labs.ByLoinc.TryGetValue(code.Value, out var loinc)) continue;
            if (loinc.Analyte is null) others = true;
            else if (found is null) (found, property) = (loinc, loinc.Property);
            else if (found.Analyte!.Key != loinc.Analyte.Key)
                return new([found.Analyte, loinc.Analyte], UnitProperty.Open, true, false, $"its codes name both {found.Analyte.NameInside} and {loinc.Analyte.NameInside}");
            else if (property != loinc.Property) property = UnitProperty.Open;
        }
        if (found is not null)
        {
            var analyte = found.Analyte!;
            return new(found.Analytes, property, true, found.IsCapillary, OtherSpecimen(specimen, analyte));
        }
        return others ? null : ByName(what, specimen, labs);
    }

    /// <summary>A result that says in no way that can be read what was measured: it may be any. A LOINC code that is not in the catalogue is another analyte.</summary>
    public static bool IsNameless(ResultRecord record)
    {
        foreach (var code in record.Code.Codes)
            if (code.System == Loinc && code.Value.Length > 0) return false;
        return !record.Code.AllWords.Any() && record.Value != ResultValue.None.Members;
    }

    private static RecognisedLab? ByName(Concept what, Concept? specimen, LabCatalogue labs)
    {
        foreach (var words in what.AllWords)
        {
            var (analytes, property) = Named(words, labs);
            if (analytes.IsEmpty) continue;
            // A bare "Creatinine" beside another code's "Creatinine in urine" is not ours.
            if (analytes[0].Key != "hcg" && (what.AllWords.Any(LabNames.SaysOtherSpecimen) || specimen?.AllWords.Any(LabNames.SaysOtherSpecimen) == true)) return null;
            return new(analytes, property, false, false);
        }
        return null;
    }

    private static (ImmutableArray<Analyte>, UnitProperty) Named(string words, LabCatalogue labs)
    {
        if (labs.ByName.TryGetValue(LabNames.Key(words), out var named)) return Distinct(named);
        if (LabNames.TryLongName(words, out var component, out var property, out var system))
            return LabNames.IsBlood(system) && labs.ByName.TryGetValue(LabNames.Key(component), out named) ? (Distinct(named).Item1, property) : ([], property);
        if (LabNames.WithoutBrackets(words) is { } plain && !LabNames.SaysOtherSpecimen(words) && labs.ByName.TryGetValue(LabNames.Key(plain), out named)) return Distinct(named);
        return ([], UnitProperty.Open);
    }

    private static (ImmutableArray<Analyte>, UnitProperty) Distinct(ImmutableArray<(Analyte Analyte, UnitProperty Property)> named)
    {
        var property = named[0].Property;
        foreach (var n in named)
            if (n.Property != property) property = UnitProperty.Open;
        return ([.. named.Select(n => n.Analyte).DistinctBy(a => a.Key)], property);
    }

    private static string? OtherSpecimen(Concept? specimen, Analyte analyte) =>
        analyte.Key != "hcg" && specimen is not null && specimen.AllWords.FirstOrDefault(LabNames.SaysOtherSpecimen) is { } other
            ? $"its specimen is {other}"
            : null;
}
