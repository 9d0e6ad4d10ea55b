namespace BiopsyFhir.Domain;

/// <summary>What every lab finding adds to its statement: level of a preliminary value, comparators, notes.</summary>
internal static class Say
{
    /// <summary>One level lower than a final value would be (evidence 3.9).</summary>
    public static Finding AsPreliminary(this Finding finding) => finding with { Severity = finding.Severity - 1, State = ResultState.Preliminary };

    /// <summary>Sentences after the rule's own: preliminary, reported as an interval, interference and treatment.</summary>
    public static string More(LabValue value, LabPolicy policy, bool conclusive = true) =>
        (value.Preliminary ? policy.Preliminary : "")
        + (conclusive ? "" : " " + policy.OpenInterval.Replace("{value}", value.Say(), StringComparison.Ordinal))
        + value.NotesAsSentences();

    /// <summary>"LOINC 2276-4, 20567-4": the first codes that were looked for; names are always looked for too.</summary>
    public static string Codes(LabCatalogue labs, string analyte) =>
        labs[analyte].LookedFor is { IsEmpty: false } codes ? "LOINC " + string.Join(", ", codes.Take(3)) : "its name";
}
