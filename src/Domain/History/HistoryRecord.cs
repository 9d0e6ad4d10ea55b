using System.Buffers;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A condition, procedure, device or reason, brought to one shape for <see cref="ReadHistory"/>.</summary>
/// <param name="MoreWords">Body sites and notes: they belong to the record's words.</param>
/// <param name="Active">By its status; a missing status counts as active.</param>
/// <param name="Dropped">Set when the status says that it is not so: why, in words.</param>
internal readonly record struct HistoryRecord(ProblemSource Source, string? Reference, Concept Code, ImmutableArray<string> MoreWords, PartialDate? Date, PartialDate? Recorded,
    bool Active, string? Status, string? Dropped, string? CannotInterpret)
{
    public string What => $"{Source switch
    {
        ProblemSource.Condition => "Problem",
        ProblemSource.Device => "Device",
        ProblemSource.Procedure => "Procedure",
        _ => "Reason",
    }} “{Code.Words}”{(Reference is null ? "" : $" ({Reference})")}";

    public Fact Fact
    {
        get
        {
            var date = Date is { } d ? $", {d}" : Recorded is { } r ? $", no date; entered {r}" : "";
            return new(Reference, $"{Code.Words}{date}{(Status is null ? "" : $", {Status}")}", Date: Date?.Last);
        }
    }

    public static IEnumerable<HistoryRecord> Of(Snapshot snapshot)
    {
        var chart = snapshot.Chart;
        foreach (var condition in chart.Conditions) yield return Condition(condition);
        foreach (var procedure in chart.Procedures) yield return Procedure(procedure);
        foreach (var medication in chart.Medications)
        {
            if (medication.CannotInterpret is not null || medication.Status is "entered-in-error" or "cancelled") continue;
            foreach (var reason in medication.Reasons) yield return MedicationReason(medication, reason);
        }
        foreach (var medication in chart.Medications) yield return Medication(medication);
        foreach (var order in chart.Orders)
        {
            if (order.Reference != snapshot.Biopsy.Order) continue;
            foreach (var reason in order.Reasons) yield return OrderReason(order, reason);
        }
        foreach (var result in chart.Results)
            if (IsTobaccoStatus(result)) yield return TobaccoStatus(result);
    }

    private static HistoryRecord Condition(ConditionRecord c)
    {
        var over = c.ClinicalStatus is "inactive" or "remission" or "resolved" || c.ClinicalStatus is null && c.Abated is not null;
        var dropped = c.VerificationStatus switch
        {
            "refuted" => "The record says that this was refuted: not used.",
            "entered-in-error" => "The record says that this was entered in error: not used.",
            _ => null,
        };
        var (ended, unsure) = (over ? c.ClinicalStatus ?? "ended" : null, c.VerificationStatus is null or "confirmed" ? null : c.VerificationStatus);
        return new(ProblemSource.Condition, c.Reference, c.Code, c.BodySites.IsEmpty ? [] : [.. c.BodySites.SelectMany(b => b.AllWords)], c.Onset, c.Recorded, !over,
            ended is null ? unsure : unsure is null ? ended : $"{ended}, {unsure}", dropped, c.CannotInterpret);
    }

    private static HistoryRecord Procedure(ProcedureRecord p)
    {
        var dropped = p.Status switch
        {
            "entered-in-error" => "The record says that this was entered in error: not used.",
            "not-done" => "The record says that this was not done: not used.",
            "preparation" => "Not done yet: not used.",
            _ => null,
        };
        return new(p.IsDevice ? ProblemSource.Device : ProblemSource.Procedure, p.Reference, p.Code,
            [.. p.BodySites.SelectMany(b => b.AllWords), .. p.Notes], p.Performed, null, p.Status is not "inactive", p.Status is "completed" or "active" ? null : p.Status, dropped, p.CannotInterpret);
    }

    private static HistoryRecord MedicationReason(MedicationRecord m, Concept reason) =>
        new(ProblemSource.MedicationReason, m.Reference, reason, [], null, null, m.Status is "active" or "on-hold" or null, $"reason for {m.Product.Words}", null, null);

    /// <summary>A few supplements are asked about as problems (zinc use).</summary>
    private static HistoryRecord Medication(MedicationRecord m) =>
        new(ProblemSource.Medication, m.Reference, m.Product, [], m.Started, null, m.Status is "active" or "on-hold" or null,
            m.Status, m.Status is "entered-in-error" or "cancelled" or "draft" ? "Not in use." : null, null);

    private static HistoryRecord OrderReason(OrderRecord o, Concept reason) =>
        new(ProblemSource.OrderReason, o.Reference, reason, [], null, null, true, "reason for the biopsy", null, null);

    private static readonly Remembered<bool> s_isTobaccoStatus = new();

    private static bool IsTobaccoStatus(ResultRecord r) => s_isTobaccoStatus.Of(r.Code, 0, static (code, _) => IsTobaccoStatus(code));

    private static bool IsTobaccoStatus(Concept asked)
    {
        foreach (var code in asked.Codes)
            if (code is { System: "http://loinc.org", Value: "72166-2" }) return true;
        foreach (var words in asked.AllWords)
            if (words.AsSpan().ContainsAny(s_smokingStatus)) return true;
        return false;
    }

    private static readonly SearchValues<string> s_smokingStatus = SearchValues.Create(["smoking status"], StringComparison.OrdinalIgnoreCase);

    private static HistoryRecord TobaccoStatus(ResultRecord r) =>
        new(ProblemSource.Result, r.Reference, r.Value switch
        {
            ResultValue.Coded coded => coded.Concept,
            ResultValue.Words words => new Concept([], words.Text),
            _ => Concept.Empty,
        }, [], r.Effective, null, true, null, r.Status is "entered-in-error" or "cancelled" ? "Entered in error or cancelled: not used." : null, r.CannotInterpret);
}
