using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Phone numbers of the facility, for the patient's text.</summary>
/// <param name="PageUrl">The site's own page for patients, printed as a QR code when configured.</param>
public sealed record HandoutFacility(string ProcedureUnitPhone, string AfterHoursPhone, string? PageUrl = null);

/// <summary>A handout ready to be laid out: the personal part (only from a signed plan) and the sections that apply.</summary>
public sealed record Handout
{
    public required HandoutText Text { get; init; }

    /// <summary>"Your dates": sentences with the signed dates; empty in the general leaflet.</summary>
    public required ImmutableArray<string> Personal { get; init; }
    public required ImmutableArray<string> Tests { get; init; }
    public required ImmutableArray<HandoutSection> Sections { get; init; }
    public required HandoutFacility Facility { get; init; }

    /// <summary>Said at the top when the wanted language is not to be had: English plus this line.</summary>
    public string? InterpreterLine { get; init; }
    public DateOnly? BiopsyDate { get; init; }
}

/// <summary>The handout, or why it cannot be published.</summary>
public abstract record HandoutResult
{
    public sealed record Ready(Handout Handout) : HandoutResult;
    public sealed record Refused(ImmutableArray<string> Why) : HandoutResult;
}

/// <summary>Signed plan + text + facility -> handout. Dates of an unsigned plan never get here: the type asks for a signature.</summary>
public static class WriteHandout
{
    /// <param name="plan">Null gives the general leaflet, without any date of a medicine.</param>
    /// <param name="allowUnreviewed">The site's explicit switch; the sandbox sets it.</param>
    public static HandoutResult From(SignedPlan? plan, HandoutTexts texts, string language, Facility facility, bool allowUnreviewed, string? pageUrl = null)
    {
        var why = ImmutableArray.CreateBuilder<string>();
        if (facility.ProcedureUnitPhone is null) why.Add("The phone number of the procedure unit is not configured (Facility:ProcedureUnitPhone).");
        if (facility.AfterHoursPhone is null) why.Add("The after-hours phone number is not configured (Facility:AfterHoursPhone).");
        var (text, interpreter) = texts.Choose(language, allowUnreviewed);
        if (text is null) why.Add("No reviewed text is on file, and this site does not allow unreviewed ones (Education:AllowUnreviewed).");
        if (why.Count > 0) return new HandoutResult.Refused(why.ToImmutable());

        var when = plan is null ? [HandoutWhen.Adult, HandoutWhen.NoSedation] : Applies(plan);
        return new HandoutResult.Ready(new Handout
        {
            Text = text!,
            Personal = plan is null ? [] : [.. Personal(plan, text!)],
            Tests = plan is null ? [] : [.. plan.Tests.Select(t => Test(t, text!))],
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
            var drug = hold.Finding.Subject;
            yield return hold.LastDoseAt is { } at
                ? text.Say("lastDoseAt", ("drug", drug), ("date", text.Date(DateOnly.FromDateTime(at.DateTime))), ("time", text.Time(TimeOnly.FromDateTime(at.DateTime))))
                : text.Say("lastDose", ("drug", drug), ("date", text.Date(hold.LastDoseDate!.Value)));
            if (hold.LastDoseAt is null) yield return text.Say("noDoses", ("drug", drug), ("date", text.Date(hold.LastDoseDate!.Value.AddDays(1))));
            yield return hold.ResumeDate is { } resume ? text.Say("restart", ("drug", drug), ("date", text.Date(resume))) : text.Say("restartAsk", ("drug", drug));
        }
        foreach (var kept in plan.Continued) yield return text.Say("keepTaking", ("drug", kept.Finding.Subject));
        foreach (var question in plan.Questions.Select(q => q.Finding).Where(f => f.Rule is "T-HIGH" or "S-STENT" or "X-DUP").SelectMany(f => f.Subject.Split('+')).Distinct())
            yield return text.Say("askFirst", ("drug", question));
        if (NothingToStop(plan)) yield return text.Say("nothingToStop");
        yield return text.Say("otherMedicines");
        yield return text.Say(biopsy.Sedation == "none" ? "eatNormally" : "fasting");
        if (biopsy.Sedation != "none") yield return text.Say("ride");
    }

    /// <summary>Said only when every medicine was judged and none of them is one to hold, to continue on purpose or to ask about.</summary>
    private static bool NothingToStop(SignedPlan plan) =>
        !Applies(plan).Contains(HandoutWhen.BloodThinner) && !plan.Questions.Any() && !plan.Readiness.Medications.IsEmpty
        && !plan.Readiness.NotJudged.Any(n => n.Hides == MightHide.Antithrombotic)
        && !plan.Readiness.Findings.Any(f => f.Rule is "R-CONFIRM" or "X-DUP");

    private static string Test(PlanItem item, HandoutText text) =>
        item.Finding.TestDueDate is { } due
            ? text.Say("testDue", ("test", item.Finding.Subject), ("date", text.Date(due)))
            : text.Say("test", ("test", item.Finding.Subject));
}

/// <summary>All texts by language.</summary>
public sealed record HandoutTexts(ImmutableSortedDictionary<string, HandoutText> ByLanguage)
{
    /// <summary>The text to use and, where the wanted one is not to be had, the line that says so.</summary>
    public (HandoutText? Text, string? Interpreter) Choose(string language, bool allowUnreviewed)
    {
        bool Usable(HandoutText t) => t.Reviewed || allowUnreviewed;
        if (ByLanguage.TryGetValue(language, out var wanted) && Usable(wanted)) return (wanted, null);
        if (!ByLanguage.TryGetValue("en", out var english) || !Usable(english)) return (null, null);
        return (english, language == "en" ? null : (wanted ?? english).Words["interpreter"]);
    }

    /// <summary>Reads every education/*.json; all faults at once.</summary>
    public static HandoutTexts Read(KnowledgeFiles files, Faults faults, IReadOnlyCollection<string> citations)
    {
        var texts = ImmutableSortedDictionary.CreateBuilder<string, HandoutText>(StringComparer.Ordinal);
        foreach (var (name, bytes) in files.ByName.Where(f => f.Key.StartsWith("education/", StringComparison.Ordinal) && f.Key.EndsWith(".json", StringComparison.Ordinal)))
        {
            if (PolicySet.ParseBytes(name, bytes, faults) is not { } json) continue;
            var text = HandoutText.Read(new PolicySection(json, name, faults, citations));
            foreach (var key in text.Sections.SelectMany(s => s.Citations).Distinct())
                if (!citations.Contains(key)) faults.Add(name, $"'{key}' is not in citations.json");
            if (!texts.TryAdd(text.Language, text)) faults.Add(name, $"the language '{text.Language}' stands twice");
        }
        if (!texts.ContainsKey("en")) faults.Add("education", "the English text is missing");
        foreach (var text in texts.Values.Where(t => t.Language != "en"))
            foreach (var missing in texts.GetValueOrDefault("en")?.Sections.Select(s => s.Id).Except(text.Sections.Select(s => s.Id)) ?? [])
                faults.Add($"education/{text.Language}.json", $"the section '{missing}' is missing");
        return new(texts.ToImmutable());
    }
}
