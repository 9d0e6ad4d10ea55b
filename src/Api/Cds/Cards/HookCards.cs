using System.Collections.Immutable;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Writes <c>{"cards":[…]}</c> straight to the answer: no model of the cards, no null, no empty member (H-12). What was shown is noted
/// afterwards, so that order-sign need not repeat it and feedback can be counted.
/// </summary>
public sealed class HookCards(ShownCards shown, OrderContext context, PublicAddress address, CdsOptions options)
{
    /// <summary>The answer is JSON and never HTML, so letters of all scripts stand as they are.</summary>
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task WriteAsync(HookCall call, HookFound.Judged found, PipeWriter output, CancellationToken cancel)
    {
        var cards = PlanCards.For(call.Service.Hook, found);
        var prints = cards.Select(card => Fingerprint.Of(card, found)).ToImmutableArray();
        var viewer = Fingerprint.Viewer(call, found.Order);
        if (options.Quiet && call.Service.Hook is Hook.OrderSign && cards.Length > 0)
            (cards, prints) = Quieter.Than(cards, prints, await shown.InFullAsync(viewer, cancel));

        var ids = new Guid[cards.Length];
        Write(output, call, found, cards, ids);
        await output.FlushAsync(cancel);
        for (var i = 0; i < cards.Length; i++) shown.Note(call, cards[i], ids[i], viewer, prints[i]);
    }

    internal void Write(PipeWriter output, HookCall call, HookFound.Judged found, ImmutableArray<PlannedCard> cards, Guid[] ids)
    {
        using var json = new Utf8JsonWriter(output, s_options);
        using var text = new CardText();
        var appContext = cards.IsEmpty ? null : context.For(call, found);
        json.WriteStartObject();
        json.WriteStartArray("cards");
        for (var i = 0; i < cards.Length; i++) ids[i] = Card(json, text, call, found, cards[i], i == cards.Length - 1, appContext);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private Guid Card(Utf8JsonWriter json, CardText text, HookCall call, HookFound.Judged found, PlannedCard card, bool last, string? appContext)
    {
        var summary = CardSummary.Of(card, found);
        text.Clear();
        if (card.Repeated) CardDetail.WriteRepeated(text, card, found);
        else CardDetail.Write(text, card, summary, found, last);
        var id = CardIds.OfCard(call, card.Topic, summary, text.Written);
        json.WriteStartObject();
        json.WriteString("uuid", id);
        json.WriteString("summary", summary);
        json.WriteString("detail", text.Written);
        json.WriteString("indicator", card.Indicator);
        Source(json, card.Topic, found.Readiness.Policy);
        if (Suggestion.For(card, call, found) is { IsEmpty: false } suggestions)
        {
            json.WriteStartArray("suggestions");
            foreach (var suggestion in suggestions) WriteSuggestion.Write(json, suggestion, id, call, found);
            json.WriteEndArray();
            json.WriteString("selectionBehavior", "any");
        }
        Reasons(json, card.Topic);
        Link(json, call, appContext);
        Extension(json, found, card);
        json.WriteEndObject();
        return id;
    }

    private void Source(Utf8JsonWriter json, CardTopic topic, Policy policy)
    {
        json.WriteStartObject("source");
        json.WriteString("label", string.Create(CultureInfo.InvariantCulture, $"BiopsyFhir, preset {policy.Id} {policy.Version}"));
        json.WriteString("url", address.At("/"));
        json.WriteStartObject("topic");
        json.WriteString("system", CardTopics.TopicSystem);
        json.WriteString("code", topic.Code());
        json.WriteString("display", topic.Display());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Reasons(Utf8JsonWriter json, CardTopic topic)
    {
        if (topic.Reasons() is not { Count: > 0 } reasons) return;
        json.WriteStartArray("overrideReasons");
        foreach (var reason in reasons)
        {
            json.WriteStartObject();
            json.WriteString("code", reason.Code);
            json.WriteString("system", CardTopics.ReasonSystem);
            json.WriteString("display", reason.Display);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Only where the EHR knows us as an app: the address is the registered launch address (H-53).</summary>
    private void Link(Utf8JsonWriter json, HookCall call, string? appContext)
    {
        if (call.Ehr.ClientId is null) return;
        json.WriteStartArray("links");
        json.WriteStartObject();
        json.WriteString("label", "Open the review");
        json.WriteString("url", address.At("/launch"));
        json.WriteString("type", "smart");
        if (appContext is not null) json.WriteString("appContext", appContext);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>The whole assessment on every card, shortened or not (contract section 3); which of it this card is about stands in the topic.</summary>
    /// <summary>Each rule id once, most serious first.</summary>
    private static bool SpokeBefore(ImmutableArray<Finding> findings, int at)
    {
        for (var i = 0; i < at; i++)
            if (findings[i].Rule == findings[at].Rule) return true;
        return false;
    }

    private static void Extension(Utf8JsonWriter json, HookFound.Judged found, PlannedCard card)
    {
        json.WriteStartObject("extension");
        json.WriteString("org.biopsyfhir.assessment", found.AssessmentId);
        json.WriteString("org.biopsyfhir.readiness", Wire.Name(found.Readiness.Verdict));
        if (card.Repeated) json.WriteBoolean("org.biopsyfhir.repeated", true);
        if (!found.Readiness.Findings.IsEmpty)
        {
            json.WriteStartArray("org.biopsyfhir.findings");
            var findings = found.Readiness.Findings;
            for (var i = 0; i < findings.Length; i++)
                if (!SpokeBefore(findings, i)) json.WriteStringValue(findings[i].Rule);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
