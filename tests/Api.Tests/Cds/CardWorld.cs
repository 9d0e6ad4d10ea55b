using System.IO.Pipelines;
using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Cards for charts made in a test: the service's own rules and writer, without the transport of a call.</summary>
public sealed class CardWorld : IDisposable
{
    public const string Patient = """{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1974-01-12"}""";
    public const string Draft = """{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","priority":"urgent","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/p"},"occurrenceDateTime":"2026-03-18","reasonCode":[{"text":"Lymphoma staging"}],"extension":[{"url":"urn:x","valueDecimal":1.50}]}""";
    public const string Anaemia = """{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/p"},"occurrenceDateTime":"2026-03-18","reasonCode":[{"text":"Unexplained anaemia"}]}""";
    public const string Metformin = """{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"text":"metformin 500 mg"}}""";
    public const string Apixaban = """{"resourceType":"MedicationRequest","id":"a","status":"active","intent":"order","authoredOn":"2026-01-10","medicationCodeableConcept":{"text":"apixaban 5 mg"},"dosageInstruction":[{"text":"5 mg twice daily","timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}}]}""";
    public const string Warfarin = """{"resourceType":"MedicationRequest","id":"w","status":"active","intent":"order","authoredOn":"2025-01-10","medicationCodeableConcept":{"text":"warfarin 5 mg"}}""";
    public const string MitralValve = """{"resourceType":"Condition","id":"v","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Mechanical mitral valve"}}""";

    private static int s_instances;

    private readonly ServiceHost _host;

    public CardWorld() : this(new Dictionary<string, string?>()) { }

    public static CardWorld With(params (string Key, string? Value)[] settings) => new(settings.ToDictionary(s => s.Key, s => s.Value));

    private CardWorld(IReadOnlyDictionary<string, string?> settings) =>
        _host = new(new Dictionary<string, string?>(settings) { ["Sandbox:Enabled"] = "true" });

    public ServiceHost Host => _host;

    /// <summary>Another one each time.</summary>
    public static Guid NewId() => new(Interlocked.Increment(ref s_instances), 2, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 1);

    public static string Lab(string loinc, string text, decimal value, string unit, string day = "2026-03-11") => $$"""
        {"resourceType":"Observation","id":"l{{loinc}}","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"{{loinc}}"}],"text":"{{text}}"},"effectiveDateTime":"{{day}}T08:00:00Z","valueQuantity":{"value":{{value}},"unit":"{{unit}}","system":"http://unitsofmeasure.org","code":"{{unit}}"} }
        """;

    public static string Medicine(string text, string id = "x") => $$"""{"resourceType":"MedicationRequest","id":"{{id}}","status":"active","intent":"order","medicationCodeableConcept":{"text":{{JsonSerializer.Serialize(text)}} } }""";

    /// <summary>Blood values with which nothing is amiss.</summary>
    public static readonly string[] Labs =
    [
        Lab("777-3", "Platelets", 220, "10*3/uL"), Lab("718-7", "Hemoglobin", 13.9m, "g/dL"), Lab("6690-2", "WBC", 6.1m, "10*3/uL"),
        Lab("2160-0", "Creatinine", 0.8m, "mg/dL"), Lab("6301-6", "INR", 1.0m, "{INR}"), Lab("29463-7", "Body weight", 70, "kg"),
    ];

    /// <summary>One entry of every other kind, so that nothing counts as unseen.</summary>
    public static readonly string[] Rest =
    [
        """{"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Hypertension"}}""",
        """{"resourceType":"AllergyIntolerance","id":"al","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Penicillin"}}""",
        """{"resourceType":"Procedure","id":"pr","status":"completed","code":{"text":"Appendectomy"},"performedDateTime":"2001-01-01"}""",
        """{"resourceType":"Appointment","id":"ap","status":"booked","start":"2026-03-18T09:00:00Z","description":"Bone marrow biopsy","participant":[{"actor":{"reference":"Patient/p"},"status":"accepted"}]}""",
    ];

    public static string[] Well(params string[] more) => [Metformin, .. Labs, .. Rest, .. more];

