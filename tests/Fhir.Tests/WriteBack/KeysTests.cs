using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

public sealed class KeysTests
{
    private static DraftKeys Of(DraftKind kind = DraftKind.CarePlan, string issuer = "https://ehr.example/fhir", string patient = "Patient/1", string order = "ServiceRequest/2", string content = "a", string? part = null) =>
        Keys.For(kind, issuer, patient, order, System.Text.Encoding.UTF8.GetBytes(content), part);

    [Fact]
    public void The_keys_never_change_between_releases()
    {
        // Worked out once by another program. A changed value here would write every plan of every site a second time.
        Assert.Equal("urn:biopsyfhir:careplan|cb04db4ec9b0cdb54a8069bccc86a28f50c50bb7cdfde93d5862bb1e74b318e0", Of().CreationToken);
        Assert.Equal("urn:biopsyfhir:careplan-series|94f7653b09cac4deacdb22144ec60b6ef2a9b5f29ce008dcfcf11fecc3733ca8", Of().SeriesToken);
        Assert.Equal("1200aa90ac1e00ab676d9bbca57160b9ef911222a4dac41965b045f4201e3775", Keys.ForCompanion(DraftKind.Provenance, Of()));
    }

    [Fact]
    public void Content_changes_the_creation_key_and_not_the_series()
    {
        Assert.NotEqual(Of().Creation, Of(content: "b").Creation);
        Assert.Equal(Of().Series, Of(content: "b").Series);
    }

    [Fact]
    public void Issuer_patient_order_kind_and_part_each_change_both()
    {
        DraftKeys[] all = [Of(), Of(DraftKind.NoteDocument), Of(issuer: "https://other.example/fhir"), Of(patient: "Patient/2"), Of(order: "2026-03-18"), Of(part: "es")];
        Assert.Equal(all.Length, all.Select(k => k.Creation).Distinct().Count());
        Assert.Equal(all.Length, all.Select(k => k.Series).Distinct().Count());
    }

    [Fact]
    public void Parts_do_not_run_into_each_other()
    {
        Assert.NotEqual(Of(patient: "Patient/1", order: "2x").Series, Of(patient: "Patient/12", order: "x").Series);
        Assert.NotEqual(Of(order: "ab", content: "c").Creation, Of(order: "a", content: "bc").Creation);
    }

    [Fact]
    public void A_slash_at_the_end_of_the_issuer_makes_no_second_plan() => Assert.Equal(Of(), Of(issuer: "https://ehr.example/fhir/"));

    [Theory]
    [InlineData("1", "ServiceRequest/2")]
    [InlineData("Patient/", "ServiceRequest/2")]
    [InlineData("Patient/1", "")]
    public void Parts_that_say_nothing_are_refused(string patient, string order) => Assert.Throws<ArgumentException>(() => Of(patient: patient, order: order));

    [Fact]
    public void Every_kind_has_its_own_system()
    {
        var systems = Enum.GetValues<DraftKind>().Select(k => Of(k).CreationSystem).ToList();
        Assert.Equal(systems.Count, systems.Distinct().Count());
        Assert.Contains("urn:biopsyfhir:provenance", systems);
        Assert.All(systems, s => Assert.Matches("^urn:biopsyfhir:[a-z-]+$", s));
    }
}
