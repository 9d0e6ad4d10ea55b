using BiopsyFhir.Domain;
using static BiopsyFhir.Fhir.Tests.Reading.Charts;

namespace BiopsyFhir.Fhir.Tests.Reading;

public class HistoryTests
{
    [Fact]
    public void A_condition_keeps_its_statuses_dates_and_words()
    {
        var condition = Assert.Single(Of("""
            {"resourceType":"Condition","id":"1","clinicalStatus":{"coding":[{"code":"Resolved"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},"code":{"text":"DVT"},
             "onsetDateTime":"2024","abatementDateTime":"2024-06","recordedDate":"2024-07-01","bodySite":[{"text":"left leg"}],"note":[{"text":"after surgery"}]}
            """).Conditions);
        Assert.Equal(("resolved", "confirmed"), (condition.ClinicalStatus, condition.VerificationStatus));
        Assert.Equal((PartialDate.Year(2024), PartialDate.Month(2024, 6), PartialDate.Day(new(2024, 7, 1))), (condition.Onset, condition.Abated, condition.Recorded));
        Assert.Equal(("left leg", "after surgery"), (condition.BodySites[0].Words, condition.Notes[0]));
    }

    [Fact]
    public void Older_shapes_of_a_condition_are_read()
    {
        var condition = Assert.Single(Of("""{"resourceType":"Condition","id":"1","clinicalStatus":"active","verificationStatus":"confirmed","code":{"text":"AF"},"assertedDate":"2020-01-01"}""").Conditions);
        Assert.Equal(("active", "confirmed", new DateOnly(2020, 1, 1)), (condition.ClinicalStatus, condition.VerificationStatus, condition.Recorded!.Value.First));
        Assert.Equal("resolved", Assert.Single(Of("""{"resourceType":"Condition","id":"1","code":{"text":"AF"},"abatementBoolean":true}""").Conditions).ClinicalStatus);
    }

    [Fact]
    public void An_age_counts_from_the_birth_date()
    {
        var condition = Assert.Single(Of("""{"resourceType":"Condition","id":"1","code":{"text":"stroke"},"onsetAge":{"value":70,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}}""").Conditions);
        Assert.Equal((new DateOnly(2024, 1, 12), new DateOnly(2025, 1, 11)), (condition.Onset!.Value.First, condition.Onset.Value.Last));
    }

    [Fact]
    public void A_date_in_words_is_kept_as_words()
    {
        var condition = Assert.Single(Of("""{"resourceType":"Condition","id":"1","code":{"text":"stroke"},"onsetString":"last winter"}""").Conditions);
        Assert.Null(condition.Onset);
        Assert.Equal("onset: last winter", Assert.Single(condition.Notes));
    }

    [Fact]
    public void An_allergy_names_substance_reaction_and_severity()
    {
        var allergy = Assert.Single(Of("""
            {"resourceType":"AllergyIntolerance","id":"1","clinicalStatus":{"coding":[{"code":"active"}]},"type":"allergy","criticality":"high","code":{"text":"lidocaine"},
             "reaction":[{"manifestation":[{"text":"anaphylaxis"}],"severity":"severe","description":"in 2019"}]}
            """).Allergies);
        Assert.Equal(("lidocaine", "active", "allergy", "high", "anaphylaxis", "severe", "in 2019"),
            (allergy.Code.Words, allergy.ClinicalStatus, allergy.Type, allergy.Criticality, allergy.Reactions[0].Words, allergy.Severities[0], allergy.Notes[0]));
    }

    [Fact]
    public void A_period_of_a_procedure_counts_by_its_end()
    {
        var chart = Of("""{"resourceType":"Procedure","id":"1","status":"completed","code":{"text":"drug-eluting stent"},"performedPeriod":{"start":"2025-09-01","end":"2025-09-02"}}""",
            """{"resourceType":"Procedure","id":"2","notDone":true,"status":"completed","code":{"text":"valve replacement"}}""");
        Assert.Equal(PartialDate.Day(new(2025, 9, 2)), chart.Procedures[0].Performed);
        Assert.Equal("not-done", chart.Procedures[1].Status);
    }

    [Fact]
    public void A_device_of_the_patient_is_an_implant_and_one_of_nobody_is_not()
    {
        var chart = Of("""{"resourceType":"Device","id":"1","patient":{"reference":"Patient/p"},"type":{"coding":[{"code":"x"}]},"deviceName":[{"name":"On-X mitral valve"}]}""",
            """{"resourceType":"Device","id":"2","type":{"text":"glucose meter"}}""");
        var device = Assert.Single(chart.Procedures);
        Assert.Equal((true, "On-X mitral valve"), (device.IsDevice, device.Code.Words));
    }

    [Fact]
    public void An_order_keeps_when_where_and_why()
    {
        var order = Of("""
            {"resourceType":"ServiceRequest","id":"1","status":"active","intent":"order","code":{"text":"Bone marrow biopsy"},"occurrencePeriod":{"start":"2026-03-18","end":"2026-03-20"},
             "orderDetail":[{"text":"with aspirate"}],"bodySite":[{"text":"sternum"}],"reasonCode":[{"text":"anaemia"}],"reasonReference":[{"reference":"Observation/2"}]}
            """, """{"resourceType":"Observation","id":"2","status":"final","code":{"text":"M-protein"}}""").Orders[0];
        Assert.Equal(("2026-03-18", "sternum", "with aspirate"), (order.Occurs.ToString(), order.BodySites[0].Words, order.Details[0].Words));
        Assert.Equal(["anaemia", "M-protein"], order.Reasons.Select(r => r.Words));
    }

    [Fact]
    public void An_appointment_knows_its_order()
    {
        var appointment = Assert.Single(Of("""
            {"resourceType":"Appointment","id":"1","status":"booked","start":"2026-03-18T13:00:00Z","description":"Marrow biopsy","basedOn":[{"reference":"ServiceRequest/9"}],
             "participant":[{"actor":{"reference":"Practitioner/1"}},{"actor":{"reference":"Patient/p"}}]}
            """).Appointments);
        Assert.Equal(("ServiceRequest/9", "Marrow biopsy", DateTimeOffset.Parse("2026-03-18T09:00:00-04:00")), (appointment.Orders[0], appointment.About[0].Words, appointment.Start!.Value.At));
    }
}
