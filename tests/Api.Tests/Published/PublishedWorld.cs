using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Published;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Publishing;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary>The policies as they ship and as they are published, made once.</summary>
internal static class PublishedWorld
{
    public const string Base = "https://biopsy.example.org/fhir";

    public static PolicySet Policies { get; } = new PolicyShelf(new()).Current;

    public static Catalogue Known => Policies.ById["P1"].Catalogue;

    public static ImmutableArray<PublishedResource> All { get; } = Publish(Policies);

    public static ImmutableArray<PublishedResource> Publish(PolicySet policies) => PublishPolicies.All([.. policies.ById.Values], RuleShelf.Rules, new(Base, "P1", false));

    public static JsonElement Json(this PublishedResource resource) => JsonDocument.Parse(resource.Json).RootElement;

    public static JsonElement Plan(string policy) => All.Single(r => r.Type == "PlanDefinition" && r.Id == policy).Json();

    public static IEnumerable<PublishedResource> ValueSets(string kind) => All.Where(r => r.Type == "ValueSet" && r.Identifier.StartsWith($"urn:biopsyfhir:list:{kind}-", StringComparison.Ordinal));

    /// <summary>System and code of every listed concept.</summary>
    public static IEnumerable<(string System, string Code)> Concepts(this JsonElement valueSet) =>
        valueSet.GetProperty("compose").GetProperty("include").EnumerateArray().Where(i => i.TryGetProperty("concept", out _))
            .SelectMany(i => i.GetProperty("concept").EnumerateArray().Select(c => (i.GetProperty("system").GetString()!, c.GetProperty("code").GetString()!)));

    /// <summary>Every action of a plan, at any depth.</summary>
    public static IEnumerable<JsonElement> Actions(JsonElement node) =>
        node.TryGetProperty("action", out var actions) ? actions.EnumerateArray().SelectMany(a => Actions(a).Prepend(a)) : [];

    public static JsonElement Action(JsonElement plan, string id) => Actions(plan).Single(a => a.GetProperty("id").GetString() == id);

    public static ImmutableArray<JsonElement> Below(JsonElement action) => action.TryGetProperty("action", out var actions) ? [.. actions.EnumerateArray()] : [];

    public static string? Text(this JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