    public HookFound.Judged Judge(string draft, params string[] resources) => Judge([draft], resources, []);

    public HookFound.Judged Judge(string[] drafts, string[] resources, Unseen[] unseen)
    {
        var policies = _host.Get<PolicyShelf>();
        var query = new AssessmentQuery { Biopsy = new() { DraftsCount = true }, AsOf = PartialDate.Instant(_host.Clock.GetUtcNow(), TimeZoneInfo.Utc), Policy = policies.Default, Facility = _host.Get<Facility>() };
        Entry At(string resource, bool draft) => new(null, FhirDocument.Of(resource).RootElement, "test", draft);
        var chart = ReadChart.From(new() { Entries = [At(Patient, false), .. drafts.Select(d => At(d, true)), .. resources.Select(r => At(r, false))], Zone = TimeZoneInfo.Utc });
        Assert.True(chart is ChartRead.Ok, chart.ToString());
        var assessed = RunAssessment.OfChart(((ChartRead.Ok)chart).Chart, query, "sha256:test", new PhaseTimes());
        Assert.True(assessed is Assessed.Ok, assessed is Assessed.Refused no ? string.Join("; ", no.Faults) : "");
        var ok = (Assessed.Ok)assessed;
        return new()
        {
            Readiness = ok.Readiness,
            AssessmentId = ok.AssessmentId,
            Order = ok.Readiness.Snapshot.Biopsy.Order,
            OrderIsDraft = ok.Readiness.Snapshot.Biopsy.Order is { } order && drafts.Any(d => order.EndsWith(JsonElement.Parse(d).GetProperty("id").GetString()!, StringComparison.Ordinal)),
            Drafts = drafts.Select(d => FhirDocument.Of(d).RootElement).ToDictionary(d => $"{d.Text("resourceType")}/{d.Text("id")}"),
            Unseen = unseen,
        };
    }

    public HookCall Call(Hook hook = Hook.OrderSelect, Guid? instance = null, string user = "Practitioner/1") => new()
    {
        Service = HookServices.All.Single(s => s.Hook == hook),
        HookInstance = instance ?? Guid.Parse("11111111-2222-4333-8444-555555555555"),
        Ehr = _host.Get<EhrRegistry>().ById(EhrRegistry.SandboxId)!,
        Client = "sandbox",
        UserId = user,
        PatientId = "p",
        EncounterId = "e1",
        Selections = [],
    };

    public async Task<string> TextAsync(HookCall call, HookFound.Judged found)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await _host.Get<HookCards>().WriteAsync(call, found, pipe.Writer, default);
        await pipe.Writer.CompleteAsync();
        using var reader = new StreamReader(pipe.Reader.AsStream());
        return await reader.ReadToEndAsync();
    }

    public async Task<JsonElement[]> CardsAsync(HookCall call, HookFound.Judged found)
    {
        var answer = JsonElement.Parse(await TextAsync(call, found));
        CardShape.Check(answer);
        return [.. answer.GetProperty("cards").EnumerateArray()];
    }

    public Task<JsonElement[]> CardsAsync(HookFound.Judged found) => CardsAsync(Call(), found);

    public void Dispose() => _host.Dispose();
}

public static class CardParts
{
    public static string Topic(this JsonElement card) => card.GetProperty("source").GetProperty("topic").GetProperty("code").GetString()!;
    public static string Summary(this JsonElement card) => card.GetProperty("summary").GetString()!;
    public static string Detail(this JsonElement card) => card.GetProperty("detail").GetString()!;
    public static string Indicator(this JsonElement card) => card.GetProperty("indicator").GetString()!;
    public static JsonElement[] Suggestions(this JsonElement card) => card.TryGetProperty("suggestions", out var s) ? [.. s.EnumerateArray()] : [];
    public static JsonElement[] Actions(this JsonElement suggestion) => [.. suggestion.GetProperty("actions").EnumerateArray()];
    public static string[] Rules(this JsonElement card) =>
        card.GetProperty("extension").TryGetProperty("org.biopsyfhir.findings", out var f) ? [.. f.EnumerateArray().Select(r => r.GetString()!)] : [];
}
