using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Cds;

public enum Outcome { Accepted, Overridden }

/// <summary>What a clinician did with one card.</summary>
/// <param name="Reason">Code of one of our override reasons; <c>other</c> for a reason that is not ours; null for none.</param>
/// <param name="HasComment">There was a comment. Its words are not kept (docs/decisions).</param>
public sealed record FeedbackEntry(Guid Card, Outcome Outcome, DateTimeOffset At, string? Reason, bool HasComment);

/// <summary>
/// The body of a feedback message (H-57, H-58): strict about what CDS Hooks requires, every fault at once; what is more is ignored.
/// A card id that is no UUID cannot be one of ours and is passed over.
/// </summary>
public static class ReadFeedback
{
    public const int MostBytes = 256 * 1024;
    private const int MostEntries = 500;
    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public static IReadOnlyList<FeedbackEntry> From(ReadOnlyMemory<byte> body, List<Fault> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(body, s_json);
            if (document.RootElement.ValueKind is not JsonValueKind.Object || !document.RootElement.TryGetProperty("feedback", out var list) || list.ValueKind is not JsonValueKind.Array)
            {
                faults.Add(new("feedback", "An array 'feedback' is expected."));
                return [];
            }
            if (list.GetArrayLength() > MostEntries)
            {
                faults.Add(new("feedback", $"More than {MostEntries} entries."));
                return [];
            }
            var entries = new List<FeedbackEntry>();
            var index = 0;
            foreach (var item in list.EnumerateArray())
                if (Entry(item, $"feedback[{index++}]", faults) is { } entry) entries.Add(entry);
            return entries;
        }
        // InvalidOperation: half a surrogate pair, on which the reader gives up late.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            faults.Add(new("$", "The body is not JSON, names a member twice, or is nested too deep."));
            return [];
        }
    }

    private static FeedbackEntry? Entry(JsonElement item, string where, List<Fault> faults)
    {
        var before = faults.Count;
        if (item.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new(where, "An object is expected."));
            return null;
        }
        var card = Text(item, "card");
        if (card is null) faults.Add(new($"{where}.card", "The card's uuid is required."));
        Outcome? outcome = Text(item, "outcome") switch { "accepted" => Outcome.Accepted, "overridden" => Outcome.Overridden, _ => null };
        if (outcome is null) faults.Add(new($"{where}.outcome", "'accepted' or 'overridden' is required."));
        var at = Instant(Text(item, "outcomeTimestamp"));
        if (at is null) faults.Add(new($"{where}.outcomeTimestamp", "A date-time with offset (RFC 3339) is required."));
        if (outcome is Outcome.Accepted && !NamesSuggestion(item)) faults.Add(new($"{where}.acceptedSuggestions", "An accepted card names its suggestions, each with an id."));
        var (reason, comment) = Why(item, $"{where}.overrideReason", faults);
        return faults.Count > before || !Guid.TryParse(card, out var id) ? null : new(id, outcome!.Value, at!.Value, reason, comment);
    }

    private static bool NamesSuggestion(JsonElement item) =>
        item.TryGetProperty("acceptedSuggestions", out var list) && list.ValueKind is JsonValueKind.Array && list.GetArrayLength() > 0
        && list.EnumerateArray().All(s => s.ValueKind is JsonValueKind.Object && Text(s, "id") is not null);

    private static (string? Reason, bool Comment) Why(JsonElement item, string where, List<Fault> faults)
    {
        if (!item.TryGetProperty("overrideReason", out var why) || why.ValueKind is JsonValueKind.Null) return default;
        if (why.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new(where, "An object is expected."));
            return default;
        }
        string? reason = null;
        if (why.TryGetProperty("reason", out var coding) && coding.ValueKind is JsonValueKind.Object)
        {
            // Another system's code may be anything, a name too: it is counted, not kept.
            var code = Text(coding, "code");
            reason = Text(coding, "system") is CardTopics.ReasonSystem && code is not null && CardTopics.ReasonDisplays.ContainsKey(code) ? code : "other";
        }
        return (reason, Text(why, "userComment") is not null);
    }

    private static DateTimeOffset? Instant(string? text) =>
        text is { Length: >= 20 and <= 40 } && text[10] is 'T' or 't' && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUniversalTime() : null;

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
