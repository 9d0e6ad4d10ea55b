using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Sandbox.Orders;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Sandbox.Tests;

/// <summary>Order entry against a CDS service played by the test.</summary>
public sealed class OrderEntryTests
{
    private const string Services = """
        {"services":[
          {"hook":"order-select","id":"sel","title":"Select","description":"x","prefetch":{
             "patient":"Patient/{{context.patientId}}",
             "labs":"Observation?patient={{context.patientId}}&category=laboratory",
             "user":"Practitioner/{{userPractitionerId}}",
             "missing":"Patient/nobody",
             "later":"Observation?date=ge{{today() - 90 days}}"}},
          {"hook":"order-sign","id":"sign","description":"x"},
          {"hook":"patient-view","id":"view","description":"x"}]}
        """;

    private const string Drafts = """{"drafts":[{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/sbx-01"}}]}""";

    private sealed record Call(string Url, string Token, JsonElement Body);

    private readonly ConcurrentQueue<Call> calls = new();
    private Func<Call, IResult> answer = _ => Results.Text("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"}}]}""", "application/json");

    private Task<DemoEhr> StartAsync() => DemoEhr.StartAsync(now: DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), more: app => app.Map("/cds-services/{**rest}", async (HttpRequest request) =>
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        var call = new Call($"http://{request.Host}{request.Path}", request.Headers.Authorization.ToString()["Bearer ".Length..], text is "" ? default : JsonElement.Parse(text));
        calls.Enqueue(call);
        return request.Path == "/cds-services" ? Results.Text(Services, "application/json") : answer(call);
    }));

    private static async Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(DemoEhr ehr, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await ehr.Http.PostAsync($"{ehr.Root}/sandbox/orders/sbx-01/{path}", content);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_change_asks_the_order_select_service_with_context_and_prefetch()
    {
        await using var ehr = await StartAsync();
        var (status, json) = await PostAsync(ehr, "select", Drafts);
        Assert.Equal(HttpStatusCode.OK, status);
        var service = Assert.Single(json.GetProperty("services").EnumerateArray());
        Assert.Equal(("sel", "s"), (service.GetProperty("id").GetString(), service.GetProperty("cards")[0].GetProperty("summary").GetString()));

        var sent = calls.Single(c => c.Url.EndsWith("/sel", StringComparison.Ordinal)).Body;
        Assert.Equal(("order-select", ehr.Fhir), (sent.GetProperty("hook").GetString(), sent.GetProperty("fhirServer").GetString()));
        Assert.True(Guid.TryParse(sent.GetProperty("hookInstance").GetString(), out _));
        var context = sent.GetProperty("context");
        Assert.Equal(("sbx-01", "Practitioner/sbx-staff-1", "sbx-01-enc-1"),
            (context.GetProperty("patientId").GetString(), context.GetProperty("userId").GetString(), context.GetProperty("encounterId").GetString()));
        Assert.Equal("ServiceRequest/draft-1", context.GetProperty("selections")[0].GetString());
        Assert.Equal("draft-1", context.GetProperty("draftOrders").GetProperty("entry")[0].GetProperty("resource").GetProperty("id").GetString());

        var prefetch = sent.GetProperty("prefetch");
        Assert.Equal("sbx-01", prefetch.GetProperty("patient").GetProperty("id").GetString());
        Assert.Equal("sbx-staff-1", prefetch.GetProperty("user").GetProperty("id").GetString());
        Assert.Equal("OperationOutcome", prefetch.GetProperty("missing").GetProperty("resourceType").GetString());
        Assert.False(prefetch.TryGetProperty("later", out _));
        Assert.Equal(20, prefetch.GetProperty("labs").GetProperty("entry").GetArrayLength());
        Assert.Contains(prefetch.GetProperty("labs").GetProperty("link").EnumerateArray(), l => l.GetProperty("relation").GetString() == "next");
    }

    [Fact]
    public async Task The_service_can_read_on_with_its_token_during_the_call_and_not_after()
    {
        await using var ehr = await StartAsync();
        FhirCaller? fhir = null;
        string? next = null;
        answer = call =>
        {
            fhir = new FhirCaller(ehr, call.Body.GetProperty("fhirAuthorization").GetProperty("access_token").GetString());
            next = call.Body.GetProperty("prefetch").GetProperty("labs").GetProperty("link")[1].GetProperty("url").GetString();
            var during = fhir.GetAsync(next!).GetAwaiter().GetResult();
            return Results.Text($$"""{"cards":[],"seen":{{during.Entries.Length}}}""", during.Status == 200 ? "application/json" : "text/plain", statusCode: during.Status);
        };
        var (_, json) = await PostAsync(ehr, "select", Drafts);
        Assert.Equal(0, json.GetProperty("services")[0].GetProperty("cards").GetArrayLength());
        Assert.Equal(401, (await fhir!.GetAsync(next!)).Status);
        Assert.Equal(401, (await fhir.GetAsync("Patient/sbx-01")).Status);
    }

    [Fact]
    public async Task Every_request_carries_its_own_token_signed_for_exactly_that_address()
    {
        await using var ehr = await StartAsync();
        await PostAsync(ehr, "select", Drafts);
        await PostAsync(ehr, "sign", Drafts);
        await PostAsync(ehr, "view", "{}");
        await PostAsync(ehr, "feedback", """{"service":"sel","entry":{"card":"c1","outcome":"overridden"}}""");
        Assert.Equal(7, calls.Count);
        var keys = new JsonWebKeySet(await ehr.Http.GetStringAsync($"{ehr.Auth}/cds-jwks"));
        var seen = new HashSet<string>();
        foreach (var call in calls)
        {
            var result = await new JsonWebTokenHandler().ValidateTokenAsync(call.Token, new TokenValidationParameters
            {
                ValidIssuer = ehr.Fhir,
                ValidAudience = call.Url,
                ValidAlgorithms = ["ES384"],
                IssuerSigningKeys = keys.GetSigningKeys(),
                LifetimeValidator = (_, expires, _, _) => expires == ehr.Clock.GetUtcNow().AddMinutes(5).UtcDateTime,
            });
            Assert.True(result.IsValid, $"{call.Url}: {result.Exception?.Message}");
            var token = (JsonWebToken)result.SecurityToken;
            Assert.True(seen.Add(token.Id));
            Assert.Equal(($"{ehr.Auth}/cds-jwks", "JWT"), (token.GetHeaderValue<string>("jku"), token.Typ));
        }
    }

    [Fact]
    public async Task A_service_that_fails_is_shown_as_failed_not_as_silent()
    {
        await using var ehr = await StartAsync();
        foreach (var (result, fault) in new (IResult, string)[] { (Results.StatusCode(412), "HTTP 412"), (Results.Text("<html>"), "The answer is not JSON."), (Results.Text("{}"), "The answer has no cards member.") })
        {
            answer = _ => result;
            var service = (await PostAsync(ehr, "select", Drafts)).Json.GetProperty("services")[0];
            Assert.Equal(fault, service.GetProperty("fault").GetString());
            Assert.Equal(JsonValueKind.Null, service.GetProperty("cards").ValueKind);
        }
    }

    [Fact]
    public async Task Without_any_service_the_page_learns_that_nobody_was_asked()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var service = Assert.Single((await PostAsync(ehr, "select", Drafts)).Json.GetProperty("services").EnumerateArray());
        Assert.Equal("HTTP 404", service.GetProperty("fault").GetString());
    }

    [Fact]
    public async Task Feedback_is_passed_on_with_a_time()
    {
        await using var ehr = await StartAsync();
        var (status, _) = await PostAsync(ehr, "feedback", """{"service":"sel","entry":{"card":"c1","outcome":"accepted","acceptedSuggestions":[{"id":"s1"}]}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var call = Assert.Single(calls);
        Assert.EndsWith("/cds-services/sel/feedback", call.Url, StringComparison.Ordinal);
        var entry = call.Body.GetProperty("feedback")[0];
        Assert.Equal(("c1", "2027-01-15T08:00:00Z"), (entry.GetProperty("card").GetString(), entry.GetProperty("outcomeTimestamp").GetString()));
        answer = _ => Results.StatusCode(500);
        Assert.Equal(HttpStatusCode.BadGateway, (await PostAsync(ehr, "feedback", """{"service":"sel","entry":{"card":"c1","outcome":"accepted"}}""")).Status);
    }

    [Fact]
    public async Task Placing_makes_the_drafts_active_orders_all_or_none()
    {
        await using var ehr = await StartAsync();
        var before = ehr.Stored;
        var bad = Drafts.Replace("]}", """,{"resourceType":"ServiceRequest","id":"draft-2","status":"draft","intent":"order","subject":{"reference":"Patient/sbx-02"}}]}""", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(ehr, "place", bad)).Status);
        Assert.Same(before, ehr.Stored);
        var (status, json) = await PostAsync(ehr, "place", Drafts);
        Assert.Equal(HttpStatusCode.OK, status);
        var placed = json.GetProperty("placed")[0].GetString()!.Split('/');
        var stored = ehr.Stored.Existing(new(placed[0], placed[1]))!.Body;
        Assert.Equal(("active", "2027-01-15T08:00:00Z"), (stored.Text("status"), stored.Text("authoredOn")));
    }

    [Theory]
    [InlineData("select", "{}")]
    [InlineData("select", """{"drafts":[]}""")]
    [InlineData("select", """{"drafts":[{"resourceType":"ServiceRequest"}]}""")]
    [InlineData("feedback", """{"service":"x"}""")]
    [InlineData("select", "not json")]
    public async Task What_the_page_should_not_send_is_refused(string path, string body)
    {
        await using var ehr = await StartAsync();
        var (status, json) = await PostAsync(ehr, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.False(string.IsNullOrEmpty(json.GetProperty("fault").GetString()));
        Assert.Empty(calls);
    }

    [Fact]
    public async Task A_draft_to_start_from_names_the_patient_and_a_day()
    {
        await using var ehr = await StartAsync();
        var draft = JsonElement.Parse(await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox/orders/sbx-10/draft"));
        Assert.Equal(("draft", "2027-01-21"), (draft.Text("status"), draft.Text("occurrenceDateTime")));
        Assert.Equal("Patient/sbx-10", draft.GetProperty("subject").GetProperty("reference").GetString());
        using var nobody = await ehr.Http.GetAsync($"{ehr.Root}/sandbox/orders/nobody/draft");
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Fact]
    public async Task A_medicine_can_be_drafted_for_a_day_and_becomes_the_selection()
    {
        await using var ehr = await StartAsync();
        var medicine = JsonElement.Parse(await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox/orders/sbx-01/draft?what=ketorolac&on=2027-01-21"));
        Assert.Equal(("MedicationRequest", "draft"), (medicine.Text("resourceType"), medicine.Text("status")));
        Assert.Equal("2027-01-21", medicine.GetProperty("dosageInstruction")[0].GetProperty("timing").GetProperty("event")[0].GetString());
        await PostAsync(ehr, "select", Drafts.Replace("]}", $$""",{{medicine.GetRawText()}}],"selected":"MedicationRequest/draft-2"}""", StringComparison.Ordinal));
        await PostAsync(ehr, "select", Drafts.Replace("]}", "],\"selected\":\"MedicationRequest/of-somebody-else\"}", StringComparison.Ordinal));
        Assert.Equal(["MedicationRequest/draft-2", "ServiceRequest/draft-1"],
            calls.Where(c => c.Body.ValueKind is JsonValueKind.Object).Select(c => c.Body.GetProperty("context").GetProperty("selections")[0].GetString()));
        foreach (var bad in new[] { "?what=heroin&on=2027-01-21", "?what=ketorolac", "?what=ketorolac&on=tomorrow" })
        {
            using var answer = await ehr.Http.GetAsync($"{ehr.Root}/sandbox/orders/sbx-01/draft{bad}");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("Patient/{{context.patientId}}", "Patient/a%7Cb")]
    [InlineData("Practitioner/{{ userPractitionerId }}", "Practitioner/dr")]
    [InlineData("Patient/{{userPatientId}}", null)]
    [InlineData("Patient/{{context.draftOrders}}", null)]
    [InlineData("Observation?code=1", "Observation?code=1")]
    public void Tokens_are_filled_or_the_template_is_left_out(string template, string? expected) =>
        Assert.Equal(expected, Prefetch.Resolve(template, FhirJson.Read("""{"patientId":"a|b","userId":"Practitioner/dr","draftOrders":{}}"""u8)));

    [Fact]
    public async Task A_card_can_open_the_app_with_its_own_context()
    {
        await using var ehr = await StartAsync();
        using var launched = await ehr.Http.PostAsync($"{ehr.Root}/sandbox/launch", AppUnderLaunch.Form(("patient", "sbx-01"), ("appContext", "{\"finding\":\"R-HOLD\"}")));
        var app = new AppUnderLaunch(ehr);
        var launch = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(launched.Headers.Location!.Query)["launch"].ToString();
        var (_, back, _) = await app.AuthorizeAsync(app.Request(launch));
        var (_, token) = await app.RedeemAsync(back["code"]);
        Assert.Equal("{\"finding\":\"R-HOLD\"}", token.GetProperty("appContext").GetString());
    }
}
