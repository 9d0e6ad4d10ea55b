using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One reason why stopping a medicine is risky.</summary>
/// <param name="Until">End of the window that the reason lasts, when it has one.</param>
public sealed record RiskReason(ThrombosisRow Row, string Say, ImmutableArray<Fact> Because, DateOnly? Until = null);

/// <summary>Thromboembolic risk of stopping one medicine (evidence 2.6, 7.1 rule 6).</summary>
public sealed record ThrombosisRisk(ImmutableArray<RiskReason> High, ImmutableArray<RiskReason> Moderate)
{
    public static readonly ThrombosisRisk None = new([], []);

    public bool IsHigh => High.Length > 0;

    public static ThrombosisRisk Of(Situation situation, Medicine medicine)
    {
        if (!medicine.Systemic || medicine.AnalgesicAspirin) return None;
        return situation.Policy.Medicines.FamilyOf(medicine) switch
        {
            MedicineFamily.Anticoagulant => new([.. Valves(situation), .. Fibrillation(situation), .. Stroke(situation), .. Clots(situation), .. Others(situation)],
                [.. ModerateClots(situation), .. UndatedStroke(situation), .. LoneAorticValve(situation)]),
            MedicineFamily.P2y12 or MedicineFamily.IvAntiplatelet => new([.. Stroke(situation)], [.. UndatedStroke(situation)]),
            MedicineFamily.Aspirin => new([.. Stroke(situation)], []),
            _ => None,
        };
    }

    private static IEnumerable<RiskReason> Valves(Situation s)
    {
        var (rows, history) = (s.Policy.Thrombosis, s.History);
        foreach (var valve in history.Of("mechanical-valve"))
        {
            if (valve.Detail("position") is "mitral" or "tricuspid") yield return Because(rows["high/valve-mitral"], valve);
            if (valve.Detail("type") is "caged-ball" or "tilting-disc") yield return Because(rows["high/valve-old-type"], valve);
            if (rows["high/valve-recent"] is var recent && valve.Source is ProblemSource.Procedure && valve.Within(recent.Months, s.D0).CountsAsInside()) yield return Because(recent, valve);
        }
        if (DescribedValve(history) is not { } valves) yield break;
        if (valves is { Mechanical: false, Position: "mitral" or "tricuspid" }) yield return Because(rows["high/valve-mitral"], valves.Entries[0]);
        else if (valves.Position is null || valves is { Position: "aortic", Type: null }) yield return Because(rows["high/valve-unknown"], valves.Entries[0]);
        if (valves.Position == "aortic" && AorticFactors(s) is { Count: > 0 } factors)
            yield return new(rows["high/valve-risk-factors"], rows["high/valve-risk-factors"].Say(("factors", string.Join(", ", factors.Select(f => f.Name)))), [valves.Entries[0].Fact, .. factors.Select(f => f.Fact)]);
    }

    private sealed record ValveEntries(bool Mechanical, string? Position, string? Type, ImmutableArray<Problem> Entries);

    /// <summary>
    /// Several entries may tell of one valve (procedure, device, status code): what each says counts together, as long as they agree.
    /// "Prosthetic valve" alone counts only when no entry says which kind.
    /// </summary>
    private static ValveEntries? DescribedValve(PatientHistory history)
    {
        var mechanical = history.Of("mechanical-valve").ToImmutableArray();
        var entries = mechanical.Length > 0 || history.Of("tissue-valve").Any() ? mechanical : [.. history.Of("prosthetic-valve")];
        return entries.IsEmpty ? null : new(mechanical.Length > 0, Agreed(entries, "position"), Agreed(entries, "type"), entries);
    }

    private static string? Agreed(ImmutableArray<Problem> entries, string detail)
    {
        var said = entries.Select(e => e.Detail(detail)).OfType<string>().Distinct().ToList();
        return said.Count == 1 ? said[0] : null;
    }

    private static List<(string Name, Fact Fact)> AorticFactors(Situation s)
    {
        var factors = new List<(string, Fact)>();
        foreach (var (kind, name) in ((string, string)[])[("atrial-fibrillation", "atrial fibrillation"), ("stroke-tia", "stroke or TIA"), ("heart-failure", "heart failure"), ("hypertension", "hypertension"), ("diabetes", "diabetes")])
            if (s.History.Of(kind).FirstOrDefault() is { } problem) factors.Add((name, problem.Fact));
        if (s.AgeYears >= s.Policy.Thrombosis["high/valve-risk-factors"]["age"]) factors.Add(($"age {s.AgeYears}", new(s.Snapshot.Chart.Person.Reference, $"age {s.AgeYears}")));
        return factors;
    }

