using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Web;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Domain;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>
/// A hospital in New York with an EHR of a few lines: orders that a test changes, documents and messages that arrive, faults on demand.
/// It is Wednesday 11 March 2026, 09:00 UTC, 05:00 in New York.
/// </summary>
internal sealed class DeliveryWorld : IAsyncDisposable
{
    public const string Secret = "notify-me-0123456789";

    private readonly Dictionary<string, string?> _settings;
    private readonly List<ServiceHost> _others = [];

    private DeliveryWorld(FakeEhr ehr, Dictionary<string, string?> settings, Action<IServiceCollection>? replace) => (Ehr, _settings, Host) = (ehr, settings, new ServiceHost(settings, replace: replace));

    public FakeEhr Ehr { get; }
    public ServiceHost Host { get; }

    /// <summary>ServiceRequests by id.</summary>
    public ConcurrentDictionary<string, JsonObject> Orders { get; } = new();

    /// <summary>Appointments by id.</summary>
    public ConcurrentDictionary<string, JsonObject> Appointments { get; } = new();

    /// <summary>No search finds an order; by its id it can be read.</summary>
    public bool Hidden { get; set; }

    /// <summary>DocumentReference, Communication and Provenance as they came.</summary>
    public ConcurrentQueue<JsonObject> Written { get; } = new();

    /// <summary>Status to answer writes with instead of taking them.</summary>
    public Func<int?> WriteFault { get; set; } = () => null;

    public string Language { get; set; } = "en";

    /// <summary>The EHR announces create and search of Provenance.</summary>
    public bool TakesProvenance { get; set; }

    /// <summary>Status to answer a Provenance with instead of taking it.</summary>
    public Func<int?> ProvenanceFault { get; set; } = () => null;

    public static Task<DeliveryWorld> StartAsync(params (string Key, string Value)[] more) => StartAsync(null, more);

