using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>The answer of a hook call against CDS Hooks 2.0 (H-11, H-12, H-40 to H-60): what the published logical models and invariants ask.</summary>
public static class CardShape
{
    private static readonly HashSet<string> s_card =
        ["uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"];

    public static void Check(JsonElement answer)
    {
        Schema.Response.Check(JsonNode.Parse(answer.GetRawText()));
        NothingEmpty(answer, "$");
        Assert.Equal(["cards"], answer.EnumerateObject().Select(m => m.Name));
        var ids = new HashSet<string>();
        foreach (var card in answer.GetProperty("cards").EnumerateArray()) Card(card, ids);
    }

    private static void Card(JsonElement card, HashSet<string> ids)
    {
        Assert.Subset(s_card, card.EnumerateObject().Select(m => m.Name).ToHashSet());
        Uuid(card, ids);
        var summary = card.GetProperty("summary").GetString()!;
        Assert.InRange(summary.Length, 1, 139); // H-40
        Assert.DoesNotContain('\n', summary);
        Assert.Contains(card.GetProperty("indicator").GetString(), new[] { "info", "warning", "critical" }); // H-41
        Source(card.GetProperty("source"));
        Assert.Equal(card.TryGetProperty("suggestions", out var suggestions), card.TryGetProperty("selectionBehavior", out var behaviour)); // H-45
        if (suggestions.ValueKind is JsonValueKind.Array)
        {
            Assert.Contains(behaviour.GetString(), new[] { "any", "at-most-one" });
            foreach (var suggestion in suggestions.EnumerateArray()) Suggestion(suggestion, ids);
            if (behaviour.GetString() is "at-most-one") Assert.InRange(suggestions.EnumerateArray().Count(s => s.TryGetProperty("isRecommended", out var r) && r.GetBoolean()), 0, 1); // H-46
        }
        if (card.TryGetProperty("overrideReasons", out var reasons))
            foreach (var reason in reasons.EnumerateArray()) Coding(reason); // H-52
        if (card.TryGetProperty("links", out var links))
            foreach (var link in links.EnumerateArray()) Link(link);
        Assert.All(card.GetProperty("extension").EnumerateObject(), m => Assert.Matches("^[a-z]+(\\.[a-z-]+)+$", m.Name)); // H-60
    }

    private static void Source(JsonElement source)
    {
        Assert.NotEmpty(source.GetProperty("label").GetString()!);
        Assert.True(Uri.TryCreate(source.GetProperty("url").GetString(), UriKind.Absolute, out _)); // H-42
        Coding(source.GetProperty("topic"));
    }

    private static void Suggestion(JsonElement suggestion, HashSet<string> ids)
    {
        Assert.NotEmpty(suggestion.GetProperty("label").GetString()!); // H-47
        Uuid(suggestion, ids);
        foreach (var action in suggestion.GetProperty("actions").EnumerateArray())
        {
            Assert.NotEmpty(action.GetProperty("description").GetString()!); // H-48
            switch (action.GetProperty("type").GetString())
            {
                case "create":
                    Assert.Equal("draft", action.GetProperty("resource").GetProperty("status").GetString()); // H-50
                    Assert.False(action.TryGetProperty("resourceId", out _));
                    break;
                case "update":
                    Assert.NotEmpty(action.GetProperty("resource").GetProperty("id").GetString()!); // H-49
                    break;
                case "delete":
                    Assert.Matches("^[A-Za-z]+/.+$", action.GetProperty("resourceId").GetString()!);
                    Assert.False(action.TryGetProperty("resource", out _));
                    break;
                default:
                    Assert.Fail("type is none of create, update, delete");
                    break;
            }
        }
    }

    private static void Link(JsonElement link)
    {
        Assert.NotEmpty(link.GetProperty("label").GetString()!);
        Assert.True(Uri.TryCreate(link.GetProperty("url").GetString(), UriKind.Absolute, out _)); // H-53
        Assert.Contains(link.GetProperty("type").GetString(), new[] { "absolute", "smart" });
        if (link.TryGetProperty("appContext", out var context))
        {
            Assert.Equal("smart", link.GetProperty("type").GetString());
            Assert.Equal(JsonValueKind.String, context.ValueKind);
        }
    }

    private static void Coding(JsonElement coding) =>
        Assert.All(["code", "system", "display"], name => Assert.NotEmpty(coding.GetProperty(name).GetString()!));

    private static void Uuid(JsonElement item, HashSet<string> ids)
    {
        var id = item.GetProperty("uuid").GetString()!;
        Assert.True(Guid.TryParseExact(id, "D", out _));
        Assert.True(ids.Add(id), "a uuid stands twice"); // H-43
    }

    private static void NothingEmpty(JsonElement element, string where)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null: Assert.Fail($"{where} is null"); break;
            case JsonValueKind.String: Assert.True(element.GetString()!.Length > 0, $"{where} is an empty string"); break;
            case JsonValueKind.Array:
                Assert.True(element.GetArrayLength() > 0 || where == "$.cards", $"{where} is an empty array");
                var i = 0;
                foreach (var item in element.EnumerateArray()) NothingEmpty(item, $"{where}[{i++}]");
                break;
            case JsonValueKind.Object:
                Assert.True(element.EnumerateObject().Any(), $"{where} is an empty object");
                foreach (var member in element.EnumerateObject()) NothingEmpty(member.Value, $"{where}.{member.Name}");
                break;
        }
    }
}
