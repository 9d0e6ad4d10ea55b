using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One result entry -> a value, or why it cannot be used. Exactly one of the two is filled.</summary>
public readonly record struct ReadResult(LabValue? Value, UnreadableResult? Unusable)
{
    public static ReadResult From(ResultRecord record, in RecognisedLab lab, Analyte analyte, Snapshot snapshot, int? ageYears)
    {
        if (record.CannotInterpret is { } cannot) return No(record, analyte, cannot);
        if (lab.Problem is { } problem) return No(record, analyte, problem);
        if (record.Status is not ("final" or "amended" or "corrected" or "appended" or "preliminary" or "registered" or "partial"))
            return No(record, analyte, record.Status is { } status ? $"status '{status}' is not known" : "it has no status");
        if (record.Effective is not { } effective) return No(record, analyte, "the date of the specimen is not recorded");
        if (effective.First > snapshot.AsOf.Last) return new(null, Reject(record, analyte.Key, "it is dated after the day of this assessment") with { Future = true });
        if (effective.First > snapshot.Biopsy.Date) return new(null, Reject(record, analyte.Key, "it is dated after the biopsy") with { Future = true });
        if (analyte.HaemolysisSpoils && (record.Notes.Any(Spoilt) || record.Interpretations.Any(Spoilt)))
            return No(record, analyte, "the laboratory reports a haemolysed or lipaemic specimen");

        // Most results are numbers: they are made at once.
        if (record.Value is ResultValue.Quantity number && analyte.Kind != AnalyteKind.Report)
        {
            var read = ReadQuantity.From(number, analyte, lab, record.Ranges, ageYears);
            if (read.Why is { } why) return No(record, analyte, why);
            var notes = Notes(record, lab, analyte);
            return new(new LabValue(analyte.Key, read.Amount, analyte.Unit, read.Comparator, effective.First, effective.At, record.Reference, number, IsPreliminary(record), null, read.Low, read.High)
            {
                Converted = read.Converted,
                Notes = read.Note is { } note ? notes.Add(note) : notes,
            }, null);
        }
        var value = new LabValue(analyte.Key, 0, analyte.Unit, null, effective.First, effective.At, record.Reference, record.Value, IsPreliminary(record))
        {
            Notes = Notes(record, lab, analyte),
        };
        switch (record.Value)
        {
            case ResultValue.None none when analyte.Kind == AnalyteKind.Report && (record.Source == ResultSource.DiagnosticReport || none == ResultValue.None.Members):
                return new(value with { Unit = "", Text = record.Notes.FirstOrDefault() ?? "reported, not in machine-readable form", ReportOnly = true }, null);
            case ResultValue.None none:
                return new(null, Reject(record, analyte.Key, none.Why) with { NoValue = true });
            case ResultValue.Quantity quantity when analyte.Kind == AnalyteKind.Report:
                return new(value with { Amount = quantity.Amount, Comparator = quantity.Comparator, Unit = quantity.UnitCode ?? quantity.Unit ?? "", Text = AsReceived(quantity), ReportOnly = true }, null);
            default:
                return analyte.Kind == AnalyteKind.Number
                    ? new(null, Reject(record, analyte.Key, "words instead of a number") with { NoValue = true })
                    : new(value with { Unit = "", Text = AsReceived(record.Value), ReportOnly = true }, null);
        }
    }

    private static bool IsPreliminary(ResultRecord record) => record.Status is "preliminary" or "registered" or "partial";

    public static UnreadableResult Reject(ResultRecord record, string analyte, string why) =>
        new(analyte, why.TrimEnd('.', ' '), record.Reference, record.Effective?.First, AsReceived(record.Value)) { At = record.Effective?.At };

    private static ReadResult No(ResultRecord record, Analyte analyte, string why) => new(null, Reject(record, analyte.Key, why));

    internal static string AsReceived(ResultValue value) => value switch
    {
        ResultValue.Quantity { Comparator: null } q => (q.Unit ?? q.UnitCode) is { } unit ? $"{q.Amount} {unit}".TrimEnd() : $"{q.Amount}",
        ResultValue.Quantity q => $"{q.Comparator} {q.Amount} {q.Unit ?? q.UnitCode}".TrimEnd(),
        ResultValue.Words w => w.Text,
        ResultValue.Coded c => c.Concept.Words,
        ResultValue.None n => n.Why,
        _ => "",
    };

    private static ImmutableArray<string> Notes(ResultRecord record, in RecognisedLab lab, Analyte analyte)
    {
        ImmutableArray<string> notes = [];
        if (!lab.ByCode) notes = notes.Add($"recognised by its name '{record.Code.Words}', not by a LOINC code");
        if (lab.Capillary || Says(record.Specimen, "capillar", "kapiller", "fingerstick") || Says(record.Method, "point of care", "poct", "hemocue"))
            notes = notes.Add("point-of-care or capillary sample");
        if (analyte.Key == "platelets" && record.Notes.Any(n => Mentions.Affirms(n, "clump", "aggregat", "agregad", "kume")))
            notes = notes.Add("the laboratory reports platelet clumps: the count may be falsely low");
        return notes;
    }

    private static bool Says(Concept? concept, params ReadOnlySpan<string> parts)
    {
        if (concept is null) return false;
        foreach (var words in concept.AllWords)
            foreach (var part in parts)
                if (LabNames.Key(words).Contains(part, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool Spoilt(string note) =>
        Mentions.Affirms(note, "hemoly", "haemoly", "hemoliz", "hemolis", "lipem", "lipaem", "lipemi");
}
