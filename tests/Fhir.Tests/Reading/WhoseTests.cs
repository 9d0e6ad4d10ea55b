using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using static BiopsyFhir.Fhir.Tests.Reading.Charts;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>Whose entries are used (evidence 7.1 rule 10), and what is said of the others.</summary>
public class WhoseTests
{
    private static string Warfarin(string subject) => $$"""{"resourceType":"MedicationRequest","id":"1","status":"active","medicationCodeableConcept":{"text":"warfarin"}{{subject}}}""";

    [Theory]
    [InlineData("")]
    [InlineData(",\"subject\":{\"reference\":\"Patient/p\"}")]
    [InlineData(",\"subject\":{\"reference\":\"Patient/p/_history/2\"}")]
    [InlineData(",\"subject\":{\"reference\":\"https://ehr.example.org/Patient/p\"}")]
    [InlineData(",\"subject\":{\"display\":\"Mrs P\"}")]
    [InlineData(",\"subject\":{\"reference\":\"#me\"},\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"me\"}]")]
    public void An_entry_of_the_patient_or_of_nobody_is_used(string subject) => Assert.Single(Of(Warfarin(subject)).Medications);

    [Theory]
    [InlineData(",\"subject\":{\"reference\":\"Patient/other\"}")]
    [InlineData(",\"subject\":{\"reference\":\"urn:uuid:0b2b7a1c-5f0e-4a55-9df2-1c6a4c2f9a11\"}")]
    [InlineData(",\"subject\":{\"reference\":\"#me\"},\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"me\",\"birthDate\":\"1999-09-09\"}]")]
    [InlineData(",\"subject\":{\"reference\":\"Group/g\"}")]
    public void An_entry_of_another_is_not_used_and_said(string subject)
    {
        var chart = Of(Warfarin(subject));
        Assert.Empty(chart.Medications);
        Assert.Equal("MedicationRequest/1", Assert.Single(chart.Unread).What);
        Assert.Equal(0, chart.Sources.Single(s => s.Kind == RecordKind.Medication).Count);
    }

    [Fact]
    public void An_identifier_decides_when_it_is_of_the_same_kind()
    {
        const string Me = """{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:mrn","value":"77"}]}""";
        Assert.Single(Ok(Read(Me, Warfarin(",\"subject\":{\"identifier\":{\"system\":\"urn:mrn\",\"value\":\"77\"}}"))).Medications);
        Assert.Empty(Ok(Read(Me, Warfarin(",\"subject\":{\"identifier\":{\"system\":\"urn:mrn\",\"value\":\"78\"}}"))).Medications);
        Assert.Single(Ok(Read(Me, Warfarin(",\"subject\":{\"identifier\":{\"system\":\"urn:ssn\",\"value\":\"78\"}}"))).Medications);
    }

    [Fact]
    public void The_same_id_on_another_server_is_another_patient_unless_all_comes_from_one()
    {
        var bundle = $$"""{"resourceType":"Bundle","entry":[{"fullUrl":"https://a.example.org/Patient/p","resource":{{Patient}} },{"resource":{{Warfarin(",\"subject\":{\"reference\":\"https://b.example.org/Patient/p\"}")}} }]}""";
        Assert.Empty(Ok(Bundle(bundle)).Medications);
        Assert.Single(Ok(Bundle(bundle, patient: "Patient/p")).Medications);
    }

    [Fact]
    public void No_patient_and_several_patients_are_refused_with_their_places()
    {
        Assert.Equal("There is no Patient.", Assert.Single(Refused(Read(Warfarin("")))).What);
        Assert.Equal(["#/entry/0/resource", "#/entry/1/resource"], Refused(Read(Patient, Patient.Replace("\"p\"", "\"q\"", StringComparison.Ordinal))).Select(f => f.Where));
    }

    [Fact]
    public void The_same_patient_sent_twice_is_one() => Assert.Equal("Patient/p", Ok(Read(Patient, Patient)).Person.Reference);

    [Fact]
    public void A_patient_other_than_the_one_in_context_refuses_everything()
    {
        var bundle = $$"""{"resourceType":"Bundle","entry":[{"resource":{{Patient}} }]}""";
        Assert.Equal("This Patient is not the one in context.", Assert.Single(Refused(Bundle(bundle, patient: "Patient/q"))).What);
        Assert.Equal("Patient/p", Ok(Bundle(bundle, patient: "https://ehr.example.org/Patient/p")).Person.Reference);
    }

    [Fact]
    public void A_patient_read_and_included_again_is_one_in_context()
    {
        var chart = Ok(Bundle($$"""
            {"resourceType":"Bundle","entry":[{"resource":{{Patient}} },{"fullUrl":"https://ehr.example.org/Patient/p","resource":{{Patient.Replace("female", "male", StringComparison.Ordinal)}} },
            {"fullUrl":"https://ehr.example.org/MedicationRequest/1","resource":{{Warfarin(",\"subject\":{\"reference\":\"Patient/p\"}")}} }]}
            """, patient: "Patient/p"));
        Assert.Single(chart.Medications);
    }

    [Fact]
    public void An_appointment_of_another_patient_is_not_used() =>
        Assert.Empty(Of("""{"resourceType":"Appointment","id":"1","status":"booked","participant":[{"actor":{"reference":"Patient/other"}}]}""").Appointments);

    [Theory]
    [InlineData("\"gender\":\"male\"", Sex.Male)]
    [InlineData("\"gender\":\"other\"", Sex.Other)]
    [InlineData("\"gender\":\"nonsense\"", Sex.Unknown)]
    [InlineData("\"id\":\"x\"", Sex.Unknown)]
    [InlineData("\"gender\":\"male\",\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse\",\"extension\":[{\"url\":\"value\",\"valueCodeableConcept\":{\"coding\":[{\"code\":\"female-typical\"}]}}]}]", Sex.Female)]
    [InlineData("\"gender\":\"male\",\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse\",\"extension\":[{\"url\":\"value\",\"valueCodeableConcept\":{\"coding\":[{\"code\":\"specified\"}]}}]}]", Sex.Other)]
    public void The_parameter_for_clinical_use_goes_before_gender(string members, Sex sex) =>
        Assert.Equal(sex, Ok(Read($$"""{"resourceType":"Patient",{{members}}}""")).Person.Sex);

    [Theory]
    [InlineData("\"deceasedBoolean\":true", true)]
    [InlineData("\"deceasedDateTime\":\"2025-01-01\"", true)]
    [InlineData("\"deceasedDateTime\":\"spring\"", true)]
    [InlineData("\"deceasedBoolean\":false", false)]
    [InlineData("\"id\":\"x\"", false)]
    public void Death_is_seen(string members, bool deceased) => Assert.Equal(deceased, Ok(Read($$"""{"resourceType":"Patient",{{members}}}""")).Person.Deceased);

    [Fact]
    public void A_birth_date_that_is_absent_with_a_reason_is_no_fault()
    {
        var chart = Ok(Read("""{"resourceType":"Patient","id":"p","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}"""));
        Assert.Null(chart.Person.BirthDate);
        Assert.Empty(chart.Unread);
    }

    private static IReadOnlyList<ReadFault> Refused(ChartRead read) => Assert.IsType<ChartRead.Refused>(read).Faults;
}
