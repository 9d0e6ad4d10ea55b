using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Cds;

/// <summary>Keeps what was done with cards, each message once, in whatever order it comes and whether or not the card is known (H-57, H-59).</summary>
public sealed class FeedbackStore(IDbContextFactory<ServiceDb> databases, TimeProvider clock)
{
    public async Task KeepAsync(string client, string service, IReadOnlyList<FeedbackEntry> entries, CancellationToken cancel)
    {
        if (entries.Count == 0) return;
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        foreach (var entry in entries)
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO hook_feedback (client, card_id, outcome, outcome_at, service, reason, has_comment, received_at)
                VALUES ({client}, {entry.Card.ToString("D")}, {Wire.Name(entry.Outcome)}, {entry.At.ToUnixTimeMilliseconds()}, {service}, {entry.Reason}, {entry.HasComment}, {clock.GetUtcNow().ToUnixTimeMilliseconds()})
                ON CONFLICT DO NOTHING
                """, cancel);
        await transaction.CommitAsync(cancel);
    }
}
