using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Review;

/// <summary>A group of findings on the page, in the order in which a clinician deals with them.</summary>
public enum Group { DecideNow, Hold, Tests, Other }

/// <summary>The words of the review page: verdict, groups, marks.</summary>
public static class ReviewWords
{
    public static Group GroupOf(Finding f) => f switch
    {
        { Action: FindingAction.AskSpecialist } or { Severity: Severity.Critical } or { Rule: "LATE" or "WASHOUT" } => Group.DecideNow,
        { Action: FindingAction.Hold } => Group.Hold,
        { Action: FindingAction.OrderTest or FindingAction.RepeatTest } => Group.Tests,
        _ => Group.Other,
    };

    public static string Heading(Group group) => group switch
    {
        Group.DecideNow => "Decide now",
        Group.Hold => "Hold",
        Group.Tests => "Tests",
        _ => "Also",
    };

    public static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Ready => "READY",
        Verdict.AskSpecialist => "ASK FIRST",
        Verdict.CannotJudge => "CANNOT JUDGE",
        _ => "NOT READY",
    };

    /// <summary>"Not ready: 1 decision, 2 holds, 3 tests" – counts of what is to be done, never a bare adjective.</summary>
    public static string Sentence(Readiness readiness)
    {
        int Count(Group g) => readiness.Findings.Count(f => GroupOf(f) == g && f.Severity >= (g == Group.Hold ? Severity.Low : Severity.Moderate));
        var open = readiness.NotJudged.Count(n => n.Hides is MightHide.Antithrombotic or MightHide.SafetyLab);
        var parts = new List<string>();
        void Add(int n, string one, string many)
        {
            if (n > 0) parts.Add($"{n} {(n == 1 ? one : many)}");
        }
        Add(Count(Group.DecideNow), "decision", "decisions");
        Add(Count(Group.Hold), "hold", "holds");
        Add(Count(Group.Tests), "test missing or stale", "tests missing or stale");
        Add(Count(Group.Other), "other point", "other points");
        Add(open, "entry that could not be judged", "entries that could not be judged");
        return readiness.Verdict switch
        {
            Verdict.CannotJudge => "Nothing can be said about readiness",
            Verdict.Ready when parts.Count == 0 => "Nothing stands against this biopsy in what was seen",
            _ => parts.Count == 0 ? "Look at what could not be judged" : string.Join(", ", parts),
        };
    }

    /// <summary>A UCUM unit as a clinician writes it: 10*3/uL is ×10³/µL. One that is not known stays as it is.</summary>
    public static string Unit(string? ucum) => (ucum ?? "")
        .Replace("10*3/", "×10³/", StringComparison.Ordinal).Replace("10*6/", "×10⁶/", StringComparison.Ordinal).Replace("10*9/", "×10⁹/", StringComparison.Ordinal).Replace("10*12/", "×10¹²/", StringComparison.Ordinal)
        .Replace("[IU]", "IU", StringComparison.Ordinal).Replace("{1.73_m2}", "1.73 m²", StringComparison.Ordinal)
        .Replace("uL", "µL", StringComparison.Ordinal).Replace("ug", "µg", StringComparison.Ordinal).Replace("umol", "µmol", StringComparison.Ordinal);

    public static string Site(string key) => key.Replace('-', ' ');

    public static string SeverityWord(Severity severity) => severity switch
    {
        Severity.Critical => "CRITICAL",
        Severity.High => "HIGH",
        Severity.Moderate => "MODERATE",
        Severity.Low => "LOW",
        _ => "INFO",
    };

    public static string TagWords(Verification v) => v switch
    {
        Verification.V => "seen in the source",
        Verification.V2 => "seen in a copy",
        Verification.V2w => "weak copy: confirm before release",
        Verification.U => "unverified: confirm before release",
        _ => "our default, no guideline number",
    };
}
