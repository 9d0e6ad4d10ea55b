using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.WebUtilities;
using Draft = BiopsyFhir.Sandbox.Store.ResourceStore.Draft;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>Bundles sent to the base address (hl7.org/fhir/R4/http.html#transaction). A transaction is all or nothing; the entries of a
/// batch stand alone.</summary>
internal sealed class Transactions(ResourceStore store, Interaction interaction, RunSearch search, Access access, bool minimal)
{
    /// <summary>Order in which a transaction's entries are processed, whatever their order in the bundle.</summary>
    private static readonly string[] Order = ["DELETE", "POST", "PUT", "GET"];

    private sealed record Entry(int Index, string Method, string Url, JsonObject? Resource, string? FullUrl, string? IfMatch, string? IfNoneExist)
    {
        public string Place => $"Bundle.entry[{Index}]";
        public string[] Path => Url.Split('?')[0].Split('/');
    }

    /// <exception cref="FhirFault">Not a transaction or batch; or any fault of a transaction's entry, with its place.</exception>
    public FhirResponse Run(JsonObject bundle)
    {
        if (bundle.Text("resourceType") != "Bundle") throw FhirFault.Invalid("Only a Bundle can be sent to the base address.", "resourceType");
        var entries = (bundle["entry"] as JsonArray ?? []).Select(Parse).ToList();
        var answers = bundle.Text("type") switch
        {
            "transaction" => RunAll(entries),
            "batch" => [.. entries.Select(RunAlone)],
            var other => throw FhirFault.Invalid($"Bundle.type must be 'transaction' or 'batch', not '{other}'.", "Bundle.type"),
        };
        return new(200, FhirJson.Write(new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = $"{bundle.Text("type")}-response",
            ["entry"] = new JsonArray([.. answers.Select(a => a.AsEntry(access.FhirBase, minimal))]),
        }));
    }

    private FhirResponse[] RunAll(List<Entry> entries) => store.Write(draft =>
    {
        var answers = new FhirResponse[entries.Count];
        var places = new Dictionary<string, string>();
        foreach (var entry in entries.Where(e => e.FullUrl is not null && e.Method is "POST" or "PUT"))
            if (!places.TryAdd(entry.FullUrl!, At(entry, () => PlaceFor(draft.State, entry))))
                throw FhirFault.Invalid($"The fullUrl '{entry.FullUrl}' stands twice in the bundle.", entry.Place);
        foreach (var entry in entries.OrderBy(e => Array.IndexOf(Order, e.Method)))
        {
            var ownId = entry is { Method: "POST", FullUrl: not null } ? places[entry.FullUrl].Split('/')[1] : null;
            if (entry.Resource is not null) Rewrite(entry.Resource, places);
            answers[entry.Index] = At(entry, () => Do(draft, entry, ownId));
        }
        foreach (var change in draft.Changes)
            At(entries[Array.FindIndex(answers, a => ReferenceEquals(a.Resource, change))], () => { interaction.Settle(draft, change); return change; });
        return answers;
    });

    private FhirResponse RunAlone(Entry entry)
    {
        try
        {
            return store.Write(draft =>
            {
                var answer = Do(draft, entry, ownId: null);
                foreach (var change in draft.Changes) interaction.Settle(draft, change);
                return answer;
            });
        }
        catch (FhirFault fault)
        {
            return FhirResponse.Of(fault.At(entry.Place));
        }
    }

    private FhirResponse Do(Draft draft, Entry entry, string? ownId) => (entry.Method, entry.Path) switch
    {
        ("POST", [var type]) => interaction.Create(draft, ResourceTypes.Named(type), Body(entry), entry.IfNoneExist, ownId),
        ("PUT", [var type, var id]) => interaction.Update(draft, ResourceTypes.Named(type), id, Body(entry), entry.IfMatch),
        ("DELETE", [var type, var id]) => interaction.Delete(draft, ResourceTypes.Named(type), id, entry.IfMatch),
        ("GET", [var type, var id]) => interaction.Read(draft.State, ResourceTypes.Named(type), id, null),
        ("GET", [var type]) => search.First(access, draft.State, ResourceTypes.Named(type), Query(entry.Url), strict: false),
        _ => throw new FhirFault(400, "not-supported", $"{entry.Method} {entry.Url} is not served inside a bundle.", "request"),
    };

    /// <summary>Where the resource of an entry will stand: known before anything is written, so that other entries can point to it.</summary>
    private string PlaceFor(StoreState state, Entry entry) => entry switch
    {
        { Method: "PUT" } => entry.Url,
        { IfNoneExist: { } query } when interaction.Matching(state, ResourceTypes.Named(entry.Url), query) is { } there => $"{there.Key}",
        _ => $"{ResourceTypes.Named(entry.Url).Name}/{Opaque.New()}",
    };

    /// <summary>Replaces each text that is an entry's fullUrl (references, and uris in general) by where that entry ends up.</summary>
    private static void Rewrite(JsonNode node, Dictionary<string, string> places)
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (name, value) in o.ToList())
                    if (value is JsonValue v && v.TryGetValue<string>(out var text) && places.TryGetValue(text, out var place)) o[name] = place;
                    else if (value is not null) Rewrite(value, places);
                break;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++)
                    if (a[i] is JsonValue v && v.TryGetValue<string>(out var text) && places.TryGetValue(text, out var place)) a[i] = place;
                    else if (a[i] is { } inner) Rewrite(inner, places);
                break;
        }
    }

    private static Entry Parse(JsonNode? node, int index)
    {
        var place = $"Bundle.entry[{index}]";
        if (node is not JsonObject entry || entry["request"] is not JsonObject request || request.Text("method") is not { } method || request.Text("url") is not { } url)
            throw FhirFault.Invalid($"{place} needs request.method and request.url.", place);
        if (!Order.Contains(method)) throw new FhirFault(400, "not-supported", $"{place}: {method} is not served inside a bundle.", place);
        return new(index, method, url, entry["resource"] as JsonObject, entry.Text("fullUrl"), request.Text("ifMatch"), request.Text("ifNoneExist"));
    }

    private static JsonObject Body(Entry entry) =>
        entry.Resource?.DeepClone() as JsonObject ?? throw FhirFault.Invalid($"{entry.Method} needs a resource.", "resource");

    private static IEnumerable<KeyValuePair<string, string>> Query(string url) => url.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0
        ? QueryHelpers.ParseQuery(url[mark..]).SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? "")) : [];

    private static T At<T>(Entry entry, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FhirFault fault)
        {
            throw fault.At(entry.Place);
        }
    }
}
