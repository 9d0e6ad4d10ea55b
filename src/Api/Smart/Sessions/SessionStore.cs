using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>A session just opened, and the cookie value its browser gets; null where cookies are refused.</summary>
public sealed record NewSession(SmartSession Session, string? Cookie);

/// <summary>Tokens as kept. Never logged, never sent to a browser.</summary>
public sealed record KeptTokens(string Access, DateTimeOffset? AccessExpiresAt, string? Refresh)
{
    /// <summary>The session that they were kept for; null in rows of a version before.</summary>
    public string? Session { get; init; }

    public override string ToString() => "(tokens)";

    /// <param name="earlierRefresh">Stays in use when the server sends no new one.</param>
    public static KeptTokens From(TokenResponse response, DateTimeOffset now, string? earlierRefresh = null) =>
        new(response.AccessToken, now + response.ExpiresIn, response.RefreshToken ?? earlierRefresh);
}

/// <summary>A session as found in the database; with a reason when it is over.</summary>
public sealed record FoundSession(SmartSession Session, string? CookieHash, DateTimeOffset LastUsedAt, string? EndReason);

/// <summary>Tokens, their version, and the context they were granted for.</summary>
public sealed record SessionGrant(KeptTokens Tokens, int Version, LaunchContext Context);

/// <summary>
/// Sessions in the database: context and tokens encrypted, cookies as hashes. What is encrypted names its row, so that whoever can change
/// rows gains nothing by exchanging cookies, contexts, tokens or EHRs between them: such a row is no session.
/// </summary>
public sealed class SessionStore(
    IDbContextFactory<ServiceDb> databases, IDataProtectionProvider protection, EhrRegistry ehrs, SmartOptions options, TimeProvider clock, ILogger<SessionStore> log)
{
    public const string ContextPurpose = "session-context";

    private readonly IDataProtector contexts = protection.CreateProtector(ContextPurpose);
    private readonly IDataProtector tokens = protection.CreateProtector("session-tokens");

    public async Task<NewSession> OpenAsync(LaunchContext context, TokenResponse granted, bool cookieless, CancellationToken cancel)
    {
        var (now, id, cookie) = (clock.GetUtcNow(), Secrets.New(), cookieless ? null : Secrets.New());
        var hash = cookie is null ? null : Secrets.Hash(cookie);
        var row = new SessionRow
        {
            Id = id,
            EhrId = context.EhrId,
            CookieHash = hash,
            Context = Protect(contexts, context with { Row = Named(id, context.EhrId, hash) }),
            Tokens = Protect(tokens, KeptTokens.From(granted, now) with { Session = id }),
            CreatedAt = now,
            LastUsedAt = now,
            ExpiresAt = now.AddMinutes(options.SessionMinutes),
        };
        await using var db = await databases.CreateDbContextAsync(cancel);
        db.Sessions.Add(row);
        await db.SaveChangesAsync(cancel);
        return new(Session(row, context)!, cookie);
    }

    /// <returns>The session, also when it has ended; null when there is none, it expired, or its EHR is no longer trusted.</returns>
    public async Task<FoundSession?> FindAsync(string id, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        if (await db.Sessions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id && r.ExpiresAt > now, cancel) is not { } row) return null;
        if (ContextOf(row) is not { } context || Session(row, context) is not { } session) return null;
        var idle = row.EndedAt is null && now - row.LastUsedAt >= TimeSpan.FromMinutes(options.IdleMinutes);
        return new(session, row.CookieHash, row.LastUsedAt, row.EndedAt is not null ? row.EndReason : idle ? EndReasons.Idle : null);
    }

    public async Task TouchAsync(string id, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        await db.Sessions.Where(r => r.Id == id).ExecuteUpdateAsync(set => set.SetProperty(r => r.LastUsedAt, now), cancel);
    }

    /// <summary>Ends the session and forgets its tokens; the row stays until it expires, so that the page can say why.</summary>
    public async Task EndAsync(string id, string reason, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        DateTimeOffset? now = clock.GetUtcNow();
        await db.Sessions.Where(r => r.Id == id && r.EndedAt == null).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.EndedAt, now).SetProperty(r => r.EndReason, reason).SetProperty(r => r.Tokens, ""), cancel);
    }

    /// <returns>Null when the session is over.</returns>
    public async Task<SessionGrant?> GrantAsync(string id, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        if (await db.Sessions.AsNoTracking().FirstOrDefaultAsync(r => r.Id == id && r.EndedAt == null && r.ExpiresAt > now, cancel) is not { } row || ContextOf(row) is not { } context) return null;
        var kept = Unprotect<KeptTokens>(tokens, row.Tokens);
        return kept.Session is null || kept.Session == id ? new(kept, row.TokenVersion, context) : ChangedBehindUs<SessionGrant>(row.EhrId);
    }

    /// <returns>True for the one caller, of all nodes, who may now use this version's refresh token.</returns>
    public async Task<bool> TakeRefreshLeaseAsync(string id, int version, TimeSpan life, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var now = clock.GetUtcNow();
        DateTimeOffset? until = now + life;
        return await db.Sessions
            .Where(r => r.Id == id && r.TokenVersion == version && r.EndedAt == null && (r.RefreshLeaseUntil == null || r.RefreshLeaseUntil < now))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.RefreshLeaseUntil, until), cancel) is 1;
    }

    public async Task ReleaseRefreshLeaseAsync(string id, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await db.Sessions.Where(r => r.Id == id).ExecuteUpdateAsync(set => set.SetProperty(r => r.RefreshLeaseUntil, (DateTimeOffset?)null), cancel);
    }

    /// <summary>Stores a refreshed grant over the version it was made from, and ends the lease.</summary>
    public async Task KeepAsync(string id, SessionGrant refreshed, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (kept, context) = (Protect(tokens, refreshed.Tokens with { Session = id }), Protect(contexts, refreshed.Context));
        await db.Sessions.Where(r => r.Id == id && r.TokenVersion == refreshed.Version && r.EndedAt == null).ExecuteUpdateAsync(set => set
            .SetProperty(r => r.Tokens, kept).SetProperty(r => r.Context, context)
            .SetProperty(r => r.TokenVersion, refreshed.Version + 1).SetProperty(r => r.RefreshLeaseUntil, (DateTimeOffset?)null), cancel);
    }

    /// <returns>Null when the row is not the one that the context was kept in.</returns>
    private LaunchContext? ContextOf(SessionRow row)
    {
        var context = Unprotect<LaunchContext>(contexts, row.Context);
        return context.EhrId == row.EhrId && (context.Row is null || context.Row == Named(row.Id, row.EhrId, row.CookieHash)) ? context : ChangedBehindUs<LaunchContext>(row.EhrId);
    }

    private T? ChangedBehindUs<T>(string ehr)
        where T : class
    {
        log.LogError("A session at {Ehr} is not opened: its row was changed behind the service", ehr);
        return null;
    }

    private static string Named(string id, string ehr, string? cookieHash) => $"{id} {cookieHash} {ehr}";

    private SmartSession? Session(SessionRow row, LaunchContext context) => ehrs.ById(row.EhrId) is { } ehr
        ? new(row.Id, ehr, context, row.CookieHash is null, row.CreatedAt, row.ExpiresAt) : null;

    private static string Protect<T>(IDataProtector protector, T value) => protector.Protect(JsonSerializer.Serialize(value));

    private static T Unprotect<T>(IDataProtector protector, string text) => JsonSerializer.Deserialize<T>(protector.Unprotect(text))!;
}
