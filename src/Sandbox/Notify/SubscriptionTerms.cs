using System.Text.Json;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Sandbox.Notify;

/// <summary>What a rest-hook Subscription asks for: plain R4, or R4 as the Subscriptions R5 Backport guide (1.1) shapes it.</summary>
/// <param name="Content">Backport payload content (<c>empty</c>, <c>id-only</c>, <c>full-resource</c>); null for plain R4.</param>
/// <param name="HasPayload">Plain R4 with a payload type: the resource itself is sent.</param>
internal sealed record SubscriptionTerms(Uri Endpoint, SearchQuery Criteria, IReadOnlyList<(string Name, string Value)> Headers, bool HasPayload, string? Content, string? Topic)
{
    private const string Backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

    /// <exception cref="FhirFault">422 for what this EHR cannot or will not do.</exception>
    public static SubscriptionTerms Read(JsonElement subscription, string fhirBase)
    {
        var channel = subscription.GetProperty("channel");
        if (channel.Text("type") != "rest-hook") throw No("Only the channel type rest-hook is served.", "Subscription.channel.type");
        if (!Uri.TryCreate(channel.Text("endpoint"), UriKind.Absolute, out var endpoint) || !endpoint.IsLoopback || endpoint.Scheme is not ("http" or "https"))
            throw No("The sandbox notifies endpoints on this machine only (http://localhost…).", "Subscription.channel.endpoint");
        var content = Extension(channel, "_payload", "backport-payload-content").Select(e => e.Text("valueCode")).FirstOrDefault();
        var filter = Extension(subscription, "_criteria", "backport-filter-criteria").Select(e => e.Text("valueString")).FirstOrDefault();
        var headers = SearchParameter.At(channel, "header").Select(h => h.GetString()!.Split(':', 2)).ToList();
        if (headers.Any(h => h.Length != 2)) throw No("A header is written 'Name: value'.", "Subscription.channel.header");
        return new(endpoint, Parse(filter ?? subscription.Text("criteria") ?? "", fhirBase), [.. headers.Select(h => (h[0].Trim(), h[1].Trim()))],
            channel.Text("payload") is not null, content, content is null ? null : subscription.Text("criteria"));
    }

    private static SearchQuery Parse(string criteria, string fhirBase)
    {
        if (criteria.Split('?', 2) is not [var name, ..] || !ResourceTypes.All.TryGetValue(name, out var type) || name == "Subscription")
            throw No($"'{criteria}' is not a search of a type that can be watched.", "Subscription.criteria");
        var sent = QueryHelpers.ParseQuery(criteria[name.Length..]).SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? ""));
        return SearchQuery.Parse(type, sent, fhirBase, strict: true);
    }

    private static IEnumerable<JsonElement> Extension(JsonElement of, string member, string name) =>
        SearchParameter.At(of, $"{member}.extension").Where(e => e.Text("url") == Backport + name);

    private static FhirFault No(string why, string where) => new(422, "not-supported", why, where);
}
