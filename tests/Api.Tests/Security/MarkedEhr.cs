using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>
/// An EHR whose patients carry a marker in everything that says who they are, and whose tokens are marked too: a marker that turns up
/// anywhere else has leaked. It keeps what is written, so that a test sees on whose chart.
/// </summary>
internal sealed class MarkedEhr
{
    /// <summary>Stands in every name, identifier, address, number and note of a chart.</summary>
    public const string Mark = "zqmark";

    /// <summary>Stands in every token, code and launch.</summary>
    public const string TokenMark = "token-zq";

    public const string One = "pat-zqone", Two = "pat-zqtwo";

    private readonly FakeEhr ehr;
    private readonly List<JsonObject> stored = [];

    public MarkedEhr(FakeEhr ehr)
    {
        this.ehr = ehr;
        foreach (var patient in (string[])[One, Two]) stored.AddRange(Chart(patient));
        ehr.Instead = Answer;
        ehr.TokenFields = new() { ["patient"] = One, ["access_token"] = $"access-{TokenMark}-1", ["refresh_token"] = $"refresh-{TokenMark}-1" };
    }

    /// <summary>What was created, newest last.</summary>
    public ConcurrentQueue<JsonObject> Written { get; } = new();

    /// <summary>Status for every FHIR request instead of an answer.</summary>
    public Func<Recorded, int?> Fault { get; set; } = _ => null;

    /// <summary>Every marker there is.</summary>
    public static IReadOnlyList<string> Marks { get; } = [Mark, TokenMark, One, Two, "1951-02-03", "zq-appointment", "zq-order"];

    public static JsonObject Bundle(string patient) => Searchset(Chart(patient), "collection");

    private (int, string, string)? Answer(Recorded request)
    {
        if (!request.Path.StartsWith("/fhir/", StringComparison.Ordinal) || request.Path.Contains(".well-known", StringComparison.Ordinal)) return null;
        if (Fault(request) is { } status) return (status, "application/fhir+json", Outcome());
        var parts = request.Path["/fhir/".Length..].Split('/');
        return (request.Method, parts) switch
        {
            ("GET", ["metadata"]) => Json(200, Capabilities()),
            ("GET", [var type, var id]) => All().FirstOrDefault(r => r["resourceType"]!.ToString() == type && r["id"]!.ToString() == id) is { } found ? Json(200, found) : (404, "application/fhir+json", Outcome()),
            ("GET", [var type]) => Json(200, Searchset(Found(type, request.Query), "searchset")),
            ("POST", [var type]) => Create(type, request),
            _ => (404, "application/fhir+json", Outcome()),
        };
    }

    private IEnumerable<JsonObject> All() => stored.Concat(Written);

    private IEnumerable<JsonObject> Found(string type, string query)
    {
        var asked = HttpUtility.ParseQueryString(query);
        var patient = (asked["patient"] ?? asked["subject"])?.Split('/')[^1];
        var (identifier, tag) = (asked["identifier"], asked["_tag"]);
        return All().Where(r => r["resourceType"]!.ToString() == type
            && (patient is null || r.ToJsonString().Contains($"Patient/{patient}\"", StringComparison.Ordinal))
            && (identifier is null || (r["identifier"] as JsonArray ?? []).Any(i => $"{i!["system"]}|{i["value"]}" == identifier))
            && (tag is null || (r["meta"]?["tag"] as JsonArray ?? []).Any(t => $"{t!["system"]}|{t["code"]}" == tag)));
    }

    private (int, string, string) Create(string type, Recorded request)
    {
        var created = JsonNode.Parse(request.Body)!.AsObject();
        created["id"] = $"{type.ToLowerInvariant()}-{Written.Count + 1}";
        Written.Enqueue(created);
        return Json(201, created);
    }

    private static IEnumerable<JsonObject> Chart(string id)
    {
        JsonObject Of(string type, string kind, params (string Name, JsonNode? Value)[] members)
        {
            var resource = new JsonObject { ["resourceType"] = type, ["id"] = $"{kind}-{id}" };
            if (type is not ("Patient" or "Appointment" or "AllergyIntolerance")) resource["subject"] = new JsonObject { ["reference"] = $"Patient/{id}", ["display"] = $"Display {Mark}" };
            foreach (var (name, value) in members) resource[name] = value;
            if (type is not "Patient") resource["note"] = new JsonArray(new JsonObject { ["text"] = $"Note {Mark}" });
            return resource;
        }
        JsonObject Code(string text, string? system = null, string? code = null) =>
            system is null ? new() { ["text"] = text } : new() { ["text"] = text, ["coding"] = new JsonArray(new JsonObject { ["system"] = system, ["code"] = code }) };
        var person = Of("Patient", "x",
            ("birthDate", "1951-02-03"), ("gender", "female"),
            ("name", new JsonArray(new JsonObject { ["family"] = $"Family{Mark}", ["given"] = new JsonArray($"Given{Mark}") })),
            ("identifier", new JsonArray(new JsonObject { ["system"] = "urn:oid:1.2.3", ["value"] = $"MRN{Mark}" })),
            ("address", new JsonArray(new JsonObject { ["line"] = new JsonArray($"Street{Mark} 5") })),
            ("telecom", new JsonArray(new JsonObject { ["system"] = "phone", ["value"] = $"+1-{Mark}" })));
        person["id"] = id;
        yield return person;
        yield return Of("MedicationRequest", "med", ("status", "active"), ("intent", "order"), ("medicationCodeableConcept", Code("apixaban 5 mg tablet", "http://www.nlm.nih.gov/research/umls/rxnorm", "1364445")));
        yield return Of("Observation", "lab", ("status", "final"), ("code", Code("Haemoglobin", "http://loinc.org", "718-7")), ("effectiveDateTime", "2026-03-09T08:00:00Z"),
            ("valueQuantity", new JsonObject { ["value"] = 9.1m, ["unit"] = "g/dL", ["system"] = "http://unitsofmeasure.org", ["code"] = "g/dL" }));
        yield return Of("Condition", "con", ("code", Code($"Condition {Mark}")));
        yield return Of("AllergyIntolerance", "all", ("patient", new JsonObject { ["reference"] = $"Patient/{id}" }), ("code", Code($"Allergy {Mark}")));
        yield return Of("ServiceRequest", "zq-order", ("status", "active"), ("intent", "order"), ("code", Code("Bone marrow biopsy")), ("occurrenceDateTime", "2026-03-18"));
        yield return Of("Appointment", "zq-appointment", ("status", "booked"), ("start", "2026-03-18T08:00:00Z"), ("description", $"Bone marrow biopsy of {Mark}"),
            ("basedOn", new JsonArray(new JsonObject { ["reference"] = $"ServiceRequest/zq-order-{id}" })),
            ("participant", new JsonArray(new JsonObject { ["actor"] = new JsonObject { ["reference"] = $"Patient/{id}" } })));
    }

