using FsCheck;
using FsCheck.Fluent;

namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>Properties that hold for whatever a server sends.</summary>
public class AnyInputTests
{
    private static readonly string[] Codes = [.. Lab.Catalogue.ByLoinc.Keys.Order(StringComparer.Ordinal)];
    private static readonly string?[] Units =
        [null, "", " ", "g/dL", "g/L", "mmol/L", "umol/L", "10*3/uL", "10⁹/L", "/uL", "10*4/uL", "%", "1", "mg/dL", "µg/L", "pg/mL", "{INR}", "s", "kg", "[lb_av]", "{", "}{", "10*3/uL{", "xyz", "0"];
    private static readonly string?[] Statuses = ["final", "amended", "corrected", "preliminary", "registered", "entered-in-error", "cancelled", "unknown", null, "odd"];
    private static readonly string?[] Dates = [null, "2026-03-17", "2026-03-11", "2026-03-11T07:30:00-04:00", "2026-03-10", "2026-03", "2025", "2030-01-01", "1900-01-01"];
    private static readonly string?[] Texts = [null, "", "No blasts", "30 % blasts", "see comment", "....;;", "0", "Platelets", "Ferritin"];

    private static Gen<T> One<T>(T[] values) => Gen.Elements(values);

    private static readonly Gen<ResultRecord> Records =
        from code in One(Codes)
        from unit in One(Units)
        from status in One(Statuses)
        from date in One(Dates)
        from text in One(Texts)
        from comparator in One<string?>([null, null, null, "<", "<=", ">", ">=", "ad"])
        from amount in Gen.OneOf(Gen.Choose(-5, 2000).Select(i => (decimal)i), Gen.Choose(0, 20000).Select(i => i / 1000m), One([decimal.MaxValue, decimal.MinValue, 0m]))
        from kind in Gen.Choose(0, 5)
        from low in One<decimal?>([null, 0, 12, 150])
        select Lab.Result(code, amount, unit, date, status, comparator) with
        {
            Code = kind == 5 ? new Concept([], text) : new Concept([new Code("http://loinc.org", code)], text),
            Value = kind switch
            {
                1 => new ResultValue.Words(text ?? ""),
                2 => new ResultValue.Coded(new Concept([], text)),
                3 => new ResultValue.None(text ?? ""),
                _ => new ResultValue.Quantity(amount, comparator, unit, unit, Lab.Ucum),
            },
            Source = kind == 4 ? ResultSource.DiagnosticReport : ResultSource.Observation,
            Ranges = low is null ? [] : [new ReferenceRange(low, low + 30, null, unit, null)],
            Notes = text is null ? [] : [text],
        };

    [Fact]
    public void Nothing_throws_and_no_finding_lacks_facts_or_citations() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Records.ListOf(30).ToArbitrary(), records =>
    {
        foreach (var indication in (string[])["unexplained-anaemia", "unexplained-cytopenia"])
        {
            var readiness = Assess.Run(Patients.Snapshot(indication: indication).With([.. records]), Knowledge.P1);
            Assert.All(readiness.Findings, f =>
            {
                Assert.NotEmpty(f.Because);
                Assert.NotEmpty(f.Citations);
                Assert.NotEmpty(f.Subject);
            });
            Assert.Equal(readiness.Labs.Select(l => l.Analyte).Distinct().Count(), readiness.Labs.Length);
        }
    }));

    [Fact]
    public void No_entry_of_ours_is_dropped() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Records.ToArbitrary(), record =>
    {
        var lab = RecogniseLab.From(record, Lab.Catalogue);
        var sheet = Lab.Read(record);
        var seen = sheet.Values.Count + sheet.NotFinal.Count + sheet.Unreadable.Length;
        var ignored = record.Status is "entered-in-error" or "cancelled" or "unknown" || lab is null || lab.Value.Analytes[0].Kind == AnalyteKind.Panel;
        Assert.True(ignored || seen == 1, $"{record}");
    }));

    [Fact]
    public void The_order_of_the_entries_does_not_matter() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Records.ListOf(12).ToArbitrary(), records =>
    {
        static string Said(IEnumerable<ResultRecord> results) =>
            string.Join('\n', Assess.Run(Patients.Snapshot(indication: "unexplained-anaemia").With([.. results]), Knowledge.P1).Findings.Where(f => f.Rule != "D-QUAL").Select(f => $"{f.Severity} {f.Rule} {f.Subject} {f.State} {f.Detail}"));
        Assert.Equal(Said(records), Said(Enumerable.Reverse(records)));
    }));

    [Fact]
    public void Shifting_every_date_by_28_years_shifts_the_answer_by_28_years()
    {
        static IEnumerable<(string, Severity, string, ResultState?, int?)> At(int years)
        {
            string Day(string date) => $"{DateOnly.Parse(date).AddYears(years):yyyy-MM-dd}";
            var snapshot = Patients.Snapshot(indication: "unexplained-anaemia", d0: Day("2026-03-18"), asOf: Day("2026-03-10"), birth: Day("1959-06-01")).With(
                Lab.Result("718-7", 9, "g/dL", Day("2026-03-10")), Lab.Result("777-3", 40, "10*3/uL", Day("2026-03-10")), Lab.Result("2276-4", 9, "ng/mL", Day("2025-12-17")), Lab.Result("2132-9", 150, "pg/mL", Day("2025-12-17")));
            var d0 = DateOnly.Parse(Day("2026-03-18"));
            return Assess.Run(snapshot, Knowledge.P1).Findings.Select(f => (f.Rule, f.Severity, f.Subject, f.State, f.TestDueDate is { } due ? due.DayNumber - d0.DayNumber : (int?)null));
        }
        Assert.Equal(At(0), At(28));
    }
}
