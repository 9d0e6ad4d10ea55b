using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Signed plan + text + facility -> handout. Dates of an unsigned plan never get here: the type asks for a signature.</summary>
public static class WriteHandout
{
    /// <param name="plan">Null gives the general leaflet, without any date of a medicine.</param>
    /// <param name="child">For the general leaflet: the patient is known to be under 18. A signed plan says it itself.</param>
    /// <param name="allowUnreviewed">The site's explicit switch; the sandbox sets it.</param>
    public static HandoutResult From(SignedPlan? plan, HandoutTexts texts, string language, Facility facility, bool allowUnreviewed, string? pageUrl = null, bool child = false)
    {
        var why = ImmutableArray.CreateBuilder<string>();
        if (facility.ProcedureUnitPhone is null) why.Add("The phone number of the procedure unit is not configured (Facility:ProcedureUnitPhone).");
        if (facility.AfterHoursPhone is null) why.Add("The after-hours phone number is not configured (Facility:AfterHoursPhone).");
        var (text, interpreter) = texts.Choose(language, allowUnreviewed);
        if (text is null) why.Add("No reviewed text is on file, and this site does not allow unreviewed ones (Education:AllowUnreviewed).");
        if (why.Count > 0) return new HandoutResult.Refused(why.ToImmutable());

        // Before the plan nobody has said whether there will be sedation: "eat as usual" would be a guess.
        var when = plan is null ? [child ? HandoutWhen.Child : HandoutWhen.Adult, HandoutWhen.SedationUnknown] : Applies(plan);
        return new HandoutResult.Ready(new Handout
        {
            Text = text!,
            Personal = plan is null ? [] : [.. Personal(plan, text!)],
            Tests = plan is null ? [] : [.. plan.Tests.Where(ForThePatient).Select(t => Test(t, text!)).Distinct()],
            Sections = [.. text!.Sections.Where(s => Shown(s.When, when)).Select(s => s with { Blocks = [.. s.Blocks.Where(b => Shown(b.When, when))] })],
            Facility = new(facility.ProcedureUnitPhone!, facility.AfterHoursPhone!, pageUrl),
            InterpreterLine = interpreter,
            BiopsyDate = plan?.Readiness.Snapshot.Biopsy.Date,
        });
    }

    /// <summary>Which variants this patient's plan calls for.</summary>
    public static ImmutableHashSet<HandoutWhen> Applies(SignedPlan plan)
    {
        var (readiness, biopsy) = (plan.Readiness, plan.Readiness.Snapshot.Biopsy);
        var when = ImmutableHashSet.CreateBuilder<HandoutWhen>();
        when.Add(biopsy.Sedation == "none" ? HandoutWhen.NoSedation : HandoutWhen.Sedation);
        when.Add(readiness.AgeYears is < 18 ? HandoutWhen.Child : HandoutWhen.Adult);
        if (readiness.Findings.Any(f => f.Rule == "G-PREG" && f.Severity >= Severity.Moderate)) when.Add(HandoutWhen.Pregnancy);
        if (readiness.Findings.Any(f => f.Rule is "R-HOLD" or "R-CONT" or "T-HIGH" or "S-STENT" or "LATE" or "WASHOUT")) when.Add(HandoutWhen.BloodThinner);
        if (readiness.Labs.Any(l => l is { Analyte: "platelets", State: ResultState.Known, Value: < 50 })) when.Add(HandoutWhen.LowPlatelets);
        if (readiness.Snapshot.Chart.Procedures.Any(p => p.Code.AllWords.Any(w => w.Contains("marrow", StringComparison.OrdinalIgnoreCase)))) when.Add(HandoutWhen.RepeatBiopsy);
        if (biopsy.Site == "sternum") when.Add(HandoutWhen.Sternum);
        return when.ToImmutable();
    }

    /// <summary>W-MEDS asks the team to look through the medicines; there is nothing for the patient to have done.</summary>
    internal static bool ForThePatient(PlanItem test) => test.Finding.Rule != "W-MEDS";

    private static bool Shown(ImmutableArray<HandoutWhen> asked, IReadOnlySet<HandoutWhen> applies) => asked.IsEmpty || asked.All(applies.Contains);

