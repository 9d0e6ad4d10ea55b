using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using Microsoft.EntityFrameworkCore;
using static BiopsyFhir.Api.Tests.Cds.CardWorld;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>What EHRs tell us about cards, and what is made of it (H-57 to H-59).</summary>
public sealed class FeedbackTests : IDisposable
{
    private const string SelectService = "bone-marrow-biopsy-order-select";
    private readonly CardWorld _world = new();
    private readonly HttpClient _client;

    public FeedbackTests() => _client = _world.Host.Client();

    public void Dispose()
    {
        _client.Dispose();
        _world.Dispose();
    }

    private static string Accepted(string card, string at = "2026-03-11T09:05:00Z", string suggestion = "s1") =>
        $$"""{"card":"{{card}}","outcome":"accepted","acceptedSuggestions":[{"id":"{{suggestion}}"}],"outcomeTimestamp":"{{at}}"}""";

    private static string Overridden(string card, string at = "2026-03-11T09:06:00Z", string code = "already-done", string system = CardTopics.ReasonSystem, string? comment = null) =>
        $$$"""{"card":"{{{card}}}","outcome":"overridden","outcomeTimestamp":"{{{at}}}","overrideReason":{"reason":{"code":"{{{code}}}","system":"{{{system}}}"}{{{(comment is null ? "" : $",\"userComment\":\"{comment}\"")}}}}}""";

    private async Task<HttpResponseMessage> PostAsync(string body, string service = SelectService, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        return await _client.PostAsync($"/cds-services/{service}/feedback", content);
    }

