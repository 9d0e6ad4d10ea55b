using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Fhir.Publishing;
using static BiopsyFhir.Api.Tests.Published.PublishedWorld;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary>What no JSON schema sees: addresses that lead somewhere, ids that are one's own, nothing empty, nothing claimed.</summary>
public sealed partial class PublishedShapeTests
{
    [Fact]
    public void Ids_addresses_and_names_are_well_formed_and_no_two_are_the_same()
    {
        Assert.All(All, r => Assert.Matches(Id(), r.Id));
        Assert.All(All, r => Assert.Matches(Name(), r.Name));
        Assert.All(All, r => Assert.Equal($"{Base}/{r.Type}/{r.Id}", r.Url));
        Assert.Equal(All.Length, All.Select(r => r.Url).Distinct().Count());
        Assert.Equal(All.Length, All.Select(r => r.Identifier).Distinct().Count());
        Assert.Equal(All.Length, All.Select(r => (r.Type, r.Name)).Distinct().Count());
    }

    [Fact]
    public void What_is_searched_by_is_what_the_resource_says()
    {
        foreach (var r in All)
        {
            var json = r.Json();
            Assert.Equal((r.Type, r.Id, r.Url, r.Name, r.Title, r.Version, r.Status, r.Identifier), (json.Text("resourceType"), json.Text("id"), json.Text("url"), json.Text("name"), json.Text("title"),
                json.Text("version"), json.Text("status"), json.GetProperty("identifier")[0].Text("value")));
        }
    }

    [Fact]
    public void Every_address_of_ours_in_a_resource_is_one_that_is_published()
    {
        var known = All.Select(r => r.Url).ToHashSet();
        foreach (var r in All)
            Assert.DoesNotContain(Strings(r.Json()), s => s.StartsWith($"{Base}/", StringComparison.Ordinal) && !known.Contains(s));
    }

    [Fact]
    public void Actions_of_a_plan_have_ids_of_their_own_and_relate_to_one_that_is_there()
    {
        foreach (var plan in All.Where(r => r.Type == "PlanDefinition").Select(r => r.Json()))
        {
            var ids = Actions(plan).Select(a => a.Text("id")!).ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
            Assert.All(ids, id => Assert.Matches(Id(), id));
            Assert.All(Actions(plan).Where(a => a.TryGetProperty("relatedAction", out _)), a => Assert.Contains(a.GetProperty("relatedAction")[0].Text("actionId"), ids));
        }
    }

    [Fact]
    public void Nothing_is_empty_and_no_text_begins_or_ends_with_a_blank()
    {
        foreach (var r in All) Walk(r.Json(), $"{r.Type}/{r.Id}");

        static void Walk(JsonElement node, string path)
        {
            switch (node.ValueKind)
            {
                case JsonValueKind.Object:
                    Assert.True(node.EnumerateObject().Any(), $"{path} is empty");
                    foreach (var member in node.EnumerateObject()) Walk(member.Value, $"{path}.{member.Name}");
                    break;
                case JsonValueKind.Array:
                    Assert.True(node.GetArrayLength() > 0, $"{path} is empty");
                    foreach (var item in node.EnumerateArray()) Walk(item, path);
                    break;
                case JsonValueKind.String:
                    var text = node.GetString()!;
                    Assert.True(text.Length > 0 && text.Trim().Length == text.Length, $"{path} is '{text}'");
                    break;
                case JsonValueKind.Null:
                    Assert.Fail($"{path} is null");
                    break;
            }
        }
    }

    /// <summary>Nobody has approved these policies for a site; the service must not say so.</summary>
    [Fact]
    public void Status_is_honest_and_no_approval_or_review_is_claimed()
    {
        Assert.Equal(["P1: active", "P2: draft", "P3: draft"], All.Where(r => r.Type == "PlanDefinition").Select(r => $"{r.Id}: {r.Status}"));
        foreach (var r in All)
        {
            var json = r.Json();
            Assert.All((string[])["approvalDate", "lastReviewDate", "effectivePeriod", "endorser", "reviewer"], name => Assert.False(json.TryGetProperty(name, out _), $"{r.Id} claims {name}"));
            Assert.Equal(JsonValueKind.False, json.GetProperty("experimental").ValueKind);
        }
        var sandbox = PublishPolicies.All([.. Policies.ById.Values], BiopsyFhir.Api.Published.RuleShelf.Rules, new(Base, "P1", Experimental: true));
        Assert.All(sandbox, r => Assert.Equal(JsonValueKind.True, r.Json().GetProperty("experimental").ValueKind));
    }

    [Fact]
    public void Every_source_of_a_policy_is_named_with_how_far_it_was_verified()
    {
        foreach (var policy in Policies.ById.Values)
        {
            var artifacts = All.Single(r => r.Type == "Library" && r.Id == policy.Id).Json().GetProperty("relatedArtifact").EnumerateArray().Where(a => a.Text("type") == "citation").ToList();
            Assert.Equal(policy.Citations.Keys, artifacts.Select(a => a.Text("label")));
            Assert.All(artifacts, a => Assert.StartsWith($"Verification {policy.Citations[a.Text("label")!].Verification}:", a.Text("display"), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_library_holds_the_document_that_the_rules_read()
    {
        foreach (var policy in Policies.ById.Values)
        {
            var library = All.Single(r => r.Type == "Library" && r.Id == policy.Id).Json();
            Assert.Equal(policy.Document, System.Text.Encoding.UTF8.GetString(library.GetProperty("content")[0].GetProperty("data").GetBytesFromBase64()));
            Assert.EndsWith(policy.Hash, library.GetProperty("identifier")[0].Text("value"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("our site", "our-site")]
    [InlineData("P1", "P1")]
    [InlineData("mefenamic acid", "mefenamic-acid")]
    public void An_id_is_made_of_plain_words(string words, string id) => Assert.Equal(id, PublishedId.Of(words));

    [Fact]
    public void Words_that_cannot_be_an_id_get_a_mark_of_their_own()
    {
        Assert.NotEqual(PublishedId.Of("krankenhaus-ä"), PublishedId.Of("krankenhaus-ö"));
        Assert.Matches(Id(), PublishedId.Of(new string('x', 200)));
        Assert.NotEqual(PublishedId.Of(new string('x', 200)), PublishedId.Of(new string('x', 201)));
    }

    private static IEnumerable<string> Strings(JsonElement node) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().SelectMany(m => Strings(m.Value)),
        JsonValueKind.Array => node.EnumerateArray().SelectMany(Strings),
        JsonValueKind.String => [node.GetString()!],
        _ => [],
    };

    [GeneratedRegex(@"^[A-Za-z0-9\-.]{1,64}$")]
    private static partial Regex Id();

    [GeneratedRegex("^[A-Z][A-Za-z0-9_]{0,254}$")]
    private static partial Regex Name();
}
