using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One outcome of a check: what it says and how serious it is. <c>{what}</c> in the detail stands for the facts.</summary>
public sealed record CheckRow(string Rule, Severity Severity, FindingAction Action, string Subject, string Title, string Detail, ImmutableArray<string> Citations)
{
    public Finding Say(string what, params IEnumerable<Fact> because) => new()
    {
        Rule = Rule,
        Severity = Severity,
        Subject = Subject,
        Action = Action,
        Title = Title,
        Detail = Detail.Replace("{what}", what, StringComparison.Ordinal),
        Because = [.. because],
        Citations = Citations,
    };
}

/// <summary>Other pre-procedure checks (checks.json, evidence section 4). Rows are keyed "rule" or "rule/outcome".</summary>
/// <param name="PositiveHcg">In m[IU]/mL.</param>
/// <param name="AncBelow">In 10*3/uL.</param>
/// <param name="FeverFrom">In Cel.</param>
public sealed record CheckPolicy(ImmutableDictionary<string, CheckRow> Rows, int PregnancyAskFromAge, int PregnancyAskToAge, int PregnancyTestDays,
    decimal PositiveHcg,
    int TibiaBelowMonths, decimal BmiFrom, decimal AncBelow, decimal FeverFrom, int FeverDays)
{
    public CheckRow this[string key] => Rows[key];

    /// <summary>Every outcome that the rules can speak; a file without one is refused at start.</summary>
    private static readonly ImmutableArray<string> Needed =
    [
        "A-LOCAL/anaphylaxis", "A-LOCAL/other", "A-SKIN/chlorhexidine", "A-SKIN/povidone-iodine", "A-SKIN/both", "A-SKIN/iodine", "A-LATEX",
        "A-SED/sedative", "A-SED/adhesive", "G-SED", "G-SED/no-escort", "G-NPO", "G-RESP", "G-RESP/several", "G-GLP1", "G-DM", "G-PREG", "G-PREG/ask",
        "G-INF/infection", "G-INF/radiation", "G-HW", "G-SITE/child-sternum", "G-SITE/fragile-sternum", "G-SITE/sternum", "G-SITE/sternum-age-unknown",
        "G-SITE/tibia", "G-PEDS", "G-BLEEDHX", "G-BMI", "G-CALL", "G-DIAL", "G-IMM", "G-CHEMO", "G-CONSENT",
    ];

    public static CheckPolicy Read(PolicySection section)
    {
        var rows = ImmutableDictionary.CreateBuilder<string, CheckRow>();
        foreach (var (key, row) in section.Rows())
        {
            if (!Needed.Contains(key)) section.Faults.Add(row.Path, "no such check");
            rows[key] = new(key.Split('/')[0], row.Choice<Severity>("severity"), row.Choice<FindingAction>("action"), row.Text("subject"),
                row.Text("title"), row.Text("detail"), row.Cites());
        }
        foreach (var key in Needed)
            if (!rows.ContainsKey(key)) section.Faults.Add(section.Path, $"the row '{key}' is missing");

        PolicySection Row(string key) => section.OptionalSection(key) ?? section;
        return new(rows.ToImmutable(),
            Row("G-PREG/ask").Whole("fromAge"), Row("G-PREG/ask").Whole("toAge"), Row("G-PREG/ask").Whole("testDays"), Row("G-PREG/ask").Number("positiveHcg"),
            Row("G-SITE/tibia").Whole("belowMonths"), Row("G-BMI").Number("fromBmi"), Row("G-IMM").Number("belowAnc"), Row("G-IMM").Number("fromTemperature"), Row("G-IMM").Whole("feverDays"));
    }
}