    /// <param name="replace">Services of the test's own.</param>
    public static async Task<DeliveryWorld> StartAsync(Action<IServiceCollection>? replace, params (string Key, string Value)[] more)
    {
        var ehr = await FakeEhr.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["Ehrs:0:Id"] = "general",
            ["Ehrs:0:Issuer"] = ehr.FhirBase,
            ["Ehrs:0:ClientId"] = "app",
            ["Ehrs:0:BackendClientId"] = "robot",
            ["Ehrs:0:SubscriptionSecret"] = Secret,
            ["Facility:TimeZone"] = "America/New_York",
            ["Facility:ProcedureUnitPhone"] = "555-0100",
            ["Facility:AfterHoursPhone"] = "555-0101",
            ["Education:AllowUnreviewed"] = "true",
            ["Education:Chromium"] = "off",
        };
        foreach (var (key, value) in more) settings[key] = value;
        var world = new DeliveryWorld(ehr, settings, replace);
        ehr.Clock = world.Host.Clock;
        ehr.Instead = world.Answer;
        return world;
    }

    /// <summary>Without quiet hours.</summary>
    public static Task<DeliveryWorld> DaytimeAsync(params IEnumerable<(string Key, string Value)> more) => StartAsync([("Education:QuietFrom", "00:00"), ("Education:QuietUntil", "00:00"), .. more]);

    public void Order(string id, string? date, string status = "active", string patient = "pat-1") => Orders[id] = new()
    {
        ["resourceType"] = "ServiceRequest",
        ["id"] = id,
        ["status"] = status,
        ["intent"] = "order",
        ["code"] = new JsonObject { ["text"] = "Bone marrow biopsy" },
        ["subject"] = new JsonObject { ["reference"] = $"Patient/{patient}" },
        ["occurrenceDateTime"] = date,
    };

    public void Appointment(string id, string start, string order, string patient = "pat-1") => Appointments[id] = new()
    {
        ["resourceType"] = "Appointment",
        ["id"] = id,
        ["status"] = "booked",
        ["start"] = start,
        ["basedOn"] = new JsonArray(new JsonObject { ["reference"] = order }),
        ["participant"] = new JsonArray(new JsonObject { ["actor"] = new JsonObject { ["reference"] = $"Patient/{patient}" } }),
    };

    /// <summary>Apixaban with the last dose two days before the biopsy: on Monday 16 March for Wednesday 18 March, where no other day is given.</summary>
    public async Task SignAsync(string language, DateOnly? biopsy = null)
    {
        var d0 = biopsy ?? new(2026, 3, 18);
        var facility = Host.Get<Facility>();
        var snapshot = new Snapshot
        {
            Chart = new() { Person = new("Patient/pat-1", null, Sex.Female) },
            Biopsy = new(d0, LocalTime.At(d0, new(8, 0), facility.Zone), true, "posterior-iliac-crest", "other", null, "none", "unknown", "ServiceRequest/1"),
            AsOf = PartialDate.Instant(Host.Clock.GetUtcNow(), facility.Zone),
            Facility = facility,
        };
        var readiness = Assess.Run(snapshot, Host.Get<PolicyShelf>().Default) with
        {
            Verdict = Verdict.ActionNeeded,
            Findings = [new() { Rule = "R-HOLD", Severity = Severity.High, Subject = "apixaban", Action = FindingAction.Hold, Title = "x", Detail = "x", LastDoseDate = d0.AddDays(-2), ResumeDate = d0.AddDays(1), Because = [], Citations = ["PAUSE"] }],
        };
        var plan = Assert.IsType<Signing.Accepted>(SignPlan.From(readiness, [], new("Practitioner/7", "Dr. Test"), Host.Clock.GetUtcNow())).Plan;
        await using var db = await Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await Host.Get<QueueDeliveries>().AddRemindersAsync(db, "general", "Patient/pat-1", plan, Host.Get<HandoutShelf>().Texts.ByLanguage[language], default);
        await transaction.CommitAsync();
    }

    /// <summary>Puts the clock to this instant.</summary>
    public void SetClock(string instant) => Host.Clock.Advance(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture) - Host.Clock.GetUtcNow());

    public Task LookAsync() => Host.Get<WatchOrders>().LookAtAllAsync(default);

    public Task<int> DeliverAsync() => Host.Get<DeliverDue>().RunAsync(default);

    /// <summary>"leaflet queued", in the order of their making.</summary>
    public async Task<IReadOnlyList<string>> StatesAsync() => [.. (await RowsAsync()).Select(r => $"{r.Kind} {r.State}")];

    public async Task<IReadOnlyList<DeliveryRow>> RowsAsync()
    {
        await using var db = await Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        return await db.Deliveries.AsNoTracking().OrderBy(d => d.CreatedAt).ThenBy(d => d.Kind).ToListAsync();
    }

    /// <summary>The page of deliveries, as a person sees it.</summary>
    public async Task<string> PageAsync()
    {
        using var scope = Host.Services.CreateScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, Host.Get<ILoggerFactory>());
        var parameters = new Dictionary<string, object?>
        {
            [nameof(DeliveriesPage.Items)] = await Host.Get<Deliveries>().ListAsync(null, default),
            [nameof(DeliveriesPage.Automatic)] = true,
            [nameof(DeliveriesPage.Zone)] = Host.Get<Facility>().Zone,
        };
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<DeliveriesPage>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }

    /// <summary>Another machine on the same database, with the same keys.</summary>
    public ServiceHost Another()
    {
        var other = new ServiceHost(_settings);
        _others.Add(other);
        return other;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in _others) other.Dispose();
        Host.Dispose();
        await Ehr.DisposeAsync();
    }

    private (int, string, string)? Answer(Recorded request) => request switch
    {
        { Path: "/fhir/metadata" } => Fhir(200, Capabilities(TakesProvenance)),
        { Path: "/fhir/ServiceRequest", Method: "GET" } => Fhir(200, Bundle(Orders.Values.Where(o => !Hidden && o["status"]!.ToString() is "active" or "on-hold"))),
        { Path: "/fhir/Appointment", Method: "GET" } => Fhir(200, Bundle(Appointments.Values)),
        { Method: "GET", Path: var path } when path.StartsWith("/fhir/ServiceRequest/", StringComparison.Ordinal) => Orders.TryGetValue(path.Split('/')[^1], out var order) ? Fhir(200, order) : (404, "text/plain", "no"),
        { Method: "GET", Path: var path } when path.StartsWith("/fhir/Patient/", StringComparison.Ordinal) => Fhir(200, Patient(path.Split('/')[^1])),
        { Method: "GET", Path: "/fhir/DocumentReference" or "/fhir/Communication" } => Fhir(200, Bundle(Known(request.Path[6..], HttpUtility.ParseQueryString(request.Query)["identifier"]))),
        { Method: "GET", Path: "/fhir/Provenance" } => Fhir(200, Bundle(Written.Where(w => w["resourceType"]!.ToString() == "Provenance" && $"{Tag(w)["system"]}|{Tag(w)["code"]}" == HttpUtility.ParseQueryString(request.Query)["_tag"]))),
        { Method: "POST", Path: "/fhir/Provenance" } when ProvenanceFault() is { } status => (status, "text/plain", "not now"),
        { Method: "GET", Path: var path } when path.StartsWith("/fhir/Communication/", StringComparison.Ordinal) => Written.FirstOrDefault(w => $"/fhir/Communication/{w["id"]}" == path) is { } message ? Fhir(200, message) : (404, "text/plain", "no"),
        { Method: "POST", Path: "/fhir/DocumentReference" or "/fhir/Communication" or "/fhir/Provenance" } => Create(request),
        _ => null,
    };

    private (int, string, string) Create(Recorded request)
    {
        var type = request.Path[6..];
        if (type != "Provenance" && WriteFault() is { } status) return (status, "text/plain", "not now");
        if (request.Headers.TryGetValue("If-None-Exist", out var query) && Known(type, HttpUtility.ParseQueryString(query)["identifier"]).FirstOrDefault() is { } there) return Fhir(200, there);
        var created = JsonNode.Parse(request.Body)!.AsObject();
        created["id"] = $"{type}-{Written.Count + 1}";
        Written.Enqueue(created);
        return Fhir(201, created);
    }

    private static JsonNode Tag(JsonObject resource) => resource["meta"]!["tag"]![0]!;

    private IEnumerable<JsonObject> Known(string type, string? identifier) => Written.Where(w => w["resourceType"]!.ToString() == type && type != "Provenance"
        && (identifier is null || w["identifier"]!.AsArray().Any(i => $"{i!["system"]}|{i["value"]}" == identifier)));

    private JsonObject Patient(string id) => new()
    {
        ["resourceType"] = "Patient",
        ["id"] = id,
        ["communication"] = new JsonArray(new JsonObject { ["preferred"] = true, ["language"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:ietf:bcp:47", ["code"] = Language }) } }),
    };

    private static JsonObject Capabilities(bool provenance)
    {
        JsonObject Type(string type, params string[] interactions) => new()
        {
            ["type"] = type,
            ["conditionalCreate"] = true,
            ["interaction"] = new JsonArray([.. interactions.Select(i => (JsonNode)new JsonObject { ["code"] = i })]),
            ["searchParam"] = new JsonArray(new JsonObject { ["name"] = type == "Provenance" ? "_tag" : "identifier", ["type"] = "token" }),
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
                ["resource"] = new JsonArray(Type("Patient", "read"), Type("ServiceRequest", "read", "search-type"), Type("Appointment", "read", "search-type"),
                    Type("DocumentReference", "read", "search-type", "create", "update"), Type("Communication", "read", "search-type", "create", "update"),
                    Type("Provenance", provenance ? ["search-type", "create"] : [])),
            }),
        };
    }

    private static JsonObject Bundle(IEnumerable<JsonObject> resources) => new()
    {
        ["resourceType"] = "Bundle",
        ["type"] = "searchset",
        ["entry"] = new JsonArray([.. resources.Select(r => (JsonNode)new JsonObject { ["resource"] = r.DeepClone() })]),
    };

    private static (int, string, string) Fhir(int status, JsonNode body) => FakeEhr.Json(status, body.DeepClone(), "application/fhir+json");
}
