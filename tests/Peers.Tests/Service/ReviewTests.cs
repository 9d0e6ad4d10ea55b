using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>
/// From the EHR's launch to receipts, over HTTP only: a public patient in a FHIR server that we did not write, signed in at
/// an authorization server that we did not write, read under enforced scopes, assessed, written back, validated.
/// </summary>
public sealed class ReviewTests(Hospital hospital, Validators validators) : IClassFixture<Hospital>, IClassFixture<Validators>, IAsyncLifetime, IDisposable
{
    private static int s_patients;

    // A patient of her own for each test: the service remembers what it wrote, also when the EHR forgets.
    private readonly string _ada = $"p{Interlocked.Increment(ref s_patients)}";

    private string OnApixaban => $$$"""
        {"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"Patient","id":"{{{_ada}}}","name":[{"family":"Quitte","given":["Ada"]}],"gender":"female","birthDate":"1950-01-01"}},
          {"resource":{"resourceType":"Patient","id":"q","name":[{"family":"Schlehe"}],"gender":"male","birthDate":"1960-01-01"}},
          {"resource":{"resourceType":"MedicationRequest","id":"r{{{_ada}}}","status":"active","intent":"order","subject":{"reference":"Patient/{{{_ada}}}"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"} } }]}
        """;

    private readonly Browser _browser = new();

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is null) await hospital.Reset();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _browser.Dispose();

    private async Task<ReviewPage> Review(string patient, string ehr = "public") =>
        await ReviewPage.Launch(_browser, await hospital.LaunchUrl(new { user = "Practitioner/dr", patient, encounter = "e1" }, ehr));

    [TheoryWhen(Needs.Peers | Needs.SharedData)]
    [InlineData("qicore_CMS104_451b6853.json", "public", "dabigatran")] // a DOAC and ticagrelor
    [InlineData("qicore_CMS104_348471db.json", "secret", "dabigatran")] // a DOAC and prasugrel
    [InlineData("synthea-smart_Max_Dicki.json", "key", "warfarin")]
    [InlineData("synthea-smart_Matt_Mosciski.json", "public", null)] // anaemia, by results of years ago
    public async Task A_public_patient_is_launched_assessed_written_back_and_not_written_twice(string file, string ehr, string? drug)
    {
        var json = await File.ReadAllTextAsync(SharedData.Path($"data/patients/{file}"));
        var patient = Assert.Single(await hospital.R4.Load(json));
        var before = await Written();

        var review = await Review(patient, ehr);
        Assert.NotNull(review.Verdict);
        Assert.NotEqual("ready", review.Verdict);
        Assert.Equal(await DrugFindingsOfPosted(json), review.Findings.Where(finding => finding.StartsWith("R-", StringComparison.Ordinal)).Order());
        if (drug is not null) Assert.Contains(review.Findings, finding => finding.Contains(drug, StringComparison.Ordinal));
        Assert.All(hospital.Proxy(ehr).Requests.Where(recorded => !recorded.Request.IsDiscovery), recorded => Assert.NotNull(recorded.TokenHash));

        var (plan, receipts) = await review.Sign();
        Assert.Equal(HttpStatusCode.OK, plan.Status);
        Assert.True(receipts.Text.Contains("Written to the chart", StringComparison.Ordinal), receipts.Text);
        var after = await Written();
        var added = after.Where(resource => !before.Select(Reference).Contains(Reference(resource))).ToList();
        Assert.Contains(added, resource => Type(resource) == "CarePlan");
        Assert.Contains(added, resource => Type(resource) == "Provenance");
        foreach (var resource in added) await validators.AssertValid(resource.GetRawText());
        Assert.All(added.Where(resource => Type(resource) != "Provenance"), resource => Assert.Contains($"Patient/{patient}", resource.GetRawText(), StringComparison.Ordinal));

        var (_, again) = await (await Review(patient, ehr)).Sign();
        Assert.Contains("Nothing new was written", again.Text, StringComparison.Ordinal);
        Assert.Equal(after.Count, (await Written()).Count);
    }

    [PeersFact]
    public async Task The_JSON_twin_writes_the_same_and_needs_the_page_token()
    {
        await hospital.R4.Load(OnApixaban);
        var review = await Review(_ada);
        Assert.Contains("R-HOLD:apixaban", review.Findings);
        var url = $"{hospital.Service.Url}/api/v1/sessions/{review.Url.Split('/')[^1]}/write-back";
        var day = TimeProvider.System.GetUtcNow().AddDays(7);
        JsonContent Body() => JsonContent.Create(new { settings = new { procedureAt = $"{day:yyyy-MM-dd}T08:00" } });
        using var bare = await _browser.Fetch(HttpMethod.Post, url, Body());
        Assert.Equal(HttpStatusCode.Forbidden, bare.StatusCode);
        using var stranger = new Browser();
        using var foreign = await stranger.Fetch(HttpMethod.Post, url, Body(), ("X-Page-Token", review.Token));
        Assert.Equal(HttpStatusCode.Unauthorized, foreign.StatusCode);
        Assert.Empty(await Written());

        using var first = await _browser.Fetch(HttpMethod.Post, url, Body(), ("X-Page-Token", review.Token));
        var receipts = JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement.GetProperty("receipts");
        Assert.Contains(receipts.EnumerateArray(), receipt => receipt.GetProperty("resource").GetString() == "CarePlan" && receipt.GetProperty("state").GetString() == "created");
        using var second = await _browser.Fetch(HttpMethod.Post, url, Body(), ("X-Page-Token", review.Token));
        Assert.DoesNotContain("\"created\"", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var plan = Assert.Single(await hospital.R4.Stored("CarePlan"));
        Assert.Contains("apixaban", plan.GetRawText(), StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task After_the_facts_have_changed_a_new_signature_replaces_the_earlier_plan_and_handout()
    {
        await hospital.R4.Load(OnApixaban);
        await (await Review(_ada)).Sign();
        await hospital.R4.Load($$$"""{"resourceType":"MedicationRequest","id":"w{{{_ada}}}","status":"active","intent":"order","subject":{"reference":"Patient/{{{_ada}}}"},"authoredOn":"2026-01-11","medicationCodeableConcept":{"text":"naproxen 500 MG Oral Tablet"} }""");
        var (_, receipts) = await (await Review(_ada)).Sign();
        Assert.Contains("marked as replaced", receipts.Text, StringComparison.Ordinal);
        var plans = (await Written()).Where(resource => Type(resource) == "CarePlan").ToDictionary(plan => plan.GetProperty("status").GetString()!);
        Assert.Equal(["active", "revoked"], plans.Keys.Order());
        Assert.Contains(Reference(plans["revoked"]), plans["active"].GetProperty("replaces").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("naproxen", plans["active"].GetRawText(), StringComparison.Ordinal);
        var documents = (await Written()).Where(resource => Type(resource) == "DocumentReference").ToDictionary(document => document.GetProperty("status").GetString()!);
        Assert.Contains(Reference(documents["superseded"]), documents["current"].GetProperty("relatesTo").GetRawText(), StringComparison.Ordinal);
        foreach (var resource in await Written()) await validators.AssertValid(resource.GetRawText());
    }

    [PeersTheory]
    [InlineData("""{"decisions":[{"finding":"R-HOLD:nothing","choice":"accept"}]}""", "R-HOLD:nothing")]
    [InlineData("""{"decisions":[{"finding":"R-HOLD:apixaban","choice":"dismiss"}]}""", "reason")]
    [InlineData("""{"decisions":[{"finding":"R-HOLD:apixaban","choice":"change","reason":"x","lastDoseDate":"2026-02-30"}]}""", "lastDoseDate")]
    [InlineData("""{"decisions":[{"finding":"R-HOLD:apixaban","choice":"perhaps"}]}""", "choice")]
    [InlineData("""{"decisions":[{"finding":"R-HOLD:apixaban","choice":"accept"},{"finding":"R-HOLD:apixaban","choice":"dismiss","reason":"x"}]}""", "R-HOLD:apixaban")]
    [InlineData("""{"language":"in English, please"}""", "language")]
    [InlineData("""{"formats":["pdf","docx"]}""", "docx")]
    [InlineData("""{"settings":{"procedureat":"2026-03-11"}}""", "procedureat")]
    [InlineData("""{"settings":{"procedureAt":"yesterday"}}""", "procedureAt")]
    [InlineData("""{"settings":{"policy":"P9"}}""", "policy")]
    [InlineData("""{"sign":true}""", "sign")]
    [InlineData("""{"language":"en","language":"es"}""", "language")]
    [InlineData("""[]""", "")]
    [InlineData("""null""", "")]
    [InlineData("""{""", "")]
    public async Task A_body_that_cannot_be_signed_is_refused_by_name_and_nothing_is_written(string body, string named)
    {
        await hospital.R4.Load(OnApixaban);
        var review = await Review(_ada);
        var day = TimeProvider.System.GetUtcNow().AddDays(7);
        var full = body.Contains("settings", StringComparison.Ordinal) || !body.StartsWith("{\"", StringComparison.Ordinal) ? body : $$$"""{"settings":{"procedureAt":"{{{day:yyyy-MM-dd}}}T08:00"},""" + body[1..];
        using var answer = await _browser.Fetch(HttpMethod.Post, $"{hospital.Service.Url}/api/v1/sessions/{review.Url.Split('/')[^1]}/write-back", new StringContent(full, Encoding.UTF8, "application/json"), ("X-Page-Token", review.Token));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEqual(0, JsonDocument.Parse(text).RootElement.GetProperty("errors").GetRawText().Length - 2);
        Assert.Contains(named, text, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await Written());
    }

    [PeersTheory]
    [InlineData("epic-like")]
    [InlineData("oracle-like")]
    [InlineData("athena-like")]
    public async Task At_other_vendors_the_plan_goes_where_it_can_or_is_left_as_a_file(string vendor)
    {
        hospital.Proxy().Add(vendor switch { "epic-like" => Vendor.EpicLike(), "oracle-like" => Vendor.OracleLike(), _ => Vendor.AthenaLike() });
        await hospital.R4.Load(OnApixaban);
        var (_, receipts) = await (await Review(_ada)).Sign();
        Assert.Empty(await hospital.R4.Stored("CarePlan"));
        var written = await Written();
        Assert.True(written.Count > 0 || receipts.Text.Contains("Download the file", StringComparison.Ordinal), receipts.Text);
        foreach (var resource in written) await validators.AssertValid(resource.GetRawText());
    }

    [PeersFact]
    public async Task An_EHR_that_answers_with_another_patient_gets_no_assessment()
    {
        await hospital.R4.Load(OnApixaban);
        hospital.Proxy().Add(Fault.AnotherPatient("""{"resourceType":"Patient","id":"q","name":[{"family":"Schlehe"}]}"""));
        var review = await Review(_ada);
        Assert.Null(review.Verdict);
        Assert.InRange((int)review.Page.Status, 400, 502);
        Assert.DoesNotContain("Schlehe", review.Page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("apixaban", review.Page.Html, StringComparison.Ordinal);
    }

    public static TheoryData<string> Unreadable() => ["truncated JSON", "a cut body", "30 MB", "an HTML page", "403", "500", "429 for ever"];

    [PeersTheory]
    [MemberData(nameof(Unreadable))]
    public async Task Medicines_that_cannot_be_read_are_said_and_never_make_a_patient_ready(string fault)
    {
        await hospital.R4.Load(OnApixaban);
        hospital.Proxy().Add(Named(fault).On("MedicationRequest"));
        var review = await Review(_ada);
        Assert.Equal("cannot-judge", review.Verdict);
        Assert.Contains("MedicationRequest", review.Page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", review.Page.Text, StringComparison.Ordinal);
    }

    [PeersTheory]
    [MemberData(nameof(Unreadable))]
    public async Task A_patient_who_cannot_be_read_is_not_assessed_and_the_page_says_so(string fault)
    {
        await hospital.R4.Load(OnApixaban);
        hospital.Proxy().Add(Named(fault).On("Patient"));
        var review = await Review(_ada);
        Assert.Null(review.Verdict);
        Assert.InRange((int)review.Page.Status, 400, 504);
        Assert.Contains("could not be read", review.Page.Text, StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task Scopes_that_were_not_granted_are_said_and_what_they_hide_is_not_taken_as_absent()
    {
        await hospital.R4.Load(OnApixaban);
        await hospital.Authorization.Configure(new { dropScopes = new[] { "patient/MedicationRequest.rs", "patient/CarePlan.crus" } });
        var review = await Review(_ada);
        Assert.Equal("cannot-judge", review.Verdict);
        Assert.Contains("medication orders", review.Page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(hospital.Proxy().Requests, recorded => recorded.Request.Type == "MedicationRequest" && recorded.Status == 200);
    }

    [PeersFact]
    public async Task A_token_that_the_EHR_no_longer_takes_is_refreshed_once_for_all_parallel_reads()
    {
        await hospital.R4.Load(OnApixaban);
        await hospital.Authorization.Configure(new { refreshTokens = "always" });
        hospital.Proxy().Add(Fault.Status(401).Once());
        var review = await Review(_ada);
        Assert.NotNull(review.Verdict);
        Assert.Contains("R-HOLD:apixaban", review.Findings);
        Assert.Single(await hospital.Authorization.Requests("token"), request => request.GetProperty("parameters").GetProperty("grant_type").GetString() == "refresh_token");
    }

    [PeersFact]
    public async Task A_session_that_the_EHR_ended_says_to_open_it_again()
    {
        await hospital.R4.Load(OnApixaban);
        hospital.Proxy().Add(Fault.Status(401));
        var review = await Review(_ada);
        Assert.Null(review.Verdict);
        Assert.Contains("launch", review.Page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [PeersFact]
    public async Task Nothing_of_the_patient_reaches_the_log()
    {
        await hospital.R4.Load(OnApixaban);
        await (await Review(_ada)).Sign();
        foreach (var secret in new[] { "Quitte", "apixaban", "1950-01-01" }) Assert.DoesNotContain(secret, hospital.Service.Log, StringComparison.OrdinalIgnoreCase);
    }

    private static Rule Named(string fault) => fault switch
    {
        "truncated JSON" => Fault.TruncatedJson(),
        "a cut body" => Fault.CutBody(),
        "30 MB" => Fault.Huge(),
        "an HTML page" => Fault.HtmlPage(),
        "403" => Fault.Status(403),
        "500" => Fault.Status(500),
        _ => Fault.Status(429, retryAfter: "3600"),
    };

    private async Task<IEnumerable<string>> DrugFindingsOfPosted(string json)
    {
        using var http = new HttpClient();
        using var content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        var day = TimeProvider.System.GetUtcNow().AddDays(7);
        using var answer = await http.PostAsync($"{hospital.Service.Url}/api/v1/assessments?procedureAt={day:yyyy-MM-dd}", content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("findings").EnumerateArray()
            .Select(finding => $"{finding.GetProperty("rule").GetString()}:{finding.GetProperty("subject").GetString()}")
            .Where(finding => finding.StartsWith("R-", StringComparison.Ordinal)).Order().ToList();
    }

    /// <summary>Everything of ours in the chart: by our identifiers, and every Provenance.</summary>
    private async Task<List<JsonElement>> Written()
    {
        var all = new List<JsonElement>();
        foreach (var type in new[] { "CarePlan", "DocumentReference", "Communication", "Task", "Provenance" })
            all.AddRange((await hospital.R4.Stored(type)).Where(resource => resource.GetRawText().Contains("urn:biopsyfhir:", StringComparison.Ordinal)));
        return all;
    }

    private static string? Type(JsonElement resource) => resource.GetProperty("resourceType").GetString();

    private static string Reference(JsonElement resource) => $"{Type(resource)}/{resource.GetProperty("id").GetString()}";
}
