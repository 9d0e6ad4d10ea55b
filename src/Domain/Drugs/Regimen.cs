using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What a policy row does with a medicine.</summary>
public enum Instruction { Hold, Continue, Note, Nothing }

/// <summary>One clearance band of a regimen: N drug-free days, or hours before the start.</summary>
/// <param name="Specialist">The dates are provisional and a specialist is asked.</param>
/// <param name="ResumeDays">Calendar days after D0; null with <paramref name="ResumeHours"/>, or when the specialist decides.</param>
/// <param name="Say">Printed when this band applies.</param>
public sealed record RegimenBand(ClearanceBand Clearance, int? Days, decimal? Hours, bool Specialist, int? ResumeDays, decimal? ResumeHours, string? ResumeSay, string? Say);

/// <summary>What one preset does with one medicine (or with one dose class of it).</summary>
/// <param name="Bands">From the highest clearance down; empty unless <see cref="Instruction.Hold"/>.</param>
/// <param name="Range">What other sources or the label's range say: "3-5".</param>
/// <param name="Say">Printed with every finding from this regimen.</param>
/// <param name="Severity">In place of the family's.</param>
/// <param name="AskSpecialist">For a note: ask before the biopsy.</param>
public sealed record Regimen(Instruction Do, ImmutableArray<RegimenBand> Bands, string? Range, ImmutableArray<string> Say, Severity? Severity, bool AskSpecialist, bool PrimaryPreventionOnly)
{
    /// <summary>True when the hold changes with clearance: a clearance is needed.</summary>
    public bool DependsOnClearance => Bands.Length > 1;

    public RegimenBand BandFor(decimal clearance) => Bands.First(b => b.Clearance.Contains(clearance));

    /// <summary>Where a hold changes: values of clearance at which the next band says something else.</summary>
    public IEnumerable<decimal> Edges => Bands.Zip(Bands.Skip(1))
        .Where(pair => (pair.First.Days, pair.First.Hours, pair.First.Specialist) != (pair.Second.Days, pair.Second.Hours, pair.Second.Specialist))
        .Select(pair => pair.Second.Clearance.High);

    public static Regimen Read(PolicySection section)
    {
        var instruction = section.Has("do") ? section.Choice<Instruction>("do") : Instruction.Hold;
        ImmutableArray<RegimenBand> bands = instruction == Instruction.Hold ? [.. ReadBands(section)] : [];
        if (instruction == Instruction.Hold && !section.Has("resume")) section.Faults.Add($"{section.Path}/resume", "is missing");
        return new(instruction, bands, section.OptionalText("range"), section.Texts("say"), section.Has("severity") ? section.Choice<Severity>("severity") : null,
            instruction == Instruction.Note && section.Texts("specialist").Length > 0, section.Flag("primaryPreventionOnly"));
    }

    private static List<RegimenBand> ReadBands(PolicySection section)
    {
        var (days, hours) = (section.OptionalSection("days"), section.OptionalSection("hours"));
        if (days is null == hours is null) section.Faults.Add(section.Path, "either days or hours are expected");
        var table = days ?? hours;
        if (table is null) return [];
        var bands = new List<RegimenBand>();
        var (specialist, says, resumes) = (section.Texts("specialist"), section.OptionalSection("bandSay"), section.OptionalSection("resumeByBand"));
        foreach (var written in table.Names)
        {
            if (ClearanceBand.Read(written) is not { } clearance)
            {
                table.Faults.Add($"{table.Path}/{written}", "is no clearance band");
                continue;
            }
            var length = table.Number(written);
            if (length < 0) table.Faults.Add($"{table.Path}/{written}", "is negative");
            if (days is not null && decimal.Truncate(length) != length) table.Faults.Add($"{table.Path}/{written}", "a whole number of days is expected");
            var own = resumes?.OptionalText(written);
            var (resumeDays, resumeHours) = Resume(section, own ?? section.OptionalText("resume") ?? "specialist");
            bands.Add(new(clearance, days is null ? null : (int)length, hours is null ? null : length, specialist.Contains(written), resumeDays, resumeHours,
                own is null ? section.OptionalText("resumeSay") : null, says?.OptionalText(written)));
        }
        foreach (var fault in ClearanceBand.Faults(bands.Select(b => b.Clearance))) table.Faults.Add(table.Path, fault);
        foreach (var stray in specialist.Concat(says?.Names ?? []).Concat(resumes?.Names ?? []).Except(table.Names))
            section.Faults.Add(section.Path, $"'{stray}' is none of its bands");
        return [.. bands.OrderByDescending(b => b.Clearance.High)];
    }

    /// <summary>"D+1" days after D0, "24 h" hours after the start, or "specialist".</summary>
    private static (int? Days, decimal? Hours) Resume(PolicySection section, string text)
    {
        if (text == "specialist") return (null, null);
        if (text.StartsWith("D+", StringComparison.Ordinal) && int.TryParse(text[2..], out var days) && days >= 0) return (days, null);
        if (text.EndsWith(" h", StringComparison.Ordinal) && decimal.TryParse(text[..^2], out var hours) && hours > 0) return (null, hours);
        section.Faults.Add($"{section.Path}/resume", $"'{text}' is neither D+days, hours (\"24 h\") nor specialist");
        return (null, null);
    }
}
