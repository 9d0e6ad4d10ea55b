using System.Text;
using BiopsyFhir.Fhir.Publishing;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary>
/// The published policies, judged by validators that we did not write: the plans of P1 and P2, and a library, an activity and a value set
/// of every kind. The rest is made by the same lines; with <c>BIOPSYFHIR_LONG=1</c> it is all held against them.
/// </summary>
public sealed class ValidatedTests(Validators validators) : IClassFixture<Validators>
{
    [PeersFact]
    public async Task Every_published_policy_is_valid_R4()
    {
        var kinds = PublishedWorld.All.Where(r => r.Type == "ValueSet").DistinctBy(r => r.Title.Split(':')[0].Split(' ')[0]).ToList();
        Assert.True(kinds.Count >= 6, string.Join(", ", kinds.Select(k => k.Title)));
        var some = PublishedWorld.All.Where(r => r is { Type: "PlanDefinition", Id: "P1" or "P2" } or { Type: "Library", Id: "P1" })
            .Concat(PublishedWorld.All.Where(r => r.Type == "ActivityDefinition").DistinctBy(r => r.Title.Split(' ')[0])).Concat(kinds);
        var wanted = Environment.GetEnvironmentVariable("BIOPSYFHIR_LONG") is "1" ? PublishedWorld.All : some;
        foreach (var resource in wanted) await validators.AssertValid(Encoding.UTF8.GetString(resource.Json));
    }

    [PeersFact]
    public async Task The_capability_statement_and_a_page_of_a_search_are_valid_R4()
    {
        await validators.AssertValid(Encoding.UTF8.GetString(CapabilityJson.Of(new(PublishedWorld.Base, "P1", false), "1.0.0", new(2026, 3, 11), open: true)));
        var activities = PublishedWorld.All.Where(r => r.Type == "ActivityDefinition").ToList();
        var (search, _) = SearchPublished.Read([("_count", "5"), ("flavour", "sweet")], strict: false);
        await validators.AssertValid(Encoding.UTF8.GetString(SearchsetJson.Of(activities, search!, $"{PublishedWorld.Base}/ActivityDefinition")));
    }

    /// <summary>The validators would see it: a plan with a code that R4 does not have.</summary>
    [PeersFact]
    public async Task A_plan_with_a_wrong_code_is_found_out()
    {
        var plan = Encoding.UTF8.GetString(PublishedWorld.All.First(r => r.Type == "PlanDefinition").Json);
        Assert.NotEmpty(await validators.FaultsOf(plan.Replace("\"before-start\"", "\"some-time-before\"", StringComparison.Ordinal)));
        Assert.NotEmpty(await validators.FaultsOf(plan.Replace("\"status\":\"active\"", "\"status\":\"approved\"", StringComparison.Ordinal)));
    }
}
