using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Takes an invented call through every step before the service listens: a client waits about half a second, and the first real call
/// must not spend it on the just-in-time compiler. Nothing of it is kept or shown.
/// </summary>
internal sealed class WarmHooks(IServiceProvider services, TimeProvider clock, ILogger<WarmHooks> log) : IHostedService
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""
        {"hook":"order-sign","hookInstance":"00000000-0000-4000-8000-000000000000","context":{"userId":"Practitioner/0","patientId":"0",
         "draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"ServiceRequest","id":"0","status":"draft","code":{"text":"Bone marrow biopsy"},
          "bodySite":[{"text":"Posterior iliac crest"}],"reasonCode":[{"text":"Unexplained anaemia"}],"subject":{"reference":"Patient/0"}}}]}},
         "prefetch":{"patient":{"resourceType":"Patient","id":"0","birthDate":"1950-01-01","gender":"female"},"serviceRequests":null,"appointments":null,
          "medicationRequests":{"resourceType":"Bundle","type":"searchset","entry":[
           {"resource":{"resourceType":"MedicationRequest","id":"1","status":"active","intent":"order","authoredOn":"2020-01-01","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430","display":"apixaban"}],"text":"apixaban 5 mg"},"dosageInstruction":[{"text":"5 mg twice daily","timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]}},
           {"resource":{"resourceType":"MedicationRequest","id":"2","status":"active","intent":"order","medicationCodeableConcept":{"text":"warfarin 3 mg once daily"}}},
           {"resource":{"resourceType":"MedicationRequest","id":"3","status":"stopped","intent":"order","medicationCodeableConcept":{"text":"clopidogrel 75 mg"}}}]},
          "medicationStatements":null,"medicationAdministrations":null,"medicationDispenses":null,
          "laboratory":{"resourceType":"Bundle","type":"searchset","entry":[
           {"resource":{"resourceType":"Observation","id":"4","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"777-3","display":"Platelets"}]},"effectiveDateTime":"2020-01-01","valueQuantity":{"value":90,"unit":"10*3/uL","code":"10*3/uL"}}},
           {"resource":{"resourceType":"Observation","id":"5","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"effectiveDateTime":"2020-01-01T08:00:00Z","valueQuantity":{"value":9.1,"unit":"g/dL","code":"g/dL"}}},
           {"resource":{"resourceType":"Observation","id":"6","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}]},"effectiveDateTime":"2020-01-01","valueQuantity":{"value":1.4,"unit":"mg/dL","code":"mg/dL"}}},
           {"resource":{"resourceType":"Observation","id":"7","status":"final","code":{"text":"INR"},"effectiveDateTime":"2020-01-01","valueString":"2.1"}}]},
          "weight":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"8","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"effectiveDateTime":"2020-01-01","valueQuantity":{"value":70,"unit":"kg","code":"kg"}}}]},
          "height":null,"socialHistory":null,
          "conditions":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Condition","id":"9","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Atrial fibrillation","coding":[{"system":"http://snomed.info/sct","code":"49436004"}]}}}]},
          "allergies":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AllergyIntolerance","id":"10","code":{"text":"Lidocaine"}}}]},
          "procedures":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Procedure","id":"11","status":"completed","code":{"text":"Coronary stent"},"performedDateTime":"2019-01-01"}}]}}}
        """);

    private Task? _withoutStore;

    /// <summary>Begins with all that needs no store, beside whatever else the start does.</summary>
    public void Begin(CancellationToken cancel) => _withoutStore ??= Task.WhenAll(
        Task.Run(() => CallsAsync(cancel), cancel),
        Task.Run(() => GapsAsync(cancel), cancel),
        Task.Run(SignatureAsync, cancel));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            Begin(cancellationToken);
            await _withoutStore!;
            await services.GetRequiredService<ShownCards>().InFullAsync("warm-up", cancellationToken);
            await services.GetRequiredService<SeenTokens>().FirstUseAsync("warm-up", "warm-up", clock.GetUtcNow(), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("Warming up failed, so the first calls will be slow: {Fault}", e.GetType().Name);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CallsAsync(CancellationToken cancel)
    {
        for (var round = 0; round < 3; round++) await CallAsync(cancel);
    }

    private async Task CallAsync(CancellationToken cancel)
    {
        var (endpoint, cards) = (services.GetRequiredService<CallEndpoint>(), services.GetRequiredService<HookCards>()); // here, for they wait for the policies
        var service = HookServices.All.First(s => s.Hook is Hook.OrderSign);
        using var document = ((JsonRead.Ok)FhirJson.Parse(Body)).Document;
        var request = HookRequest.Read(document.RootElement, service, [])!;
        var ehr = new EhrOptions { Key = "warm-up", Id = "warm-up", Issuer = "https://localhost", ClientId = "warm-up" };
        using var data = endpoint.Data(service, request);
        using var deadline = Deadline.After(TimeSpan.FromMinutes(1), clock);
        var (found, _) = await endpoint.FindAsync(request, ehr, theirs: false, data, deadline, new PhaseTimes(), cancel);
        if (found is not HookFound.Judged judged) throw new InvalidOperationException("The invented call found no biopsy.");
        var call = CallEndpoint.Call(service, request, ehr, new(null, [ehr]));
        var planned = PlanCards.For(service.Hook, judged);
        _ = Fingerprint.Viewer(call, judged.Order);
        _ = planned.Select(card => Fingerprint.Of(card, judged)).ToImmutableArray();
        var output = PipeWriter.Create(Stream.Null);
        cards.Write(output, call, judged, planned, new Guid[planned.Length]);
        await output.CompleteAsync();
    }

    /// <summary>Everything of reading from an EHR but the socket.</summary>
    private async Task GapsAsync(CancellationToken cancel)
    {
        using var invoker = new HttpMessageInvoker(new EmptyEhr());
        var client = new FhirConnection(FhirServer.Of("http://localhost/fhir", NetworkReach.Loopback), invoker, clock, () => 0.5)
            .ClientFor(new OneAccessToken(new("warm-up")));
        using var deadline = Deadline.After(TimeSpan.FromMinutes(1), clock);
        using var read = await GatherGaps.ReadAsync(client.Within(deadline),
            new() { Patient = "Patient/0", Zone = TimeZoneInfo.Utc, AsOf = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime) },
            [.. PrefetchKey.All.Select(key => key.Search).Distinct()], [], cancel);
    }

    /// <summary>Answers every search with one result, and every read with that.</summary>
    private sealed class EmptyEhr : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage
        {
            Content = new StringContent(request.RequestUri!.Query is "" ? """{"resourceType":"Patient","id":"0"}"""
                : $$"""{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"{{request.RequestUri}}"}],"entry":[{"resource":{"resourceType":"Observation","id":"1"} }]}""",
                Encoding.UTF8, "application/fhir+json"),
        });
    }

    private static async Task SignatureAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var signing = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = "warm-up" }, SecurityAlgorithms.EcdsaSha384) { CryptoProviderFactory = new() { CacheSignatureProviders = false } };
        var compact = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken("""{"iss":"warm-up","aud":"warm-up","iat":1700000000,"exp":1700000300,"jti":"warm-up"}""", signing);
        if (HookToken.Read(compact).Token is { } token) await VerifyHookToken.IsSignedAsync(token, new ECDsaSecurityKey(key));
    }
}
