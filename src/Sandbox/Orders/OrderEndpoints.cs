using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Orders;

/// <summary>What the order-entry page talks to: JSON in, JSON out. The drafts live in the page until they are placed; the hooks are called from here,
/// so that the page needs no key and no foreign address.</summary>
internal sealed class OrderEndpoints(ResourceStore store, CdsClient cds, SandboxAddresses at, IOptions<SandboxOptions> options, TimeProvider clock)
{
    private const int MostDrafts = 20, MostBytes = 1024 * 1024;

    /// <summary>A new draft to start from: the marrow order, or a medicine on a day.</summary>
    public IResult Draft(string patient, string? what, string? on)
    {
        if (!Known(patient)) return Bad(404, "No such patient.");
        var (encounter, now) = (Encounters.Of(store.Now, patient), clock.GetUtcNow());
        if (what is null) return Json(DraftOrder.Marrow(patient, encounter, now));
        if (!DateOnly.TryParseExact(on, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return Bad(400, "'on' must be a day (YYYY-MM-DD).");
        return DraftOrder.Medicine(what, day, patient, encounter, now) is { } medicine ? Json(medicine) : Bad(400, "There is no such medicine here.");
    }

    /// <summary><c>view</c>, <c>select</c> and <c>sign</c>: the cards for the drafts as they are now.</summary>
    public Task<IResult> HookAsync(string patient, string moment, HttpRequest request) => WithAsync(patient, request, async (body, ct) =>
    {
        var context = new JsonObject { ["userId"] = AuthorizeEndpoint.DemoUser, ["patientId"] = patient };
        if (Encounters.Of(store.Now, patient) is { } encounter) context["encounterId"] = encounter;
        if (moment != "view") context["draftOrders"] = Bundle(Drafts(body));
        if (moment == "select") context["selections"] = new JsonArray([.. Selections(body)]);
        var hook = moment switch { "view" => "patient-view", "select" => "order-select", _ => "order-sign" };
        var answers = await cds.CallAsync(hook, patient, context, ct);
        return Json(new JsonObject
        {
            ["services"] = new JsonArray([.. answers.Select(a => new JsonObject
            {
                ["id"] = a.Service, ["title"] = a.Title, ["milliseconds"] = Math.Round(a.Milliseconds), ["fault"] = a.Fault, ["cards"] = a.Cards?.DeepClone(),
            })]),
            ["launchUrl"] = at.Launch,
        });
    });

    public Task<IResult> FeedbackAsync(string patient, HttpRequest request) => WithAsync(patient, request, async (body, ct) =>
        body.Text("service") is not { } service || body["entry"] is not JsonObject entry ? Bad(400, "'service' and 'entry' are needed.")
        : await cds.FeedbackAsync(service, (JsonObject)entry.DeepClone(), ct) is { } fault ? Bad(502, fault) : Json([]));

    /// <summary>Signs the drafts: all become active orders of this patient, or none does.</summary>
    public Task<IResult> PlaceAsync(string patient, HttpRequest request) => WithAsync(patient, request, (body, _) =>
    {
        var access = new Access(new Grant { ClientId = "order-entry", Scopes = ["patient/*.cruds"], Patient = patient, User = AuthorizeEndpoint.DemoUser }, at.Fhir);
        var interaction = new Interaction(access, options.Value);
        var placed = store.Write(draft =>
        {
            var stored = Drafts(body).Select(d => interaction.Create(draft, ResourceTypes.Named(d.Text("resourceType")!), DraftOrder.Signed(d, clock.GetUtcNow()), null).Resource!).ToList();
            foreach (var one in stored) interaction.Settle(draft, one);
            return stored;
        });
        return Task.FromResult(Json(new JsonObject { ["placed"] = new JsonArray([.. placed.Select(p => (JsonNode)$"{p.Key}")]) }));
    });

    private async Task<IResult> WithAsync(string patient, HttpRequest request, Func<JsonObject, CancellationToken, Task<IResult>> work)
    {
        if (!Known(patient)) return Bad(404, "No such patient.");
        try
        {
            return await work(await ReadBody.ResourceAsync(request, MostBytes), request.HttpContext.RequestAborted);
        }
        catch (FhirFault fault)
        {
            return Bad(fault.Status, fault.Message);
        }
    }

    /// <exception cref="FhirFault">400 for what is not a list of orders.</exception>
    private static List<JsonObject> Drafts(JsonObject body)
    {
        var drafts = (body["drafts"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (drafts.Count is 0 or > MostDrafts || drafts.Any(d => d.Text("resourceType") is null || d.Text("id") is null))
            throw FhirFault.Invalid($"'drafts' must hold 1 to {MostDrafts} resources, each with resourceType and id.");
        return drafts;
    }

    /// <summary>The draft that was touched last; the first when the page names none of them.</summary>
    private static IEnumerable<JsonNode> Selections(JsonObject body)
    {
        var references = Drafts(body).ConvertAll(d => $"{d.Text("resourceType")}/{d.Text("id")}");
        return [body.Text("selected") is { } selected && references.Contains(selected) ? selected : references[0]];
    }

    private static JsonObject Bundle(List<JsonObject> drafts) => new()
    {
        ["resourceType"] = "Bundle",
        ["type"] = "collection",
        ["entry"] = new JsonArray([.. drafts.Select(d => new JsonObject { ["resource"] = d.DeepClone() })]),
    };

    private bool Known(string patient) => store.Now.Existing(new("Patient", patient)) is not null;

    private static IResult Json(JsonObject body) => Results.Bytes(FhirJson.Write(body), "application/json");

    private static IResult Bad(int status, string why) => Results.Json(new { fault = why }, JsonSerializerOptions.Web, statusCode: status);
}
