using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Cds;

/// <summary><c>POST /cds-services/{id}/feedback</c>: all of a message is kept, or none and every fault said.</summary>
public static class FeedbackEndpoint
{
    /// <param name="id">The service whose cards are spoken of.</param>
    public static async Task<IResult> PostAsync(string id, HttpContext context, FeedbackStore store)
    {
        if (!context.Request.HasJsonContentType()) return new Failure(FailureKind.UnsupportedMediaType, "application/json is expected.").ToOperationOutcome();
        if (await ReadAsync(context) is not { } body) return new Failure(FailureKind.TooLarge, $"The body is larger than {ReadFeedback.MostBytes} bytes.").ToOperationOutcome();
        var faults = new List<Fault>();
        var entries = ReadFeedback.From(body, faults);
        if (faults.Count > 0) return new Failure(FailureKind.BadRequest, "The feedback cannot be used; nothing of it was kept.", faults).ToOperationOutcome();
        await store.KeepAsync(HookCaller.Of(context).Client ?? "-", id, entries, context.RequestAborted);
        return Results.Ok();
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        var body = new byte[Math.Min(context.Request.ContentLength ?? 16 * 1024, ReadFeedback.MostBytes) + 1];
        var length = 0;
        while (await context.Request.Body.ReadAsync(body.AsMemory(length), context.RequestAborted) is > 0 and var read)
        {
            length += read;
            if (length > ReadFeedback.MostBytes) return null;
            if (length == body.Length) Array.Resize(ref body, Math.Min(body.Length * 2, ReadFeedback.MostBytes + 1));
        }
        return body.AsMemory(0, length);
    }
}

/// <summary>A feedback message of CDS Hooks 2.0, for the API description. The bytes are read by <see cref="ReadFeedback"/>.</summary>
public sealed record FeedbackBody(IReadOnlyList<FeedbackItem> Feedback);

/// <param name="Card">uuid of the card.</param>
/// <param name="Outcome">accepted or overridden.</param>
/// <param name="OutcomeTimestamp">RFC 3339.</param>
/// <param name="AcceptedSuggestions">Required with accepted.</param>
public sealed record FeedbackItem(string Card, string Outcome, DateTimeOffset OutcomeTimestamp, IReadOnlyList<AcceptedSuggestion>? AcceptedSuggestions, OverrideReasonItem? OverrideReason);

/// <param name="Id">uuid of the suggestion.</param>
public sealed record AcceptedSuggestion(string Id);

/// <param name="UserComment">Its words are not kept.</param>
public sealed record OverrideReasonItem(ReasonCoding? Reason, string? UserComment);

public sealed record ReasonCoding(string Code, string System, string? Display);
