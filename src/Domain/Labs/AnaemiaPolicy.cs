using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One row of the WHO table, g/L. Bands are half-open: a haemoglobin equal to the cut-off is not anaemia.</summary>
/// <param name="FromWeek">Completed weeks of gestation; null for rows by age.</param>
public sealed record AnaemiaGroup(string Name, int? FromMonths, int? BelowMonths, Sex? Sex, int? FromWeek, int? BelowWeek,
    decimal Cutoff, decimal ModerateBelow, decimal SevereBelow, ImmutableArray<string> Citations)
{
    public bool IsPregnancy => FromWeek is not null;

    public string Grade(decimal hb) => hb < SevereBelow ? "severe" : hb < ModerateBelow ? "moderate" : hb < Cutoff ? "mild" : "none";
}

/// <summary>Haemoglobin cut-offs and adjustments (anaemia.json, evidence 3.1).</summary>
public sealed record AnaemiaPolicy(string Definition, int WindowDays, ImmutableArray<AnaemiaGroup> Groups, ImmutableArray<(decimal FromMeters, decimal Subtract)> Elevation,
    string Smoking)
{
    public static AnaemiaPolicy Read(PolicySection section)
    {
        var groups = section.Section("groups").Rows().Select(r => new AnaemiaGroup(r.Key, r.Row.OptionalWhole("fromMonths"), r.Row.OptionalWhole("belowMonths"),
            r.Row.Has("sex") ? r.Row.Choice<Sex>("sex") : null, r.Row.OptionalWhole("fromWeek"), r.Row.OptionalWhole("belowWeek"),
            r.Row.Number("cutoff"), r.Row.Number("moderateBelow"), r.Row.Number("severeBelow"), r.Row.Cites())).ToImmutableArray();
        foreach (var g in groups)
        {
            if (g.FromMonths is null == g.FromWeek is null) section.Faults.Add($"{section.Path}/groups/{g.Name}", "exactly one of fromMonths and fromWeek is expected");
            if (!(g.SevereBelow < g.ModerateBelow && g.ModerateBelow <= g.Cutoff)) section.Faults.Add($"{section.Path}/groups/{g.Name}", "severeBelow < moderateBelow <= cutoff is expected");
        }
        var elevation = section.Section("elevation").Rows().Select(r =>
        {
            r.Row.Cites();
            return (r.Row.Number("fromMeters"), r.Row.Number("subtract"));
        }).OrderBy(r => r.Item1).ToImmutableArray();
        return new(section.Text("definition"), section.Whole("windowDays"), groups, elevation, section.Text("smoking"));
    }

    /// <summary>g/L to subtract before classifying; below the first band nothing.</summary>
    public decimal Subtract(decimal elevationMeters)
    {
        var subtract = 0m;
        foreach (var (from, amount) in Elevation)
            if (elevationMeters >= from) subtract = amount;
        return subtract;
    }
}
