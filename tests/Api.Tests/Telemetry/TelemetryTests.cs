using System.Text;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace BiopsyFhir.Api.Tests.Telemetry;

/// <summary>What leaves the machine for those who watch the service: names and numbers, nothing of a patient.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task A_day_s_work_arrives_at_the_collector_and_nothing_of_a_patient_with_it()
    {
        await using var collector = await Collector.StartAsync();
        using var host = new ServiceHost(new Dictionary<string, string?>
        {
            ["Sandbox:Enabled"] = "true",
            ["Telemetry:Endpoint"] = collector.Address,
            ["Telemetry:Protocol"] = "http",
            ["Telemetry:Headers"] = "x-secret=hush-hush",
        });
        using var client = host.Client();
        const string bundle = """
            {"resourceType":"Bundle","type":"collection","entry":[
              {"resource":{"resourceType":"Patient","id":"pat-zebra","birthDate":"1950-02-03","gender":"female","name":[{"family":"Quagga"}]}},
              {"resource":{"resourceType":"MedicationRequest","id":"med-okapi","status":"active","intent":"order","subject":{"reference":"Patient/pat-zebra"},"medicationCodeableConcept":{"text":"apixaban 5 mg"}}},
              {"resource":{"resourceType":"MedicationRequest","id":"med-tapir","status":"active","intent":"order","subject":{"reference":"Patient/pat-zebra"},"modifierExtension":[{"url":"http://example.org/unknown","valueBoolean":true}],"medicationCodeableConcept":{"text":"warfarin"}}}]}
            """;
        using (var answer = await client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18&asOf=2026-03-11", new StringContent(bundle, Encoding.UTF8, "application/json")))
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        using (var launch = await client.GetAsync("/launch?iss=https%3A%2F%2Funknown.example%2Fokapi&launch=launch-dugong")) Assert.Equal(403, (int)launch.StatusCode);
        using (var review = await client.GetAsync("/review/session-narwhal/plan?note=marmot")) Assert.False(review.IsSuccessStatusCode);
        using (var nowhere = await client.GetAsync("/nowhere/ocelot")) Assert.False(nowhere.IsSuccessStatusCode);
        var hook = """{"hook":"patient-view","hookInstance":"11111111-2222-4333-8444-555555555555","context":{"userId":"Practitioner/doc-serval","patientId":"pat-zebra"},"prefetch":{}}""";
        using (var call = await client.PostAsync("/cds-services/bone-marrow-biopsy-patient-view", new StringContent(hook, Encoding.UTF8, "application/json"))) _ = await call.Content.ReadAsStringAsync();
        using (var check = await client.GetAsync("/api/v1/check-ehr/sandbox")) Assert.True(check.IsSuccessStatusCode);

        host.Services.GetRequiredService<TracerProvider>().ForceFlush(10_000);
        host.Services.GetRequiredService<MeterProvider>().ForceFlush(10_000);

        foreach (var name in (string[])["biopsyfhir.assessments", "biopsyfhir.findings", "biopsyfhir.not_judged", "biopsyfhir.hook.duration", "biopsyfhir.launches.stopped",
            "biopsyfhir.ehr.request.duration", "biopsyfhir.deliveries.overdue", "biopsyfhir.wrapping_key.remaining", "http.server.request.duration", "unknown-issuer", "R-HOLD", "sandbox"])
            Assert.Contains(name, collector.Of("metrics"), StringComparison.Ordinal);
        foreach (var name in (string[])["POST /api/v1/assessments", "EHR GET metadata", "biopsyfhir.readiness", "http.route", "service.name"])
            Assert.Contains(name, collector.Of("traces"), StringComparison.Ordinal);
        foreach (var secret in (string[])["zebra", "Quagga", "okapi", "tapir", "dugong", "narwhal", "marmot", "ocelot", "serval", "1950-02-03", "hush", "url.path", "url.query", "url.full", "user_agent"])
            Assert.DoesNotContain(secret, collector.All, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_endpoint_nothing_is_made_ready_to_be_sent()
    {
        using var host = new ServiceHost();
        _ = host.Address;
        Assert.Null(host.Services.GetService<MeterProvider>());
        Assert.Null(host.Services.GetService<TracerProvider>());
    }

    [Theory]
    [InlineData("https://ehr.example/fhir/Observation?patient=1", "Observation")]
    [InlineData("https://ehr.example/fhir/Patient/pat-zebra/$everything", "Patient")]
    [InlineData("https://ehr.example/fhir/metadata", "metadata")]
    [InlineData("https://ehr.example/fhir/", "batch")]
    [InlineData("https://ehr.example/fhir/pat-zebra", "other")]
    [InlineData("https://ehr.example/fhir/Pat1", "other")]
    [InlineData("https://other.example/else/Patient/1", "other")]
    public void Of_an_address_only_the_resource_type_is_kept(string address, string type)
    {
        using var measure = new MeasureEhr("north", new("https://ehr.example/fhir"), new HttpClientHandler());
        Assert.Equal(type, measure.TypeOf(new(address)));
    }
}