    private static IEnumerable<RiskReason> LoneAorticValve(Situation s)
    {
        if (DescribedValve(s.History) is { Mechanical: true, Position: "aortic", Type: "bileaflet" } valve)
            yield return Because(s.Policy.Thrombosis["moderate/valve-aortic"], valve.Entries[0]);
    }

    private static IEnumerable<RiskReason> Fibrillation(Situation s)
    {
        var (row, history) = (s.Policy.Thrombosis["high/af-score"], s.History);
        if (history.Of("atrial-fibrillation").FirstOrDefault() is { } fibrillation)
        {
            var score = Cha2ds2Vasc.Of(history, s.Snapshot.Chart.Person, s.AgeYears);
            if (score.Score >= row["atLeast"])
                yield return new(row, row.Say(("score", $"CHA2DS2-VASc {score.Score}{(score.Recorded == score.Score ? " (recorded)" : " (at least, from age, sex and conditions)")}")), [fibrillation.Fact, .. score.Because]);
            else if (Cha2ds2Vasc.Newest(history, "chads2") is { Fact.Value: { } chads2 } recorded && chads2 >= row["chads2AtLeast"])
                yield return new(row, row.Say(("score", $"CHADS2 {chads2.Plain()} (recorded)")), [fibrillation.Fact, recorded.Fact]);
        }
        if (history.Of("rheumatic-mitral").FirstOrDefault() is { } rheumatic) yield return Because(s.Policy.Thrombosis["high/rheumatic-mitral"], rheumatic);
    }

    private static IEnumerable<RiskReason> Stroke(Situation s)
    {
        var row = s.Policy.Thrombosis["high/stroke"];
        if (Latest(s.History.Of("stroke-tia").Where(p => p.Within(row.Months, s.D0).CountsAsInside())) is { } stroke) yield return Event(row, stroke);
    }

    private static IEnumerable<RiskReason> UndatedStroke(Situation s)
    {
        if (Undated(s, "stroke-tia", s.Policy.Thrombosis["high/stroke"].Months) is { } stroke) yield return Because(s.Policy.Thrombosis["moderate/stroke-undated"], stroke);
    }

    private static IEnumerable<RiskReason> Clots(Situation s)
    {
        var row = s.Policy.Thrombosis["high/vte"];
        if (Latest(s.History.Of("vte").Where(p => p.Within(row.Months, s.D0).CountsAsInside())) is not { } clot) yield break;
        var reason = Event(row, clot);
        yield return clot.Within(row["firstMonths"], s.D0).CountsAsInside() ? reason with { Say = $"{reason.Say} {row.Say("sayFirst")}" } : reason;
    }

    private static IEnumerable<RiskReason> ModerateClots(Situation s)
    {
        var (rows, history) = (s.Policy.Thrombosis, s.History);
        if (Undated(s, "vte", rows["high/vte"].Months) is { } undated) yield return Because(rows["moderate/vte-undated"], undated);
        if (Latest(history.Of("vte")) is { } clot && Cancer(history) is { } cancer)
            yield return new(rows["moderate/vte-cancer"], rows["moderate/vte-cancer"].Say(("event", clot.Fact.Text)), [clot.Fact, cancer.Fact]);
        if (history.Of("thrombophilia").FirstOrDefault() is { } thrombophilia) yield return Because(rows["moderate/thrombophilia"], thrombophilia);
    }

    private static Problem? Cancer(PatientHistory history) =>
        history.OfAny("active-cancer", "leukaemia-acute", "leukaemia", "lymphoma", "myeloma").FirstOrDefault(p => p.Active && p.Source == ProblemSource.Condition);

    private static IEnumerable<RiskReason> Others(Situation s)
    {
        foreach (var kind in (string[])["severe-thrombophilia", "antiphospholipid", "heart-thrombus", "lvad"])
            if (s.History.Of(kind).FirstOrDefault(p => p.Active) is { } problem) yield return Because(s.Policy.Thrombosis[$"high/{kind}"], problem);
    }

    /// <summary>An event that stands on record only without a date: an entry with one, however old, explains the others.</summary>
    private static Problem? Undated(Situation s, string kind, int months)
    {
        var all = s.History.Of(kind).ToList();
        return all.Count > 0 && all.All(p => p.Within(months, s.D0) == Timing.Unknown) ? all[0] : null;
    }

    private static Problem? Latest(IEnumerable<Problem> problems) => problems.OrderByDescending(p => (p.Date ?? p.Recorded)?.Last ?? DateOnly.MinValue).FirstOrDefault();

    private static RiskReason Event(ThrombosisRow row, Problem problem)
    {
        var until = problem.Until(row.Months);
        return new(row, row.Say(("event", problem.Fact.Text), ("until", until?.InFull() ?? "a date that is not known")), [problem.Fact], until);
    }

    private static RiskReason Because(ThrombosisRow row, Problem problem) => new(row, row.Say(), [problem.Fact]);
}
