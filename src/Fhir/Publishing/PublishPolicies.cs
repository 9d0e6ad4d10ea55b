using System.Collections.Immutable;
using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>Policies as R4 resources: a PlanDefinition and a Library for each, the activities they name, and the value sets of the catalogue.</summary>
public static class PublishPolicies
{
    /// <summary>The types that are published, in the order of the CapabilityStatement.</summary>
    public static readonly ImmutableArray<string> Types = ["PlanDefinition", "ActivityDefinition", "ValueSet", "Library"];

    /// <param name="policies">Those that a service offers; they share one catalogue.</param>
    /// <param name="rules">The words of every rule by its id.</param>
    public static ImmutableArray<PublishedResource> All(IReadOnlyCollection<Policy> policies, IReadOnlyDictionary<string, RuleWords> rules, PublishContext context)
    {
        var catalogue = policies.First().Catalogue;
        // Lists and activities belong to no policy: their version says which content they have.
        var lists = RecognitionLists.Of(catalogue).Select(list => ValueSetJson.Of(list, Version(Content(list)), context)).ToImmutableArray();
        var held = policies.SelectMany(p => p.Medicines.Rows.Values).Where(row => row.Regimens.Values.Any(r => r.Do == Instruction.Hold))
            .Select(row => row.Ingredient).Distinct().Order(StringComparer.Ordinal);
        var tests = policies.SelectMany(p => p.WorkUp.Tests).DistinctBy(t => t.Rule).OrderBy(t => t.Rule, StringComparer.Ordinal);
        ImmutableArray<PublishedResource> activities =
        [
            .. held.Select(ingredient => ActivityDefinitionJson.Hold(ingredient, catalogue, Version(ingredient), context)),
            .. tests.Select(test => ActivityDefinitionJson.Order(test, catalogue.Labs, Version($"{test.Rule} {test.Name} {string.Join('|', test.Any.Select(set => string.Join('+', set)))}"), context)),
        ];
        var plans = policies.Select(policy => new PlanDefinitionJson(policy, rules, context).Resource()).ToImmutableArray();
        var libraries = policies.Zip(plans, (policy, plan) => LibraryJson.Of(policy, [plan, .. activities, .. lists], context));
        return [.. plans, .. activities, .. lists, .. libraries];
    }

    private static string Content(RecognitionList list) =>
        string.Join('\n', list.Codes.Select(c => $"{c.System} {c.Code}").Concat(list.Patterns.Select(p => $"+{p.Regex}")).Concat(list.Except.Select(p => $"-{p.Regex}")));

    private static string Version(string content) => PublishedId.Hash(Encoding.UTF8.GetBytes(content))[..12];
}