    private static IEnumerable<string> Personal(SignedPlan plan, HandoutText text)
    {
        var biopsy = plan.Readiness.Snapshot.Biopsy;
        yield return biopsy.TimeAssumed
            ? text.Say("biopsyAtAssumed", ("date", text.Date(biopsy.Date)))
            : text.Say("biopsyAt", ("date", text.Date(biopsy.Date)), ("time", text.Time(TimeOnly.FromDateTime(biopsy.At.DateTime))));
        var holds = plan.Holds.ToList();
        foreach (var hold in holds)
        {
            foreach (var line in HoldLines(plan, hold, text)) yield return line;
            yield return RestartLine(plan, hold, text);
        }
        foreach (var kept in plan.Continued) yield return text.Say("keepTaking", ("drug", Drug(plan, kept.Finding.Subject)));
        foreach (var question in plan.Questions.Select(q => q.Finding).Where(f => f.Rule is "T-HIGH" or "S-STENT" or "X-DUP").SelectMany(f => f.Subject.Split('+')).Distinct())
            yield return text.Say("askFirst", ("drug", Drug(plan, question)));
        if (NothingToStop(plan)) yield return text.Say("nothingToStop");
        yield return text.Say("otherMedicines");
        yield return text.Say(biopsy.Sedation == "none" ? "eatNormally" : "fasting");
        if (biopsy.Sedation != "none") yield return text.Say("ride");
    }

    /// <summary>Last dose, and from when none.</summary>
    internal static IEnumerable<string> HoldLines(SignedPlan plan, PlanItem hold, HandoutText text)
    {
        var drug = Drug(plan, hold.Finding.Subject);
        yield return hold.LastDoseAt is { } at
            ? text.Say("lastDoseAt", ("drug", drug), ("date", text.Date(DateOnly.FromDateTime(at.DateTime))), ("time", text.Time(TimeOnly.FromDateTime(at.DateTime))))
            : text.Say("lastDose", ("drug", drug), ("date", text.Date(hold.LastDoseDate!.Value)));
        if (hold.LastDoseAt is null) yield return text.Say("noDoses", ("drug", drug), ("date", text.Date(hold.LastDoseDate!.Value.AddDays(1))));
    }

    internal static string RestartLine(SignedPlan plan, PlanItem hold, HandoutText text)
    {
        var drug = Drug(plan, hold.Finding.Subject);
        return hold.ResumeDate is { } resume ? text.Say("restart", ("drug", drug), ("date", text.Date(resume))) : text.Say("restartAsk", ("drug", drug));
    }

    /// <summary>Said only when every medicine was judged and none of them is one to hold, to continue on purpose or to ask about.</summary>
    private static bool NothingToStop(SignedPlan plan) =>
        !Applies(plan).Contains(HandoutWhen.BloodThinner) && !plan.Questions.Any() && !plan.Readiness.Medications.IsEmpty
        && !plan.Readiness.NotJudged.Any(n => n.Hides == MightHide.Antithrombotic)
        && !plan.Readiness.Findings.Any(f => f.Rule is "R-CONFIRM" or "X-DUP");

    /// <summary>
    /// Ingredient and what the box says, as the chart has it: "apixaban (Eliquis 5 mg tablet)". Drug names are never translated.
    /// With more than two names, or a long one, the ingredient alone: a patient reads this.
    /// </summary>
    private static string Drug(SignedPlan plan, string ingredient)
    {
        var boxes = plan.Readiness.Medications.Where(m => m.InUse && m.Ingredient == ingredient).Select(m => m.Text.Trim()).Where(t => t.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        if (boxes.Count is 0 or > 2 || boxes.Any(b => b.Length > 80)) return ingredient;
        if (boxes.All(b => b.Equals(ingredient, StringComparison.OrdinalIgnoreCase))) return ingredient;
        return $"{ingredient} ({string.Join("; ", boxes)})";
    }

    internal static string Test(PlanItem item, HandoutText text) =>
        item.Finding.TestDueDate is { } due
            ? text.Say("testDue", ("test", text.TestName(item.Finding)), ("date", text.Date(due)))
            : text.Say("test", ("test", text.TestName(item.Finding)));
}
