using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Who saw or wrote what, and when. Append-only: triggers refuse change and removal, and each row carries the hash of the row
/// before it, so that a removal behind the triggers' back shows (<see cref="AuditTrail.FirstBreakAsync"/>).
/// </summary>
public sealed class AuditRow : IEntityTypeConfiguration<AuditRow>
{
    /// <summary>1, 2, 3 … without gaps.</summary>
    public long Number { get; set; }
    public DateTimeOffset At { get; set; }
    public string Action { get; set; } = "";
    public string? EhrId { get; set; }

    /// <summary>Who: a fhirUser reference, a client id, or <c>service</c>.</summary>
    public string Actor { get; set; } = "";
    public string? SessionId { get; set; }

    /// <summary>What: a reference, a rule or policy id; never a payload.</summary>
    public string? Target { get; set; }
    public string Outcome { get; set; } = "";

    /// <summary>Hex SHA-256 of the row before; 64 zeros for the first.</summary>
    public string PreviousHash { get; set; } = "";
    public string Hash { get; set; } = "";

    public void Configure(EntityTypeBuilder<AuditRow> builder)
    {
        builder.ToTable("audit").HasKey(r => r.Number);
        builder.Property(r => r.Number).ValueGeneratedNever();
    }
}
