namespace BiopsyFhir.Domain.Tests;

/// <summary>What is recognised of a shared concept is kept for the next chart; that may change nothing but time.</summary>
public class SharedConceptTests
{
    private static Concept Of(bool shared, string system, string code, string? display = null) => new([new Code(system, code, display)], null) { Shared = shared };

    private static Snapshot Snapshot(bool shared)
    {
        var product = Of(shared, "http://www.nlm.nih.gov/research/umls/rxnorm", "1364430");
        var zinc = Of(shared, "http://www.nlm.nih.gov/research/umls/rxnorm", "0", "zinc sulfate 220 MG Oral Capsule");
        var hemoglobin = Of(shared, "http://loinc.org", "718-7", "Hemoglobin");
        var score = Of(shared, "http://example.org", "score", "CHA2DS2-VASc score");
        return Patients.Snapshot(Patients.Chart() with
        {
            Medications =
            [
                new() { Reference = "MedicationRequest/1", Source = MedicationSource.Request, Product = product, Status = "active", Intent = "order" },
                new() { Reference = "MedicationRequest/2", Source = MedicationSource.Request, Product = zinc, Status = "active", Intent = "order" },
            ],
            Conditions = [new() { Reference = "Condition/1", Code = Of(shared, "http://hl7.org/fhir/sid/icd-10-cm", "I48.91", "Unspecified atrial fibrillation"), ClinicalStatus = "active" }],
            Results =
            [
                new() { Reference = "Observation/1", Source = ResultSource.Observation, Code = hemoglobin, Status = "final", Effective = PartialDate.Day(new(2026, 3, 10)), Value = new ResultValue.Quantity(9.1m, null, "g/dL", "g/dL", null) },
                new() { Reference = "Observation/2", Source = ResultSource.Observation, Code = score, Status = "final", Effective = PartialDate.Day(new(2026, 3, 10)), Value = new ResultValue.Quantity(4, null, null, null, null) },
            ],
            Procedures = [new() { Reference = "Procedure/1", Code = Of(shared, "http://example.org", "t", "Transfusion of packed red blood cells"), Status = "completed", Performed = PartialDate.Day(new(2026, 3, 9)) }],
        });
    }

    private static string Told(Readiness readiness) => string.Join('\n', readiness.Findings.Select(f => $"{f.Rule} {f.Subject} {f.Severity} {f.Title} {f.Detail} {string.Join('|', f.Because)}")
        .Concat(readiness.NotJudged.Select(n => n.ToString())).Concat(readiness.Labs.Select(l => $"{l.Analyte} {l.State} {string.Join('|', l.Notes)}")).Concat(readiness.Medications.Select(m => m.ToString())));

    [Fact]
    public void Every_preset_says_the_same_of_shared_concepts_at_the_first_and_the_second_time()
    {
        foreach (var policy in Knowledge.Policies.ById.Values)
        {
            var expected = Told(Assess.Run(Snapshot(shared: false), policy));
            Assert.Contains("apixaban", expected, StringComparison.Ordinal);
            var shared = Snapshot(shared: true);
            Assert.Equal(expected, Told(Assess.Run(shared, policy)));
            Assert.Equal(expected, Told(Assess.Run(shared, policy)));
        }
    }

    [Fact]
    public void Knowledge_that_was_read_anew_recognises_anew()
    {
        var shared = Snapshot(shared: true);
        Assert.Contains("apixaban", Told(Assess.Run(shared, Knowledge.P1)), StringComparison.Ordinal);
        var other = Knowledge.Text("rxnorm.tsv").Replace("1364430\tIN\tapixaban\t", "1364430\tIN\tdabigatran\t", StringComparison.Ordinal);
        var read = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(Knowledge.With("rxnorm.tsv", other)));
        Assert.Contains("dabigatran", Told(Assess.Run(shared, read.Policies.ById["P1"])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_of_a_situation_with_other_members_answers_anew()
    {
        var situation = Assess.Situation(Snapshot(shared: false), Knowledge.P1);
        Assert.NotEmpty(HoldRules.Findings(situation));
        Assert.Empty(HoldRules.Findings(situation with { Holds = [] }));
    }
}
