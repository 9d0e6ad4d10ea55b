namespace BiopsyFhir.Domain;

/// <summary>What one entry says about use.</summary>
/// <param name="End">Last day of exposure when ended; start of the hold when on hold and recorded.</param>
/// <param name="Words">For the summary: "active", "ended 2026-03-01".</param>
/// <param name="Doubt">Set when the status had to be taken on the careful side.</param>
public sealed record UseOfEntry(UseState State, DateOnly? End, string Words, string? Doubt = null)
{
    /// <summary>Evidence 2.8, row by row. A status that is not understood counts as in use: nothing is dropped.</summary>
    public static UseOfEntry Of(MedicationRecord record, bool asNeeded, DateOnly asOf, int recentDays)
    {
        if (record.Status is "entered-in-error") return new(UseState.NotInUse, null, "entered in error");
        if (record.DoNotPerform) return new(UseState.NotInUse, null, "ordered not to be given");
        if (record.Status is "not-taken" or "not-done" or "cancelled" or "declined") return new(UseState.NotInUse, null, record.Status.Replace('-', ' '));
        return record.Source switch
        {
            MedicationSource.Draft => new(UseState.Draft, null, "draft order"),
            MedicationSource.Dispense or MedicationSource.Administration => Supply(record, asOf, recentDays),
            _ => Order(record, asNeeded, asOf, recentDays),
        };
    }

    private static UseOfEntry Order(MedicationRecord record, bool asNeeded, DateOnly asOf, int recentDays)
    {
        if (record.Intent is "proposal" or "plan" or "option") return new(UseState.NotInUse, null, $"only a {record.Intent}");
        return record.Status switch
        {
            "draft" => new(UseState.NotInUse, null, "draft"),
            "active" or "recorded" or "in-progress" => new(asNeeded ? UseState.AsNeeded : UseState.InUse, null, PastEnd(record, asOf) is { } end ? $"active, though its period ended {end:yyyy-MM-dd}" : "active"),
            "on-hold" => record.HeldSince is { } held && held.Last <= asOf
                ? new(UseState.OnHold, held.Last, $"on hold since {held}")
                : new(UseState.OnHold, null, "on hold, start not recorded"),
            "stopped" or "completed" or "ended" => Over(record, asNeeded, asOf, recentDays),
            var other => new(asNeeded ? UseState.AsNeeded : UseState.InUse, null, other is null ? "status not recorded" : $"status {other}",
                other is null ? "Its status is not recorded: counted as in use until confirmed." : $"Its status \"{other}\" does not say whether it is taken: counted as in use until confirmed."),
        };
    }

    private static DateOnly? PastEnd(MedicationRecord record, DateOnly asOf) => record.Ended is { } end && end.Last < asOf ? end.Last : null;

    private static UseOfEntry Over(MedicationRecord record, bool asNeeded, DateOnly asOf, int recentDays)
    {
        if (record.Ended is { } end)
        {
            // A partial date stands for every day it covers, and a stopped medicine was not taken after today.
            var last = end.Last > asOf && end.First <= asOf && !end.IsFull ? asOf : end.Last;
            return last > asOf
                ? new(asNeeded ? UseState.AsNeeded : UseState.InUse, null, $"{record.Status}, to be taken until {last:yyyy-MM-dd}")
                : new(UseState.Ended, last, $"ended {last:yyyy-MM-dd}");
        }
        if ((record.Authored ?? record.Started) is { } authored && asOf.DayNumber - authored.Last.DayNumber > recentDays)
            return new(UseState.NotInUse, null, $"{record.Status}, more than {recentDays} days old");
        return new(UseState.EndedUnknown, null, $"{record.Status}, last dose not recorded");
    }

    /// <summary>Dispensed or administered: supporting evidence of use while recent. Without a date it is taken as recent.</summary>
    private static UseOfEntry Supply(MedicationRecord record, DateOnly asOf, int recentDays)
    {
        var done = record.Source == MedicationSource.Dispense ? "dispensed" : "given";
        var words = record.Authored is { } at ? $"{done} {at}" : $"{done}, date not recorded";
        if (record.Authored is { } old && asOf.DayNumber - old.Last.DayNumber > recentDays) return new(UseState.NotInUse, null, $"{words}, more than {recentDays} days ago");
        // An administration under way is not history: it is running now.
        if (record is { Source: MedicationSource.Administration, Status: "in-progress" }) return new(UseState.InUse, null, "being given");
        return new(UseState.SupportingOnly, null, words, record.Status is "completed" or "in-progress" or "preparation" or "on-hold" or "stopped"
            ? null : $"Its status \"{record.Status ?? "none"}\" does not say whether it was {done}: counted until confirmed.");
    }
}
