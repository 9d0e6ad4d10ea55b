using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>"Ready" can be reached, and whatever might hide a blood thinner or a safety lab takes it away.</summary>
public class ReadyTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    private const string Younger = """{"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1974-01-12"}}""";
    private const string Staging = """{"resource":{"resourceType":"ServiceRequest","id":"o","status":"active","intent":"order","code":{"text":"Bone marrow biopsy"},"occurrenceDateTime":"2026-03-18","reasonCode":[{"text":"Lymphoma staging"}]}}""";
    private const string Metformin = """{"resource":{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"text":"metformin 500 mg"}}}""";

    private static string Lab(string loinc, string text, decimal value, string unit) => $$"""
        {"resource":{"resourceType":"Observation","id":"{{loinc}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"{{loinc}}"}],"text":"{{text}}"},
         "effectiveDateTime":"2026-03-13T08:00:00Z","valueQuantity":{"value":{{value}},"unit":"{{unit}}","system":"http://unitsofmeasure.org","code":"{{unit}}"} } }
        """;

    private static readonly string[] s_wellPrepared =
    [
        Younger, Staging, Metformin, Lab("777-3", "Platelets", 220, "10*3/uL"), Lab("718-7", "Hemoglobin", 13.9m, "g/dL"), Lab("6690-2", "WBC", 6.1m, "10*3/uL"),
        Lab("2160-0", "Creatinine", 0.8m, "mg/dL"), Lab("6301-6", "INR", 1.0m, "{INR}"),
    ];

    [Fact]
    public async Task A_patient_with_nothing_amiss_is_ready() => Assert.Equal("ready", await ReadinessAsync());

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationThing\"}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationRequest\",\"id\":\"x\",\"status\":\"active\",\"medicationReference\":{\"reference\":\"Medication/gone\"}}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationRequest\",\"id\":\"x\",\"status\":\"active\",\"modifierExtension\":[{\"url\":\"x\"}],\"medicationCodeableConcept\":{\"text\":\"apixaban\"}}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"diagnostics\":\"timed out\"}]}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"link\":[{\"relation\":\"next\",\"url\":\"x\"}]}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationRequest\",\"id\":\"x\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"apixaban 5 mg\"}}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"MedicationRequest\",\"id\":\"x\",\"status\":\"active\",\"subject\":{\"reference\":\"Patient/other\"},\"medicationCodeableConcept\":{\"text\":\"apixaban 5 mg\"}}}")] // a slip in the reference, perhaps
    public async Task What_might_hide_a_blood_thinner_takes_it_away(string entry) => Assert.NotEqual("ready", await ReadinessAsync(entry));

    [Theory]
    [InlineData("{\"resource\":{\"resourceType\":\"Claim\"}}")]
    [InlineData("{\"resource\":{\"resourceType\":\"Procedure\",\"id\":\"x\",\"status\":\"completed\",\"subject\":{\"reference\":\"Patient/other\"},\"code\":{\"text\":\"Appendectomy\"}}}")]
    public async Task What_is_not_the_patients_does_not(string entry) => Assert.Equal("ready", await ReadinessAsync(entry));

    [Fact]
    public async Task Without_any_medication_entry_nobody_is_ready()
    {
        var answer = await host.AssessAsync(Bundle([.. s_wellPrepared.Where(e => e != Metformin)]), "?asOf=2026-03-14");
        Assert.Equal("action-needed", answer.GetProperty("readiness").GetString());
    }

    private async Task<string?> ReadinessAsync(params string[] more) =>
        (await host.AssessAsync(Bundle([.. s_wellPrepared, .. more]), "?asOf=2026-03-14")).GetProperty("readiness").GetString();
}