    private static JsonObject Searchset(IEnumerable<JsonObject> resources, string type) => new()
    {
        ["resourceType"] = "Bundle",
        ["type"] = type,
        ["entry"] = new JsonArray([.. resources.Select(r => (JsonNode)new JsonObject { ["resource"] = r.DeepClone() })]),
    };

    private static JsonObject Capabilities()
    {
        JsonObject Type(string type, params string[] interactions) => new()
        {
            ["type"] = type,
            ["interaction"] = new JsonArray([.. interactions.Select(i => (JsonNode)new JsonObject { ["code"] = i })]),
            ["searchParam"] = new JsonArray([.. ((string[])["identifier", "_tag", "patient"]).Select(name => (JsonNode)new JsonObject { ["name"] = name, ["type"] = "token" })]),
        };
        return new()
        {
            ["resourceType"] = "CapabilityStatement",
            ["status"] = "active",
            ["kind"] = "instance",
            ["date"] = "2026-01-01",
            ["fhirVersion"] = "4.0.1",
            ["format"] = new JsonArray("json"),
            ["rest"] = new JsonArray(new JsonObject
            {
                ["mode"] = "server",
                ["resource"] = new JsonArray(
                [
                    .. ((string[])["Patient", "MedicationRequest", "Observation", "Condition", "AllergyIntolerance", "ServiceRequest", "Appointment"]).Select(t => (JsonNode)Type(t, "read", "search-type")),
                    .. ((string[])["CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent"]).Select(t => (JsonNode)Type(t, "read", "search-type", "create")),
                ]),
            }),
        };
    }

    private static string Outcome() => $$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"Cannot read Patient/{{One}}, {{Mark}}"}]}""";

    private static (int, string, string) Json(int status, JsonNode body) => FakeEhr.Json(status, body.DeepClone(), "application/fhir+json");
}

/// <summary>A clinician at the pages of one session: the form as it stands, sent on.</summary>
internal static partial class MarkedSession
{
    /// <summary>A page that is no longer waiting.</summary>
    public static async Task<string> SettledAsync(this Browser browser, string address)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            using var answer = await browser.GetAsync(address);
            if (answer.StatusCode is HttpStatusCode.Redirect) return await browser.SettledAsync(answer.Headers.Location!.OriginalString);
            var page = await answer.Content.ReadAsStringAsync();
            if (!page.Contains("data-wait", StringComparison.Ordinal)) return page;
            await Task.Delay(100);
        }
        throw new TimeoutException($"{address} never came to an end.");
    }

    /// <summary>Reads, decides and signs with what the forms propose.</summary>
    /// <param name="more">Further fields, as an attacker adds them.</param>
    public static async Task<string> SignAsync(this Browser browser, string session, params (string Name, string Value)[] more)
    {
        var review = await browser.SettledAsync($"/review/{session}?procedureAt=2026-03-18T08:00");
        using var plan = await browser.PostAsync($"/review/{session}/plan", [.. Fields(review), .. more]);
        var shown = await plan.Content.ReadAsStringAsync();
        Assert.True(plan.StatusCode is HttpStatusCode.OK, shown);
        using var sign = await browser.PostAsync($"/review/{session}/sign", [.. Fields(shown), .. more]);
        Assert.True(sign.StatusCode is HttpStatusCode.Redirect, await sign.Content.ReadAsStringAsync());
        return await browser.SettledAsync($"/review/{session}/receipts");
    }

    public static (string Name, string Value)[] Fields(string html)
    {
        static string Value(string attributes, string name) => WebUtility.HtmlDecode(Regex.Match(attributes, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value);
        return
        [
            .. Input().Matches(Form().Match(html).Value).Select(m => m.Groups[1].Value)
                .Where(a => !a.Contains("type=\"radio\"", StringComparison.Ordinal) || a.Contains("checked", StringComparison.Ordinal))
                .Select(a => (Value(a, "name"), Value(a, "value"))).Where(f => f.Item1.Length > 0),
        ];
    }

    [GeneratedRegex("<form method=\"post\".*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input ([^>]*)>")]
    private static partial Regex Input();
}
