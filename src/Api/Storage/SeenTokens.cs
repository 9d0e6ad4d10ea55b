using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Storage;

/// <summary>Refuses the second use of a token id, atomically and across nodes: the primary key decides, not a look first.</summary>
public sealed class SeenTokens(IDbContextFactory<ServiceDb> databases)
{
    /// <returns>True the first time; false for a replay.</returns>
    public async Task<bool> FirstUseAsync(string issuer, string jti, DateTimeOffset expiresAt, CancellationToken cancel)
    {
        await using var db = await databases.CreateDbContextAsync(cancel);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(jti)));
        var added = await db.Database.ExecuteSqlAsync(
            $"INSERT INTO seen_token (issuer, jti_hash, expires_at) VALUES ({issuer}, {hash}, {expiresAt.ToUnixTimeMilliseconds()}) ON CONFLICT DO NOTHING",
            cancel);
        return added is 1;
    }
}
