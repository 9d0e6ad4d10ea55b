using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Result entries -> values by analyte in canonical units (evidence 3.7 to 3.9).</summary>
public static class ReadLabs
{
    public static LabSheet From(Snapshot snapshot, Policy policy)
    {
        var (labs, final, notFinal, unreadable, nameless) = (policy.Catalogue.Labs, new LabPile(), new LabPile(), new List<UnreadableResult>(), new List<ResultRecord>());
        var caveats = LabCaveats.From(snapshot.Chart, policy.Labs);
        var ageYears = Age.OnDay(snapshot.Chart.Person.BirthDate, snapshot.Biopsy.Date);

        foreach (var record in snapshot.Chart.Results)
        {
            if (record.Status is "entered-in-error" or "cancelled" or "unknown") continue;
            if (RecogniseLab.From(record, labs) is not { } lab)
            {
                if (RecogniseLab.IsNameless(record)) nameless.Add(record);
                continue;
            }
            var analyte = Settle(lab, record.Value);
            if (analyte.Kind == AnalyteKind.Panel) unreadable.AddRange(HiddenInPanel(record, analyte));
            if (analyte.Kind == AnalyteKind.Panel || (analyte.Kind != AnalyteKind.Report && record.Value == ResultValue.None.Members)) continue;
            var (value, problem) = ReadResult.From(record, lab, analyte, snapshot, ageYears);
            if (problem is not null) unreadable.Add(problem);
            if (value is null) continue;
            if (caveats.Forbids(analyte.Key, value.Date) is { } forbidden)
            {
                unreadable.Add(ReadResult.Reject(record, analyte.Key, forbidden));
                continue;
            }
            if (caveats.NotesOn(analyte.Key, value.Date) is { IsEmpty: false } notes) value = value with { Notes = value.Notes.AddRange(notes) };
            (value.Preliminary ? notFinal : final).Add(value, record);
        }

        var conflicts = new List<(LabValue, LabValue)>();
        var values = final.Sorted(labs, policy.Labs.ConflictAbovePercent, conflicts);
        unreadable.RemoveAll(u => u.Why == PanelWithoutResults && (TooOld(u) || values.GetValueOrDefault(u.Analyte, []) is { IsEmpty: false } known && (u.Date is null || known[0].Date >= u.Date)));
        // The order in which a server sends its entries must not show.
        unreadable = [.. unreadable.OrderBy(u => u.Analyte, StringComparer.Ordinal).ThenByDescending(u => u.Date).ThenByDescending(u => u.At)
            .ThenBy(u => u.Reference, StringComparer.Ordinal).ThenBy(u => u.Why, StringComparer.Ordinal).ThenBy(u => u.AsReceived, StringComparer.Ordinal)];
        return new LabSheet(values, [.. unreadable], LabDataQuality.Findings(unreadable, conflicts, policy), [.. LabDataQuality.NotJudged(unreadable, values, snapshot.Biopsy.Date, policy), .. LabDataQuality.Nameless(nameless, snapshot.Biopsy.Date, policy)])
        {
            NotFinal = notFinal.Sorted(labs, policy.Labs.ConflictAbovePercent, []),
        };

        // An old panel report could satisfy nothing, whatever it holds.
        bool TooOld(UnreadableResult u) => u.Date?.AddDays(policy.Labs.SafetyDays.GetValueOrDefault(u.Analyte, policy.WorkUp.PictureDays)) < snapshot.Biopsy.Date;
    }

    private const string PanelWithoutResults = "a panel report without results that can be read";

    /// <summary>A panel's results are entries of their own; only a report without them may hide something.</summary>
    private static IEnumerable<UnreadableResult> HiddenInPanel(ResultRecord record, Analyte panel) =>
        record.Source == ResultSource.DiagnosticReport || record.Value is ResultValue.Words or ResultValue.Coded || record.CannotInterpret is not null
            ? panel.Holds.Select(held => ReadResult.Reject(record, held, PanelWithoutResults))
            : [];

    /// <summary>A name that fits two analytes ("Reticulocytes", "Neutrophils") is settled by the unit; what fits none is a report, if that is one of them.</summary>
    private static Analyte Settle(in RecognisedLab lab, ResultValue value)
    {
        if (lab.Analytes.Length == 1) return lab.Analytes[0];
        if (value is ResultValue.Quantity quantity)
            foreach (var analyte in lab.Analytes)
                if (ReadQuantity.Fits(quantity, analyte)) return analyte;
        return lab.Analytes.FirstOrDefault(a => a.Kind == AnalyteKind.Report) ?? lab.Analytes[0];
    }
}