    private async Task GiveAsync(params string[] entries)
    {
        using var answer = await PostAsync($$"""{"feedback":[{{string.Join(',', entries)}}]}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private async Task<string> ShowAsync(params string[] medicines)
    {
        var card = (await _world.CardsAsync(_world.Call(instance: NewId()), _world.Judge(Draft, Well(medicines))))[0];
        await _world.Host.Get<ShownCards>().WrittenAsync(default);
        return card.GetProperty("uuid").GetString()!;
    }

    private async Task<JsonElement> SummaryAsync(string query = "") => JsonElement.Parse(await _client.GetStringAsync($"/api/v1/feedback/summary{query}"));

    private static JsonElement Rule(JsonElement report, string rule) => report.GetProperty("rules").EnumerateArray().Single(r => r.GetProperty("rule").GetString() == rule);

    private static (int, int, int, int) Counts(JsonElement rule) => (rule.GetProperty("shown").GetInt32(), rule.GetProperty("accepted").GetInt32(), rule.GetProperty("overridden").GetInt32(), rule.GetProperty("unanswered").GetInt32());

    [Fact]
    public async Task H_57_several_cards_repeats_and_unknown_ones_are_taken_in_any_order()
    {
        var (one, two) = (await ShowAsync(Apixaban), await ShowAsync(Apixaban));
        await GiveAsync(Overridden(one), Accepted(two), Accepted(NewId().ToString("D")), Accepted("not-a-uuid"));
        await GiveAsync(Accepted(one)); // told later, happened earlier
        await GiveAsync(Overridden(one), Accepted(two));
        var report = await SummaryAsync();
        Assert.Equal((2, 1, 1, 0), Counts(Rule(report, "R-HOLD")));
        Assert.Equal(1, report.GetProperty("unknownCards").GetInt32());
        await using var db = await _world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        Assert.Equal(4, await db.HookFeedback.CountAsync());
    }

    [Fact]
    public async Task H_57_accepted_then_overridden_the_last_word_counts()
    {
        var card = await ShowAsync(Apixaban);
        await GiveAsync(Accepted(card, "2026-03-11T09:05:00Z"), Overridden(card, "2026-03-11T10:05:00+01:00"));
        Assert.Equal((1, 0, 1, 0), Counts(Rule(await SummaryAsync(), "R-HOLD"))); // the same instant: the refusal
        await GiveAsync(Accepted(card, "2026-03-11T09:07:00Z"));
        Assert.Equal((1, 1, 0, 0), Counts(Rule(await SummaryAsync(), "R-HOLD")));
    }

    [Fact]
    public async Task H_57_feedback_that_comes_before_its_card_is_known_counts_when_it_is()
    {
        var call = _world.Call(instance: NewId());
        var found = _world.Judge(Draft, Well(Apixaban));
        var card = (await _world.CardsAsync(call, found))[0].GetProperty("uuid").GetString()!;
        await GiveAsync(Accepted(card));
        await _world.Host.Get<ShownCards>().WrittenAsync(default);
        Assert.Equal((1, 1, 0, 0), Counts(Rule(await SummaryAsync(), "R-HOLD")));
    }

    [Fact]
    public async Task Every_rule_of_a_card_is_counted_and_why_it_was_overridden()
    {
        var card = await ShowAsync(Warfarin, MitralValve);
        await GiveAsync(Overridden(card, code: "specialist-decided", comment: "Dr Smith said so"));
        await GiveAsync(Overridden(await ShowAsync(Warfarin, MitralValve), code: "because Mrs Jones", system: "urn:other"));
        var rule = Rule(await SummaryAsync(), "T-HIGH");
        Assert.Equal([("other", 1), ("specialist-decided", 1)], rule.GetProperty("reasons").EnumerateArray().Select(r => (r.GetProperty("reason").GetString()!, r.GetProperty("count").GetInt32())));
        Assert.Equal(1, rule.GetProperty("comments").GetInt32());
        var week = Assert.Single(rule.GetProperty("weeks").EnumerateArray());
        Assert.Equal(("2026-03-09", 2), (week.GetProperty("monday").GetString(), week.GetProperty("shown").GetInt32()));
    }

    [Fact]
    public async Task H_59_the_words_of_a_comment_and_of_foreign_reasons_are_kept_nowhere()
    {
        await GiveAsync(Overridden(await ShowAsync(Apixaban), code: "Zebrafinch", system: "urn:other", comment: "Quokka is on holiday"));
        await SummaryAsync();
        foreach (var file in Directory.GetFiles(_world.Host.Get<DataFolder>().Path, "*.db*"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var bytes = await reader.ReadToEndAsync();
            Assert.DoesNotContain("Quokka", bytes, StringComparison.Ordinal);
            Assert.DoesNotContain("Zebrafinch", bytes, StringComparison.Ordinal);
        }
        Assert.DoesNotContain(_world.Host.Log, line => line.Contains("Quokka", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("not json", "$")]
    [InlineData("[]", "feedback")]
    [InlineData("{}", "feedback")]
    [InlineData("""{"feedback":{}}""", "feedback")]
    [InlineData("""{"feedback":[1]}""", "feedback[0]")]
    [InlineData("""{"feedback":[{"outcome":"accepted","outcomeTimestamp":"2026-03-11T09:00:00Z","acceptedSuggestions":[{"id":"x"}]}]}""", "feedback[0].card")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"liked","outcomeTimestamp":"2026-03-11T09:00:00Z"}]}""", "feedback[0].outcome")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"overridden","outcomeTimestamp":"yesterday"}]}""", "feedback[0].outcomeTimestamp")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00"}]}""", "feedback[0].outcomeTimestamp")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"accepted","outcomeTimestamp":"2026-03-11T09:00:00Z"}]}""", "feedback[0].acceptedSuggestions")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"accepted","acceptedSuggestions":[],"outcomeTimestamp":"2026-03-11T09:00:00Z"}]}""", "feedback[0].acceptedSuggestions")]
    [InlineData("""{"feedback":[{"card":"c","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00Z","overrideReason":"x"}]}""", "feedback[0].overrideReason")]
    [InlineData("""{"feedback":[{"card":"c","card":"d","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00Z"}]}""", "$")]
    public async Task H_58_what_is_missing_or_wrong_is_named(string body, string where)
    {
        using var answer = await PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var outcome = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("OperationOutcome", outcome.GetProperty("resourceType").GetString());
        Assert.Contains(where, outcome.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_58_of_a_message_with_one_bad_entry_nothing_is_kept()
    {
        var card = await ShowAsync(Apixaban);
        using var answer = await PostAsync($$"""{"feedback":[{{Overridden(card)}},{"card":"c","outcome":"liked"}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal((1, 0, 0, 1), Counts(Rule(await SummaryAsync(), "R-HOLD")));
    }

    [Fact]
    public async Task H_57_extra_members_and_extensions_are_passed_over()
    {
        var card = await ShowAsync(Apixaban);
        await GiveAsync($$"""{"card":"{{card}}","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00.123+01:00","extension":{"x":1},"overrideReason":{"userComment":"x","extension":{} },"more":[]}""");
        Assert.Equal((1, 0, 1, 0), Counts(Rule(await SummaryAsync(), "R-HOLD")));
    }

    [Fact]
    public async Task H_57_an_unknown_service_another_type_and_a_body_too_large_are_refused()
    {
        using var unknown = await PostAsync("""{"feedback":[]}""", "nothing");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var type = await PostAsync("""{"feedback":[]}""", type: "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, type.StatusCode);
        using var large = await PostAsync($$"""{"feedback":[],"x":"{{new string('x', 300_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var empty = await PostAsync("""{"feedback":[]}""");
        Assert.Equal(HttpStatusCode.OK, empty.StatusCode);
    }

    [Fact]
    public async Task The_page_shows_the_same_numbers_without_inline_script_or_style()
    {
        await GiveAsync(Overridden(await ShowAsync(Apixaban)), Accepted(await ShowAsync(Apixaban)));
        using var answer = await _client.GetAsync("/feedback");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode is HttpStatusCode.OK, string.Join('\n', _world.Host.Log.Where(l => l.StartsWith("Error", StringComparison.Ordinal))));
        Assert.Contains("R-HOLD: 2 shown, 1 accepted, 1 overridden.", page, StringComparison.Ordinal);
        Assert.Contains("Already done or arranged: 1", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?from=yesterday", "query from")]
    [InlineData("?to=2026-13-01", "query to")]
    [InlineData("?from=2026-03-12&to=2026-03-11", "query from")]
    [InlineData("?from=2020-01-01&to=2026-03-11", "query from")]
    public async Task A_time_that_makes_no_sense_is_said(string query, string where)
    {
        using var answer = await _client.GetAsync($"/api/v1/feedback/summary{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(where, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var page = await _client.GetAsync($"/feedback{query}");
        Assert.Equal(HttpStatusCode.BadRequest, page.StatusCode);
        Assert.Contains("What became of the cards", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_times_are_other_numbers()
    {
        await ShowAsync(Apixaban);
        Assert.Equal(0, (await SummaryAsync("?from=2026-03-01&to=2026-03-10")).GetProperty("cardsShown").GetInt32());
        Assert.Equal(1, (await SummaryAsync("?from=2026-03-11&to=2026-03-11")).GetProperty("cardsShown").GetInt32());
    }

    [Fact]
    public async Task Outside_the_sandbox_nobody_sees_the_numbers_without_signing_in()
    {
        using var host = new Hosting.ServiceHost();
        using var client = host.Client();
        foreach (var path in new[] { "/api/v1/feedback/summary", "/feedback" })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
        using var feedback = await client.PostAsync($"/cds-services/{SelectService}/feedback", new StringContent("""{"feedback":[]}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, feedback.StatusCode);
    }
}
