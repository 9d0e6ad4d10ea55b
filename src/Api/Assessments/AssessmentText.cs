using System.Globalization;
using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary>An assessment as a page to read in a terminal.</summary>
public static class AssessmentText
{
    private const int Width = 100;

    public static string Of(Readiness readiness)
    {
        var page = new Page();
        var (biopsy, person, policy) = (readiness.Snapshot.Biopsy, readiness.Snapshot.Chart.Person, readiness.Policy);
        page.Line($"{Wire.Name(readiness.Verdict).ToUpperInvariant()}  for a marrow biopsy on {Day(biopsy.Date)}, {biopsy.At:HH:mm}{(biopsy.TimeAssumed ? " (time assumed)" : "")}");
        page.Line($"{person.Reference}, {readiness.AgeYears?.ToString(CultureInfo.InvariantCulture) ?? "age not known"}, {Wire.Name(person.Sex)}. Indication: {biopsy.Indication}. Site: {biopsy.Site}.");
        page.Line($"As of {Day(readiness.Snapshot.AsOf.Last)}. Policy {policy.Id} {policy.Version} ({policy.Name}).");

        page.Heading("Findings", readiness.Findings.Length);
        foreach (var finding in readiness.Findings)
        {
            page.Line($"{Wire.Name(finding.Severity).ToUpperInvariant()}  {finding.Title}  [{finding.Rule}, {Wire.Name(finding.Action)}]");
            page.Indented(finding.Detail);
            foreach (var date in Dates(finding)) page.Indented(date);
            foreach (var fact in finding.Because)
                page.Indented($"- {fact.Text}{Value(fact.Value, fact.Unit)}{(fact.Date is { } d ? $", {Wire.Day(d)}" : "")}{(fact.Reference is { } r ? $" ({r})" : "")}");
            page.Indented($"Source: {string.Join("; ", finding.Citations.Select(key => policy.Citations.GetValueOrDefault(key) is { } c ? $"{c.Text} [{c.Verification}]" : key))}");
        }

        page.Heading("Medicines seen", readiness.Medications.Length);
        foreach (var row in readiness.Medications)
            page.Line($"{(row.InUse ? "in use    " : "not in use")}  {row.Text}{(row.Ingredient is { } i ? $" = {i}" : "")} ({row.Reference})");

        page.Heading("Results", readiness.Labs.Length);
        foreach (var row in readiness.Labs)
            page.Line($"{row.Analyte,-24} {Wire.Name(row.State),-12}{row.Comparator}{Value(row.Value, row.Unit)}{(row.Date is { } d ? $", {Wire.Day(d)} ({row.AgeDays} d before the biopsy)" : "")}");
        if (readiness.Clearance.MlPerMin is { } ml) page.Line($"Creatinine clearance {Math.Round(ml, 2).ToString(CultureInfo.InvariantCulture)} mL/min ({readiness.Clearance.Method})");
        else page.Line($"Creatinine clearance not known: {readiness.Clearance.WhyUnknown}");

        page.Heading("Could not be judged", readiness.NotJudged.Length);
        foreach (var row in readiness.NotJudged) page.Line($"{row.What}: {row.Why}");
        return page.ToString();
    }

    private static IEnumerable<string> Dates(Finding finding)
    {
        var provisional = finding.Provisional ? " (provisional: not an instruction)" : "";
        if (finding.LastDoseAt is { } at) yield return $"Last dose no later than {Day(DateOnly.FromDateTime(at.DateTime))}, {at:HH:mm}{provisional}";
        else if (finding.LastDoseDate is { } last) yield return $"Last dose {Day(last)}{provisional}";
        if (finding.EarliestProcedureDate is { } earliest) yield return $"Earliest biopsy {Day(earliest)}{provisional}";
        if (finding.ResumeDate is { } resume) yield return $"Resume no earlier than {Day(resume)}{provisional}";
        if (finding.TestDueDate is { } due) yield return $"Test due {Day(due)}";
    }

    private static string Value(decimal? value, string? unit) =>
        value is { } v ? $" {Wire.Plain(v).ToString(CultureInfo.InvariantCulture)}{(unit is null ? "" : $" {unit}")}" : "";

    private static string Day(DateOnly day) => day.ToString("ddd yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed class Page
    {
        private readonly StringBuilder _text = new();

        public void Heading(string words, int count) => _text.AppendLine().AppendLine(count == 0 ? $"{words}: none" : $"{words} ({count.ToString(CultureInfo.InvariantCulture)})");

        public void Line(string words) => Wrap("  ", "      ", words);

        public void Indented(string words) => Wrap("      ", "      ", words);

        /// <summary>Text of the input may hold anything: control characters must not reach a terminal.</summary>
        private void Wrap(string first, string next, string words)
        {
            var line = new StringBuilder(first);
            foreach (var word in string.Concat(words.Select(c => char.IsControl(c) ? ' ' : c)).Split(' '))
            {
                if (line.Length + word.Length > Width && line.ToString().Trim().Length > 0)
                {
                    _text.AppendLine(line.ToString().TrimEnd());
                    line.Clear().Append(next);
                }
                line.Append(word).Append(' ');
            }
            _text.AppendLine(line.ToString().TrimEnd());
        }

        public override string ToString() => _text.ToString();
    }
}
