using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>
/// Reading a chart live, from a server that we did not write. What matters: nothing that is there may look as if it
/// were not.
/// </summary>
[Collection(AllPeers.Name)]
public sealed class GatherTests(R4Peer r4) : IAsyncLifetime
{
    private FaultProxy? _proxy;

    private FaultProxy Proxy => _proxy!;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await r4.Reset();
        _proxy = await FaultProxy.Start(r4.Origin);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    public static TheoryData<string> PublicPatients() =>
        [.. Directory.EnumerateFiles(SharedData.Path("data/patients"), "*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [TheoryWhen(Needs.Peers | Needs.SharedData)]
    [MemberData(nameof(PublicPatients))]
    public async Task A_published_patient_read_live_has_every_medicine_condition_and_allergy_that_the_posted_bundle_has(string file)
    {
        var json = await File.ReadAllTextAsync(SharedData.Path($"data/patients/{file}"));
        var loaded = await r4.Load(json);
        Assert.NotEmpty(loaded);
        using var document = FhirDocument.Of(json);
        var posted = ReadChart.From(new() { Entries = Bundles.Read(document.RootElement).Entries, Zone = TimeZoneInfo.Utc });
        var expected = Assert.IsType<ChartRead.Ok>(posted).Chart;

        var chart = await Gather(loaded[0], asOf: new(2026, 3, 11));
        Assert.Equal(expected.Medications.Select(m => Id(m.Reference)).Order(), chart.Medications.Select(m => Id(m.Reference)).Order());
        Assert.Equal(expected.Conditions.Select(c => Id(c.Reference)).Order(), chart.Conditions.Select(c => Id(c.Reference)).Order());
        Assert.Equal(expected.Allergies.Select(a => Id(a.Reference)).Order(), chart.Allergies.Select(a => Id(a.Reference)).Order());
    }

    [TheoryWhen(Needs.Peers | Needs.SharedData)]
    [MemberData(nameof(PublicPatients))]
    public async Task A_published_patient_read_live_has_every_laboratory_result_of_the_last_year_that_the_posted_bundle_has(string file)
    {
        var json = await File.ReadAllTextAsync(SharedData.Path($"data/patients/{file}"));
        var patient = Assert.Single(await r4.Load(json));
        using var document = FhirDocument.Of(json);
        var entries = Bundles.Read(document.RootElement).Entries;
        var posted = Assert.IsType<ChartRead.Ok>(ReadChart.From(new() { Entries = entries, Zone = TimeZoneInfo.Utc })).Chart;
        // Searches ask for results by category and date; one without the other is another matter.
        var laboratory = entries.Where(entry => entry.Resource.TryGetProperty("category", out var category) && category.GetRawText().Contains("\"laboratory\"", StringComparison.Ordinal))
            .Select(entry => entry.Resource.Text("id")).ToHashSet();
        var dated = posted.Results.Where(result => result.Effective is not null && laboratory.Contains(Id(result.Reference))).ToList();
        var newest = dated.Max(result => result.Effective?.Last) ?? new DateOnly(2026, 3, 11);
        var wanted = dated.Where(result => result.Effective!.Value.Last >= newest.AddDays(-365)).Select(result => Id(result.Reference));

        var seen = (await Gather(patient, asOf: newest)).Results.Select(result => Id(result.Reference)).ToHashSet();
        Assert.Equal([], wanted.Where(id => !seen.Contains(id)));
    }

    [PeersTheory]
    [InlineData("\"issued\":\"2026-03-01T08:00:00Z\",", "a result with neither date of taking nor category")]
    [InlineData("\"issued\":\"2026-03-01T08:00:00Z\",\"category\":[{\"text\":\"coagulation\"}],", "a result in a category of the laboratory's own")]
    [InlineData("\"effectiveDateTime\":\"2026-03-01\",", "a dated result without category")]
    public async Task A_result_that_was_filed_oddly_is_seen(string odd, string what)
    {
        await r4.Load(TwoPatients);
        await r4.Load($$"""{"resourceType":"Observation","id":"inr","status":"final",{{odd}}"code":{"coding":[{"system":"http://loinc.org","code":"6301-6"}]},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":3.0,"unit":"{INR}"} }""");
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.True(chart.Results.Any(result => result.Reference == "Observation/inr"), what);
    }

    [PeersTheory]
    [InlineData("")]
    [InlineData("\"category\":[{\"text\":\"coagulation\"}],")]
    public async Task A_result_with_neither_a_usual_category_nor_a_LOINC_code_is_seen_or_it_is_said_that_it_was_not_looked_for(string category)
    {
        await r4.Load(TwoPatients);
        await r4.Load($$"""{"resourceType":"Observation","id":"own","status":"final","effectiveDateTime":"2026-03-01",{{category}}"code":{"coding":[{"system":"urn:lab","code":"PLT1"}],"text":"Platelets"},"subject":{"reference":"Patient/p"},"valueQuantity":{"value":30,"unit":"10*3/uL"} }""");
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.Contains(chart.Results, result => result.Reference == "Observation/own");

        Proxy.Add(Fault.Status(400) with { When = request => request.Parameters.Any(p => p.Key == "category:not") });
        chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.DoesNotContain(chart.Results, result => result.Reference == "Observation/own");
        Assert.Contains(chart.Unread, unread => unread.What.StartsWith("Results filed under none of the usual categories", StringComparison.Ordinal) && unread.Why.Contains("HTTP 400", StringComparison.Ordinal) && unread.Hides == MightHide.Other);
        Assert.DoesNotContain(chart.Sources, source => source is { Kind: RecordKind.Result, CouldNotRead: not null });
    }

    [PeersFact]
    public async Task The_chart_takes_two_waves_of_requests()
    {
        await r4.Load(TwoPatients);
        Proxy.Add(Fault.Slow(TimeSpan.FromMilliseconds(200)));
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.Equal("apixaban", Assert.Single(chart.Medications).Product.Text);
        Assert.InRange(Proxy.Waves(), 1, 2);
    }

    [PeersFact]
    public async Task An_EHR_that_brings_no_Medication_along_gives_the_same_medicines()
    {
        await r4.Load(TwoPatients);
        Proxy.Add(Vendor.EpicLike());
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.Equal("apixaban", Assert.Single(chart.Medications).Product.Text);
        Assert.Contains(Proxy.Requests, recorded => recorded.Request is { Type: "Medication", Id: "m" });
        Assert.Contains(chart.Sources, source => source is { Kind: RecordKind.Medication, CouldNotRead: not null });
    }

    [PeersTheory]
    [InlineData("MedicationRequest", RecordKind.Medication)]
    [InlineData("Observation", RecordKind.Result)]
    [InlineData("Condition", RecordKind.Condition)]
    [InlineData("AllergyIntolerance", RecordKind.Allergy)]
    public async Task What_may_not_or_cannot_be_read_is_said(string type, RecordKind kind)
    {
        await r4.Load(TwoPatients);
        foreach (var fault in new[] { Fault.Status(403), Fault.Status(500), Fault.HtmlPage(), Fault.TruncatedJson(), Fault.CutBody(), Fault.Huge() })
        {
            Proxy.Reset();
            Proxy.Add(fault.On(type));
            var chart = await Gather("p", asOf: new(2026, 3, 11));
            var source = Assert.Single(chart.Sources, source => source.Kind == kind);
            Assert.True(source.CouldNotRead?.Contains(type, StringComparison.Ordinal), $"{fault.Name}: {source.CouldNotRead ?? "nothing said"}");
        }
    }

    [PeersFact]
    public async Task A_Medication_that_cannot_be_read_leaves_the_entry_and_says_so()
    {
        await r4.Load(TwoPatients);
        Proxy.Add([.. Vendor.EpicLike(), Fault.Status(404).On("Medication")]);
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        var medication = Assert.Single(chart.Medications);
        Assert.True(medication.CannotInterpret is not null || medication.Product.Text is null or "", $"read as {medication.Product}");
    }

    [PeersFact]
    public async Task Another_patient_in_the_answer_stops_everything()
    {
        await r4.Load(TwoPatients);
        Proxy.Add(Fault.AnotherPatient("""{"resourceType":"Patient","id":"q"}"""));
        var gathered = await GatherChart.FromAsync(Client(), new() { Patient = "Patient/p", Zone = TimeZoneInfo.Utc, AsOf = new(2026, 3, 11) }, CancellationToken.None);
        Assert.IsType<Gathered.Refused>(gathered);
    }

    [PeersFact]
    public async Task Entries_of_others_that_a_server_sends_along_are_left_out_and_said()
    {
        await r4.Load(TwoPatients);
        Proxy.Add(Fault.ParameterIgnored("MedicationRequest", "patient"), Fault.ParameterIgnored("Observation", "patient"));
        var chart = await Gather("p", asOf: new(2026, 3, 11));
        Assert.Equal("apixaban", Assert.Single(chart.Medications).Product.Text);
        Assert.Equal("Observation/op", Assert.Single(chart.Results).Reference);
        Assert.Contains(chart.Unread, unread => unread.What.Contains("MedicationRequest/rq", StringComparison.Ordinal));
    }

    private const string TwoPatients = """
        {"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1950-01-01"}},
          {"resource":{"resourceType":"Patient","id":"q","gender":"male","birthDate":"1960-01-01"}},
          {"resource":{"resourceType":"Medication","id":"m","code":{"text":"apixaban"}}},
          {"resource":{"resourceType":"MedicationRequest","id":"rp","status":"active","intent":"order","medicationReference":{"reference":"Medication/m"},"subject":{"reference":"Patient/p"},"authoredOn":"2026-01-10"}},
          {"resource":{"resourceType":"MedicationRequest","id":"rq","status":"active","intent":"order","medicationCodeableConcept":{"text":"warfarin"},"subject":{"reference":"Patient/q"},"authoredOn":"2026-01-10"}},
          {"resource":{"resourceType":"Observation","id":"op","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-03-01","valueQuantity":{"value":10.2,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"} } },
          {"resource":{"resourceType":"Observation","id":"oq","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"777-3"}]},"subject":{"reference":"Patient/q"},"effectiveDateTime":"2026-03-01","valueQuantity":{"value":20,"unit":"10*3/uL","system":"http://unitsofmeasure.org","code":"10*3/uL"} } }]}
        """;

    private static string Id(string reference) => reference.Split('/', ':')[^1];

    private async Task<Chart> Gather(string patient, DateOnly asOf)
    {
        var gathered = await GatherChart.FromAsync(Client(), new() { Patient = $"Patient/{patient}", Zone = TimeZoneInfo.Utc, AsOf = asOf, ResultCodes = ["6301-6", "777-3", "718-7"] }, CancellationToken.None);
        return gathered is Gathered.Ok ok ? ok.Chart : throw new InvalidOperationException(((Gathered.Refused)gathered).Why);
    }

    private FhirClient Client()
    {
        var server = FhirServer.Of(Proxy.FhirBase, NetworkReach.Loopback);
        return new FhirConnection(server, new HttpMessageInvoker(FhirConnection.CreateHandler(server)), TimeProvider.System, () => 0.5, new FhirResilience { FirstPause = TimeSpan.FromMilliseconds(1) }).ClientFor(null);
    }
}
