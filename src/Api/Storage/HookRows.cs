using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>A card of CDS Hooks that was shown. It holds rule ids and hashes, nothing of a chart and no name.</summary>
public sealed class HookCardRow : IEntityTypeConfiguration<HookCardRow>
{
    /// <summary>The card's uuid.</summary>
    public string Id { get; set; } = "";
    public string EhrId { get; set; } = "";

    /// <summary>Id of the service that showed it.</summary>
    public string Service { get; set; } = "";
    public string Topic { get; set; } = "";

    /// <summary><c>critical</c> … <c>info</c>.</summary>
    public string Severity { get; set; } = "";

    /// <summary>Rule ids, each once, with blanks between; empty for a card that rests on none.</summary>
    public string Rules { get; set; } = "";

    /// <summary>It was the short form of one shown before.</summary>
    public bool Repeated { get; set; }

    /// <summary>Hash of who saw it for what; null after half an hour.</summary>
    public string? Viewer { get; set; }

    /// <summary>Hash of what it rested on; null after half an hour.</summary>
    public string? Fingerprint { get; set; }
    public DateTimeOffset ShownAt { get; set; }

    public void Configure(EntityTypeBuilder<HookCardRow> builder) => builder.ToTable("hook_card").HasKey(r => r.Id);
}

/// <summary>What a clinician did with a card, as the EHR told us. A comment's words are not kept, only that there was one.</summary>
public sealed class HookFeedbackRow : IEntityTypeConfiguration<HookFeedbackRow>
{
    /// <summary>Who told us: the issuer of the token, or <c>-</c> where none is required.</summary>
    public string Client { get; set; } = "";
    public string CardId { get; set; } = "";

    /// <summary><c>accepted</c> or <c>overridden</c>.</summary>
    public string Outcome { get; set; } = "";
    public DateTimeOffset OutcomeAt { get; set; }
    public string Service { get; set; } = "";

    /// <summary>Code of one of our override reasons, <c>other</c> for any else, null for none.</summary>
    public string? Reason { get; set; }
    public bool HasComment { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }

    public void Configure(EntityTypeBuilder<HookFeedbackRow> builder) =>
        builder.ToTable("hook_feedback").HasKey(r => new { r.Client, r.CardId, r.Outcome, r.OutcomeAt });
}
