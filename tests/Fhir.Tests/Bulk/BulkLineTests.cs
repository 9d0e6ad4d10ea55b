using System.Text;
using BiopsyFhir.Fhir.Bulk;

namespace BiopsyFhir.Fhir.Tests.Bulk;

public class BulkLineTests
{
    [Theory]
    [InlineData("""{"resourceType":"Patient","id":"7"}""", "Patient", "7")]
    [InlineData("""{"id":"o","subject":{"display":"x","reference":"Patient/7"},"resourceType":"Observation"}""", "Observation", "7")]
    [InlineData("""{"resourceType":"AllergyIntolerance","patient":{"reference":"https://ehr.example.org/fhir/Patient/7/_history/2"}}""", "AllergyIntolerance", "7")]
    [InlineData("""{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/1"}},{"status":"x","actor":{"reference":"Patient/7"}},null,{"actor":{"reference":"Patient/8"}}]}""", "Appointment", "7,8")]
    [InlineData("""{"resourceType":"Observation","subject":{"reference":"Group/7"}}""", "Observation", "")]
    [InlineData("""{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"c"}],"subject":{"reference":"#c"}}""", "Observation", "")]
    [InlineData("""{"resourceType":"Observation","extension":[{"subject":{"reference":"Patient/9"}}],"subject":{"reference":"Patient/7"}}""", "Observation", "7")]
    [InlineData("""{"resourceType":"Observation","subject":"Patient/7"}""", "Observation", "")]
    [InlineData("""{"resourceType":"Observation","subject":[{"reference":"Patient/7"}]}""", "Observation", "")]
    public void The_patient_is_found_wherever_it_stands_and_nobody_elses(string json, string type, string patients)
    {
        var line = BulkLine.Of(Encoding.UTF8.GetBytes(json));
        Assert.Equal(type, line.Type);
        Assert.Equal(patients, string.Join(',', line.Patients));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"resourceType":"Observation","subject":{"reference":"Patient/7" """)]
    [InlineData("""{"resourceType":5}""")]
    public void What_is_no_resource_has_no_type(string json) => Assert.Null(BulkLine.Of(Encoding.UTF8.GetBytes(json)).Type);

    [Fact]
    public void The_Medication_behind_an_entry_is_named() =>
        Assert.Equal(["m1"], BulkLine.Of("""{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/m1"},"subject":{"reference":"Patient/7"}}"""u8).Medications);
}
