using System.Text;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Patients;
using BiopsyFhir.Sandbox.Store;

namespace BiopsyFhir.Sandbox.Tests;

public sealed class SeedTests
{
    private static StoreState Planted(DateTimeOffset now)
    {
        var clock = new TestClock(now);
        var store = new ResourceStore(clock);
        new SeedPatients(clock).Plant(store);
        return store.Now;
    }

    private static IEnumerable<StoredResource> Everything(StoreState state) => ResourceTypes.All.Keys.SelectMany(state.All);

    private static string? Text(StoreState state, string reference, string path) =>
        SearchParameter.At(state.Existing(new(reference.Split('/')[0], reference.Split('/')[1]))!.Body, path).Select(v => v.GetString()).FirstOrDefault();

    [Fact]
    public void Ten_patients_stand_ready_each_with_one_marrow_order_in_the_coming_days()
    {
        var state = Planted(DemoEhr.Noon);
        var patients = state.All("Patient").ToList();
        Assert.Equal(10, patients.Count);
        foreach (var patient in patients)
        {
            var order = Assert.Single(state.All("ServiceRequest"), r => SearchParameter.At(r.Body, "subject.reference").Single().GetString() == $"Patient/{patient.Key.Id}");
            var when = DateOnly.Parse(order.Body.Text("occurrenceDateTime")![..10]);
            Assert.InRange(when.DayNumber - new DateOnly(2026, 3, 11).DayNumber, 1, 14);
            Assert.Contains("marrow", SearchParameter.At(order.Body, "code.text").Single().GetString()!, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Nobody_would_take_the_patients_for_real_people() =>
        Assert.All(Planted(DemoEhr.Noon).All("Patient"), p => Assert.Equal("Zztest", SearchParameter.At(p.Body, "name.family").Single().GetString()));

    [Fact]
    public void Dates_move_with_the_clock_and_no_template_is_left()
    {
        var first = Planted(DemoEhr.Noon);
        var later = Planted(DemoEhr.Noon.AddDays(400));
        Assert.Equal("2026-03-20T08:00:00+00:00", Text(first, "ServiceRequest/sbx-01-order-1", "occurrenceDateTime"));
        Assert.Equal("2027-04-24T08:00:00+00:00", Text(later, "ServiceRequest/sbx-01-order-1", "occurrenceDateTime"));
        Assert.Equal("2025-10-11", Text(first, "Procedure/sbx-03-proc-1", "performedDateTime"));
        Assert.DoesNotContain(Everything(first).Concat(Everything(later)), r => Encoding.UTF8.GetString(r.Json).Contains("{{", StringComparison.Ordinal));
    }

    [Fact]
    public void The_child_is_six_on_the_day_also_around_leap_days_and_new_year()
    {
        foreach (var day in new[] { new DateTimeOffset(2028, 2, 29, 23, 59, 0, TimeSpan.Zero), new DateTimeOffset(2026, 12, 31, 0, 1, 0, TimeSpan.Zero) })
        {
            var born = DateOnly.Parse(Text(Planted(day), "Patient/sbx-10", "birthDate")!);
            var onTheDay = DateOnly.FromDateTime(day.UtcDateTime).AddDays(9);
            Assert.True(born.AddYears(6) <= onTheDay && born.AddYears(7) > onTheDay);
        }
    }

    [Fact]
    public void No_result_lies_in_the_future_at_any_hour_of_the_day()
    {
        var midnight = new DateTimeOffset(2026, 3, 11, 0, 0, 1, TimeSpan.Zero);
        Assert.All(Planted(midnight).All("Observation"), o => Assert.True(DateRange.Parse(o.Body.Text("effectiveDateTime"))!.Value.Low < midnight));
    }

    [Fact]
    public void Every_resource_has_its_required_members_and_every_reference_leads_somewhere()
    {
        var state = Planted(DemoEhr.Noon);
        Assert.True(Everything(state).Count() > 300);
        foreach (var resource in Everything(state))
        {
            CheckResource.Shape(ResourceTypes.Named(resource.Key.Type), FhirJson.Read(resource.Json));
            CheckResource.References(state, resource, "http://localhost/sandbox/fhir");
        }
    }

    [Fact]
    public void The_first_patient_has_more_observations_than_two_pages_hold() =>
        Assert.True(Planted(DemoEhr.Noon).All("Observation").Count(o => o.Key.Id.StartsWith("sbx-01", StringComparison.Ordinal)) > 2 * new SandboxOptions().DefaultPageSize);

    [Fact]
    public void Medications_come_contained_referenced_coded_as_text_and_by_display_only()
    {
        var state = Planted(DemoEhr.Noon);
        Assert.Equal("#med", Text(state, "MedicationRequest/sbx-01-med-1", "medicationReference.reference"));
        Assert.Equal("Medication/sbx-02-drug-1", Text(state, "MedicationRequest/sbx-02-med-1", "medicationReference.reference"));
        Assert.Equal("309362", Text(state, "MedicationRequest/sbx-03-med-1", "medicationCodeableConcept.coding.code"));
        Assert.Null(Text(state, "MedicationStatement/sbx-03-stmt-1", "medicationReference.reference"));
        Assert.Equal("aspirin 81 mg chewable tablet", Text(state, "MedicationStatement/sbx-03-stmt-1", "medicationReference.display"));
        Assert.Equal("blood thinner per cardiology", Text(state, "MedicationStatement/sbx-09-stmt-1", "medicationCodeableConcept.text"));
    }

    [Fact]
    public void The_clean_patient_has_every_core_test_inside_its_window()
    {
        // LOINC and window in days before the biopsy: the core set for an anaemia work-up; platelets at most 7 days.
        (string Loinc, int Days)[] core = [("718-7", 30), ("777-3", 7), ("751-8", 30), ("17849-1", 30), ("5909-7", 30), ("2276-4", 90), ("2498-4", 90), ("2500-7", 90),
            ("2132-9", 180), ("2284-8", 180), ("2160-0", 30), ("1742-6", 90), ("2532-0", 30), ("1988-5", 30), ("3016-3", 365)];
        var state = Planted(DemoEhr.Noon);
        var biopsy = DateOnly.Parse(Text(state, "ServiceRequest/sbx-08-order-1", "occurrenceDateTime")![..10]);
        var results = state.All("Observation").Where(o => o.Key.Id.StartsWith("sbx-08", StringComparison.Ordinal)).ToList();
        foreach (var (loinc, days) in core)
            Assert.Contains(results, r => r.Body.Text("status") == "final" && SearchParameter.At(r.Body, "code.coding.code").Any(c => c.GetString() == loinc)
                && biopsy.DayNumber - DateOnly.Parse(r.Body.Text("effectiveDateTime")![..10]).DayNumber <= days);
    }

    [Fact]
    public void The_sandbox_knows_neither_the_rules_nor_the_service() =>
        Assert.DoesNotContain(typeof(SandboxEhr).Assembly.GetReferencedAssemblies(), a => a.Name is "BiopsyFhir.Domain" or "BiopsyFhir.Fhir" or "BiopsyFhir.Api");

    [Fact]
    public void A_slip_in_a_template_stops_the_start() =>
        Assert.Throws<FormatException>(() => FillDates.Filled("{{tomorrow}}", new DateOnly(2026, 1, 1)));

    [Theory]
    [InlineData("{{today}}", "2026-03-31")]
    [InlineData("{{today-1m}}", "2026-02-28")]
    [InlineData("{{today+7T08:00}}", "2026-04-07T08:00:00+00:00")]
    [InlineData("from {{today-1y}} on", "from 2025-03-31 on")]
    [InlineData("nothing to fill", null)]
    public void Relative_dates_are_filled(string template, string? expected) => Assert.Equal(expected, FillDates.Filled(template, new DateOnly(2026, 3, 31)));

    [Fact]
    public void Numbers_keep_their_digits_and_unknown_members_stay()
    {
        var store = new ResourceStore(new TestClock(DemoEhr.Noon));
        const string sent = """{"resourceType":"Observation","valueQuantity":{"value":9.00,"code":"ng/mL"},"big":1e+2,"futureMember":{"é":"ß"}}""";
        var stored = store.Write(d => d.Put(new("Observation", "a"), FhirJson.Read(Encoding.UTF8.GetBytes(sent))));
        var written = Encoding.UTF8.GetString(stored.Json);
        Assert.Contains("9.00", written, StringComparison.Ordinal);
        Assert.Contains("1e+2", written, StringComparison.Ordinal);
        Assert.Contains("""{"é":"ß"}""", written, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => FhirJson.Read("""{"a":1,"a":2}"""u8));
    }
}
