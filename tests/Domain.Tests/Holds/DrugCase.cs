using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Holds;

/// <summary>A patient with hand-made medicines, for the drug rules: biopsy on Wednesday 18 March 2026 at 08:00 in New York, asked on 11 March.</summary>
internal sealed record DrugCase
{
    public string D0 { get; init; } = "2026-03-18";
    public string AsOf { get; init; } = "2026-03-11";

    /// <summary>As-of as an instant, for example 2026-03-17T09:00-04:00.</summary>
    public string? AsOfAt { get; init; }

    /// <summary>Start with offset; 08:00 on D0 otherwise.</summary>
    public string? Start { get; init; }
    public string Zone { get; init; } = "America/New_York";
    public string Birth { get; init; } = "1966-06-01";
    public Sex Sex { get; init; } = Sex.Male;
    public string Preset { get; init; } = "P1";
    public decimal? CrCl { get; init; } = 90m;
    public Clearance? Clearance { get; init; }
    public string Site { get; init; } = "posterior-iliac-crest";
    public bool AspirateOnly { get; init; }
    public ImmutableArray<Medicine> Medicines { get; init; } = [];
    public ImmutableArray<ConditionRecord> Conditions { get; init; } = [];
    public ImmutableArray<ProcedureRecord> Procedures { get; init; } = [];
    public ImmutableArray<ResultRecord> Results { get; init; } = [];
    public ImmutableArray<LabValue> Labs { get; init; } = [];

    public static Medicine Drug(string ingredient, UseState use = UseState.InUse) => new()
    {
        Ingredient = ingredient,
        Class = Knowledge.P1.Medicines.Rows[ingredient].Class,
        Use = use,
        Systemic = true,
        Summary = $"{ingredient}, active",
        Sources = [new Fact($"MedicationRequest/{ingredient}", $"{ingredient}, active", Date: new DateOnly(2025, 1, 1))],
    };

    public static ConditionRecord Condition(string text, string? onset = null, string? recorded = null, string status = "active", string? verification = "confirmed", params Code[] codes) => new()
    {
        Reference = "Condition/1",
        Code = new Concept([.. codes], text),
        ClinicalStatus = status,
        VerificationStatus = verification,
        Onset = onset is null ? null : Date(onset),
        Recorded = recorded is null ? null : Date(recorded),
    };

    public static ProcedureRecord Procedure(string text, string? on = null, bool device = false, string status = "completed") =>
        new() { Reference = device ? "Device/1" : "Procedure/1", Code = new Concept([], text), Status = status, IsDevice = device, Performed = on is null ? null : Date(on) };

    public static ResultRecord Score(string name, decimal value, string on = "2026-01-01") =>
        new() { Reference = "Observation/score", Source = ResultSource.Observation, Code = new Concept([], name), Status = "final", Effective = Date(on), Value = new ResultValue.Quantity(value, null, null, null, null) };

    public static LabValue Lab(string analyte, decimal amount, string on = "2026-03-11", string unit = "10*3/uL") =>
        new(analyte, amount, unit, null, DateOnly.Parse(on), null, $"Observation/{analyte}", $"{amount} {unit}");

    public static PartialDate Date(string text) => text.Length switch
    {
        4 => PartialDate.Year(int.Parse(text)),
        7 => PartialDate.Month(int.Parse(text[..4]), int.Parse(text[5..])),
        _ => PartialDate.Day(DateOnly.Parse(text)),
    };

    public Situation Situation()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        var policy = Knowledge.Policies.ById[Preset];
        var day = DateOnly.Parse(D0);
        var at = Start is null ? LocalTime.At(day, new TimeOnly(8, 0), zone) : DateTimeOffset.Parse(Start);
        var snapshot = new Snapshot
        {
            Chart = new Chart
            {
                Person = new Person("Patient/1", PartialDate.Day(DateOnly.Parse(Birth)), Sex),
                Conditions = Conditions,
                Procedures = Procedures,
                Results = Results,
            },
            Biopsy = new Biopsy(day, at, Start is null, Site, "other", null, "none", "unknown", "ServiceRequest/1", AspirateOnly),
            AsOf = AsOfAt is null ? PartialDate.Day(DateOnly.Parse(AsOf)) : PartialDate.Instant(DateTimeOffset.Parse(AsOfAt), zone),
            Facility = new Facility(zone, 0, new TimeOnly(8, 0), "555-0100", "555-0101"),
        };
        var history = ReadHistory.From(snapshot, policy);
        var clearance = Clearance ?? new Clearance { MlPerMin = CrCl, WhyUnknown = CrCl is null ? "No creatinine was seen." : null };
        var medicines = new MedicineList(Medicines, [.. Medicines.Select(m => new MedicationRow(m.Sources[0].Reference!, m.Summary, m.Ingredient, m.Class, RecognisedBy.Rxnorm, true, true))], []);
        return new Situation
        {
            Snapshot = snapshot,
            Policy = policy,
            History = history,
            Medicines = medicines,
            Labs = new LabSheet(Labs.GroupBy(l => l.Analyte).ToImmutableSortedDictionary(g => g.Key, g => g.OrderByDescending(l => l.Date).ToImmutableArray(), StringComparer.Ordinal), [], [], []),
            Clearance = clearance,
            Holds = PlanHolds.From(snapshot, policy, medicines, clearance, history),
            Anaemia = new AnaemiaJudgement(false, null, null, null, null, null, "WHO-2024"),
        };
    }

    public HoldPlan Plan() => Assert.Single(Situation().Holds);

    public ImmutableArray<Finding> Findings()
    {
        var situation = Situation();
        return [.. HoldRules.Findings(situation).Concat(UseRules.Findings(situation)).Concat(ThrombosisRules.Findings(situation)).Concat(DuplicateRules.Findings(situation))
            .Concat(ClearanceRules.Findings(situation)).Concat(InrRules.Findings(situation)).Concat(BleedingRules.Findings(situation))];
    }

    public Finding? Find(string rule, string? subject = null) => Findings().SingleOrDefault(f => f.Rule == rule && (subject is null || f.Subject == subject));
}
