using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Calls as the demo EHR's order entry makes them – token, prefetch, drafts – for every patient of the demo, over sockets.</summary>
public sealed class SandboxCardsTests : IDisposable
{
    private readonly ServiceHost _host = new(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true", ["Cds:RequireToken"] = "true", ["Cds:Deadline"] = "10000" });
    private readonly HttpClient _client;

    public SandboxCardsTests() => _client = _host.Client();

    public void Dispose()
    {
        _client.Dispose();
        _host.Dispose();
    }

    private async Task<JsonElement> DraftAsync(string patient) => JsonElement.Parse(await _client.GetStringAsync($"/sandbox/orders/{patient}/draft"));

    private async Task<JsonElement[]> AskAsync(string patient, string moment, params JsonElement[] drafts)
    {
        using var response = await _client.PostAsJsonAsync($"/sandbox/orders/{patient}/{moment}", new { drafts });
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        var service = Assert.Single(answer.GetProperty("services").EnumerateArray());
        Assert.True(service.GetProperty("fault").ValueKind is JsonValueKind.Null, service.GetRawText());
        var cards = service.GetProperty("cards");
        CardShape.Check(JsonElement.Parse($$"""{"cards":{{cards.GetRawText()}}}"""));
        return [.. cards.EnumerateArray()];
    }

    [Fact]
    public async Task H_12_H_42_H_45_H_47_H_52_H_60_every_card_of_the_demo_has_the_published_shape()
    {
        var seen = new HashSet<string>();
        for (var number = 1; number <= 10; number++)
        {
            var patient = $"sbx-{number:00}";
            var draft = await DraftAsync(patient);
            foreach (var card in (await AskAsync(patient, "view", draft)).Concat(await AskAsync(patient, "select", draft)).Concat(await AskAsync(patient, "sign", draft))) seen.Add($"{card.Topic()} {card.Indicator()}");
        }
        Assert.Superset(new HashSet<string> { "medicines critical", "medicines warning", "work-up warning", "not-checked warning", "blood-tests warning", "ready info" }, seen);
    }

    [Fact]
    public async Task H_46_H_51_H_54_H_56_nothing_is_recommended_run_or_opened_by_itself()
    {
        foreach (var patient in new[] { "sbx-01", "sbx-02", "sbx-05" })
        {
            var answer = string.Concat((await AskAsync(patient, "select", await DraftAsync(patient))).Select(c => c.GetRawText()));
            Assert.All(["isRecommended", "actionSelectionBehavior", "autolaunchable", "systemActions"], word => Assert.DoesNotContain(word, answer, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task H_48_a_suggestion_taken_over_and_placed_is_valid_in_the_EHR()
    {
        var draft = await DraftAsync("sbx-05");
        var creates = (await AskAsync("sbx-05", "select", draft)).SelectMany(c => c.Suggestions()).SelectMany(s => s.Actions()).Where(a => a.GetProperty("type").GetString() == "create").ToList();
        Assert.NotEmpty(creates);
        var drafts = new JsonArray(JsonNode.Parse(draft.GetRawText()));
        foreach (var (action, i) in creates.Select((a, i) => (a, i)))
        {
            var resource = (JsonObject)JsonNode.Parse(action.GetProperty("resource").GetRawText())!;
            resource["id"] = $"draft-{i + 2}";
            drafts.Add((JsonNode)resource);
        }
        using var placed = await _client.PostAsJsonAsync("/sandbox/orders/sbx-05/place", new JsonObject { ["drafts"] = drafts });
        Assert.True(placed.IsSuccessStatusCode, await placed.Content.ReadAsStringAsync());
        Assert.Equal(creates.Count + 1, JsonElement.Parse(await placed.Content.ReadAsStringAsync()).GetProperty("placed").GetArrayLength());
    }

    [Fact]
    public async Task H_55_the_review_starts_on_the_card_s_order_and_a_forged_context_is_as_if_it_were_not_there()
    {
        using var browser = new Browser(_host);
        var context = (await AskAsync("sbx-01", "select", await DraftAsync("sbx-01")))[0].GetProperty("links")[0].GetProperty("appContext").GetString()!;
        Assert.Equal("?procedureAt=2026-03-17&site=posterior-iliac-crest&indication=unexplained-anaemia", await OpenAsync(browser, "sbx-01", context));
        Assert.Equal("", await OpenAsync(browser, "sbx-02", context)); // a card of another patient
        Assert.Equal("", await OpenAsync(browser, "sbx-01", "procedureAt=2026-03-12"));
        Assert.Equal("", await OpenAsync(browser, "sbx-01", context.Replace(context[50], context[50] == 'A' ? 'B' : 'A')));
    }

    /// <summary>Launch with this context as an EHR does; the query of the page that the browser ends on.</summary>
    private static async Task<string> OpenAsync(Browser browser, string patient, string appContext)
    {
        using var click = await browser.PostAsync("/sandbox/launch", ("patient", patient), ("appContext", appContext));
        using var launch = await browser.GetAsync(click.Headers.Location!.OriginalString);
        using var signIn = await browser.GetAsync(launch.Headers.Location!.OriginalString);
        using var callback = await browser.GetAsync(signIn.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.SeeOther, callback.StatusCode);
        return callback.Headers.Location!.Query;
    }

    [Fact]
    public async Task H_57_feedback_of_the_demo_EHR_is_signed_taken_and_counted()
    {
        var card = (await AskAsync("sbx-02", "select", await DraftAsync("sbx-02")))[0];
        var reason = card.GetProperty("overrideReasons")[1];
        using var answer = await _client.PostAsJsonAsync("/sandbox/orders/sbx-02/feedback", new
        {
            service = HookWorld.OrderSelect,
            entry = new { card = card.GetProperty("uuid").GetString(), outcome = "overridden", overrideReason = new { reason, userComment = "later" } },
        });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await _host.Get<ShownCards>().WrittenAsync(default);
        await using var db = await _host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        var kept = await db.HookFeedback.SingleAsync();
        Assert.Equal((card.GetProperty("uuid").GetString(), "overridden", reason.GetProperty("code").GetString(), true), (kept.CardId, kept.Outcome, kept.Reason, kept.HasComment));
        Assert.Equal($"{_host.Address}/sandbox/fhir", kept.Client);
        Assert.Contains("T-HIGH", (await db.HookCards.SingleAsync(c => c.Id == kept.CardId)).Rules, StringComparison.Ordinal);
    }
}
