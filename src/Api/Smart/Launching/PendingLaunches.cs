using System.Text.Json;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Smart.Launching;

/// <summary>What is remembered between the redirect to the EHR and its answer.</summary>
/// <param name="Audience">The FHIR base as sent in <c>aud</c>.</param>
/// <param name="AnswerIssuer">Who must answer (RFC 9207).</param>
/// <param name="AnswerIssuerRequired">The server announced that it will say who answers.</param>
/// <param name="TokenEndpoint">Pinned at the start, so that a changed discovery document cannot lead the code elsewhere.</param>
public sealed record PendingLaunch(
    string EhrId, string Audience, string Verifier, string Nonce, string Scope, string RedirectUri,
    string AnswerIssuer, bool AnswerIssuerRequired, Uri TokenEndpoint, bool Standalone);

/// <summary>Launches in flight, encrypted at rest, found by the hash of their state, taken out once.</summary>
public sealed class PendingLaunches(IDbContextFactory<ServiceDb> databases, IDataProtectionProvider protection, TimeProvider clock, Configuration.SmartOptions options)
{
    private readonly IDataProtector protector = protection.CreateProtector("pending-launch");

    public async Task KeepAsync(string state, string browser, PendingLaunch launch, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        db.PendingLaunches.Add(new()
        {
            StateHash = Secrets.Hash(state),
            EhrId = launch.EhrId,
            BrowserHash = Secrets.Hash(browser),
            Secrets = protector.Protect(JsonSerializer.Serialize(launch)),
            CreatedAt = now,
            ExpiresAt = now.AddMinutes(options.LaunchMinutes),
        });
        await db.SaveChangesAsync(cancel);
    }

    /// <returns>The launch and its browser's hash, to the first who asks in time; null to everyone else.</returns>
    public async Task<(PendingLaunch Launch, string BrowserHash)?> TakeAsync(string state, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var hash = Secrets.Hash(state);
        var row = await db.PendingLaunches.AsNoTracking().FirstOrDefaultAsync(r => r.StateHash == hash, cancel);
        // The delete decides who was first, not the look.
        if (row is null || await db.PendingLaunches.Where(r => r.StateHash == hash).ExecuteDeleteAsync(cancel) is not 1) return null;
        if (row.ExpiresAt <= clock.GetUtcNow()) return null;
        return (JsonSerializer.Deserialize<PendingLaunch>(protector.Unprotect(row.Secrets))!, row.BrowserHash);
    }
}
