using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>A launch whose user is away at the EHR's sign-in. Taken out once, by the callback that returns its state.</summary>
public sealed class PendingLaunchRow : IEntityTypeConfiguration<PendingLaunchRow>
{
    /// <summary>SHA-256 of the <c>state</c> parameter; the state itself is not kept.</summary>
    public string StateHash { get; set; } = "";
    public string EhrId { get; set; } = "";

    /// <summary>Encrypted: PKCE verifier, nonce, issuer as received, requested scopes.</summary>
    public string Secrets { get; set; } = "";

    /// <summary>SHA-256 of the cookie that ties the launch to one browser.</summary>
    public string BrowserHash { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    public void Configure(EntityTypeBuilder<PendingLaunchRow> builder) =>
        builder.ToTable("pending_launch").HasKey(r => r.StateHash);
}

/// <summary>One launch that came through: one patient, one user, one set of tokens.</summary>
public sealed class SessionRow : IEntityTypeConfiguration<SessionRow>
{
    public string Id { get; set; } = "";
    public string EhrId { get; set; } = "";

    /// <summary>SHA-256 of the session cookie; null for a session without cookies (<c>Quirks:CookielessLaunch</c>).</summary>
    public string? CookieHash { get; set; }

    /// <summary>Encrypted launch context: patient, encounter, user, scopes.</summary>
    public string Context { get; set; } = "";

    /// <summary>Encrypted tokens.</summary>
    public string Tokens { get; set; } = "";

    /// <summary>Grows by one with each stored refresh.</summary>
    public int TokenVersion { get; set; }

    /// <summary>While set and in the future, one node is at the token endpoint for this session.</summary>
    public DateTimeOffset? RefreshLeaseUntil { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastUsedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? EndReason { get; set; }

    public void Configure(EntityTypeBuilder<SessionRow> builder) => builder.ToTable("smart_session").HasKey(r => r.Id);
}

/// <summary>A token id that was used; kept until the token would have expired anyway, so that it cannot be used again.</summary>
public sealed class SeenTokenRow : IEntityTypeConfiguration<SeenTokenRow>
{
    public string Issuer { get; set; } = "";

    /// <summary>SHA-256 of the <c>jti</c>: its length is the sender's choice, ours is fixed.</summary>
    public string JtiHash { get; set; } = "";
    public DateTimeOffset ExpiresAt { get; set; }

    public void Configure(EntityTypeBuilder<SeenTokenRow> builder) =>
        builder.ToTable("seen_token").HasKey(r => new { r.Issuer, r.JtiHash });
}

/// <summary>One ASP.NET data-protection key, wrapped by the certificate of <c>DataProtection:Certificate</c>.</summary>
public sealed class ProtectionKeyRow : IEntityTypeConfiguration<ProtectionKeyRow>
{
    public string Name { get; set; } = "";
    public string Xml { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<ProtectionKeyRow> builder) => builder.ToTable("data_protection_key").HasKey(r => r.Name);
}
