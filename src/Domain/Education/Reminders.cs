using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public enum ReminderKind { Hold, Tests, AfterCare }

/// <summary>One message to the patient on one day.</summary>
/// <param name="LastDay">The last local day on which it still helps; after it, it is not sent.</param>
public sealed record Reminder(ReminderKind Kind, DateOnly Day, DateOnly LastDay, string Text);

/// <summary>
/// Signed plan -> reminders: the day before the first missed dose, two days before the biopsy for tests, the day after for care.
/// Only signed dates; when the biopsy moves they are withdrawn, never recomputed.
/// </summary>
public static class Reminders
{
    public static ImmutableArray<Reminder> From(SignedPlan plan, HandoutText text, Facility facility)
    {
        var d0 = plan.Readiness.Snapshot.Biopsy.Date;
        var title = text.Say("reminderTitle", ("date", text.Date(d0)));
        var reminders = ImmutableArray.CreateBuilder<Reminder>();
        foreach (var day in plan.Holds.GroupBy(DayBeforeFirstMissed).OrderBy(g => g.Key))
            reminders.Add(new(ReminderKind.Hold, day.Key, day.Max(h => h.LastDoseDate!.Value), Join(title, day.SelectMany(h => WriteHandout.HoldLines(plan, h, text)))));

        var tests = plan.Tests.Where(WriteHandout.ForThePatient).Select(t => WriteHandout.Test(t, text)).Distinct().ToList();
        if (tests.Count > 0) reminders.Add(new(ReminderKind.Tests, d0.AddDays(-2), d0.AddDays(-1), Join(title, tests.Prepend(text.Say("testsHeading") + ":"))));

        var restarts = plan.Holds.Select(h => WriteHandout.RestartLine(plan, h, text));
        string[] care = [text.Say("reminderAfter"), .. restarts, .. facility.ProcedureUnitPhone is { } phone ? (string[])[text.Say("phoneDay", ("phone", phone))] : []];
        reminders.Add(new(ReminderKind.AfterCare, d0.AddDays(1), d0.AddDays(2), Join(title, care)));
        return reminders.ToImmutable();
    }

    /// <summary>With a last dose by the day: that day. With a last dose by the clock: the day before, for the next one is missed on the same day.</summary>
    private static DateOnly DayBeforeFirstMissed(PlanItem hold) => hold.LastDoseAt is null ? hold.LastDoseDate!.Value : hold.LastDoseDate!.Value.AddDays(-1);

    private static string Join(string title, IEnumerable<string> lines) => string.Join('\n', lines.Prepend(title));
}
