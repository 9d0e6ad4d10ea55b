using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.SignIn;

/// <summary>
/// Sign-ins to our own pages that an operator has ended. Such a sign-in is a cookie that the browser keeps, so what is remembered is since
/// when those of a person count no more, beside other tokens that count no more, and as long as one could still be there.
/// </summary>
public sealed class EndedSignIns(IDbContextFactory<ServiceDb> databases, TimeProvider clock)
{
    private const string Kind = "urn:biopsyfhir:ended-sign-ins";
    private const string Everybody = "*";

    /// <param name="person">Object id at Entra ID; null for everybody.</param>
    public async Task EndAsync(string? person, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var hash = Hash(person ?? Everybody);
        await db.SeenTokens.Where(r => r.Issuer == Kind && r.JtiHash == hash).ExecuteDeleteAsync(cancel);
        db.SeenTokens.Add(new() { Issuer = Kind, JtiHash = hash, ExpiresAt = clock.GetUtcNow() + PageCookie.Whole });
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <param name="since">When the person signed in.</param>
    public async Task<bool> IsEndedAsync(string person, DateTimeOffset since, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var (own, all, after) = (Hash(person), Hash(Everybody), since + PageCookie.Whole);
        return await db.SeenTokens.AnyAsync(r => r.Issuer == Kind && (r.JtiHash == own || r.JtiHash == all) && r.ExpiresAt > after, cancel);
    }

    private static string Hash(string person) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(person)));
}
