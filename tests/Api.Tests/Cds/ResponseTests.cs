using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Whole answers against the published shapes: our schema, and the invariants that a schema cannot say.</summary>
public sealed class ResponseTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    [Fact]
    public async Task H_42_H_45_H_46_H_47_H_52_H_60_Cards_of_every_topic_have_the_published_shape()
    {
        var answer = await FullAsync();
        using var document = JsonDocument.Parse(answer.ToJsonString());
        CardShape.Check(document.RootElement);
        var cards = answer["cards"]!.AsArray();
        Assert.True(cards.Count >= 3);
        Assert.Contains(cards, c => c!["suggestions"] is not null);
        Assert.Contains(cards, c => c!["overrideReasons"] is not null);
        Assert.All(cards, c => Assert.NotNull(c!["source"]!["topic"]!["system"]));
    }

    [Fact]
    public async Task H_51_H_54_H_56_Nothing_is_sent_that_needs_an_agreement_first()
    {
        var text = (await FullAsync()).ToJsonString();
        Assert.All(new[] { "systemActions", "actionSelectionBehavior", "autolaunchable" }, word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"cards":null}""")]
    [InlineData("""{"cards":[],"systemActions":[]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"hard-stop","source":{"label":"l"}}]}""")]
    [InlineData("""{"cards":[{"summary":"","indicator":"info","source":{"label":"l"}}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{}}]}""")]
    [InlineData("""{"cards":[{"summary":"s","detail":null,"indicator":"info","source":{"label":"l"}}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"suggestions":[{"label":"x"}]}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"selectionBehavior":"any","suggestions":[{"label":"x","actions":[{"type":"delete","description":"d","resource":{}}]}]}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"overrideReasons":[{"code":"c","system":"urn:x"}]}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"links":[{"label":"l","url":"/launch","type":"smart"}]}]}""")]
    [InlineData("""{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"},"extension":{}}]}""")]
    public void H_12_The_schema_of_answers_refuses_what_the_specification_refuses(string wrong) => Assert.NotEmpty(Schema.Response.Faults(JsonNode.Parse(wrong)));

    [Fact]
    public void H_40_The_schema_of_answers_holds_a_summary_to_139_characters()
    {
        JsonNode Card(int length) => new JsonObject { ["cards"] = new JsonArray(new JsonObject { ["summary"] = new string('s', length), ["indicator"] = "info", ["source"] = new JsonObject { ["label"] = "l" } }) };
        Assert.Empty(Schema.Response.Faults(Card(139)));
        Assert.NotEmpty(Schema.Response.Faults(Card(140)));
    }

    [Theory]
    [InlineData("""{"feedback":[]}""")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"ignored","outcomeTimestamp":"2026-03-11T09:00:00Z"}]}""")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"accepted","outcomeTimestamp":"yesterday"}]}""")]
    public void H_58_The_schema_of_feedback_refuses_what_the_specification_refuses(string wrong) => Assert.NotEmpty(Schema.Feedback.Faults(JsonNode.Parse(wrong)));

    private async Task<JsonObject> FullAsync()
    {
        var prefetch = HookBodies.Prefetch(
            ("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1"), HookBodies.Drug("Aspirin 100 mg", "m2"))),
            ("laboratory", HookBodies.Searchset(HookBodies.Platelets(40, "2026-03-10", "o1")))).Without("conditions");
        return await shared.Fresh.CardsAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow(), HookBodies.Drug("Ketorolac 30 mg injection", "d2", "draft")).With("prefetch", prefetch));
    }
}
