using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// Who saw or wrote what, and when. Append-only: triggers refuse change and removal, and each row carries the hash of the row
/// before it, so that a removal behind the triggers' back shows (<see cref="AuditTrail.VerifyAsync"/>).
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

    /// <summary>What: a reference, a rule or policy id; never a payload. A patient stands in it as a pseudonym (<see cref="AuditPatientRow"/>).</summary>
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

/// <summary>The end of the trail, moved with each row: what is cut off the end leaves a chain that holds, but not this.</summary>
public sealed class AuditHeadRow : IEntityTypeConfiguration<AuditHeadRow>
{
    public const int TheOne = 1;
    public int Id { get; set; }
    public long Number { get; set; }
    public string Hash { get; set; } = "";

    public void Configure(EntityTypeBuilder<AuditHeadRow> builder)
    {
        builder.ToTable("audit_head").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
    }
}

/// <summary>Whom a pseudonym means. The trail itself can be neither changed nor thinned out, so what is erased is this row.</summary>
public sealed class AuditPatientRow : IEntityTypeConfiguration<AuditPatientRow>
{
    public string EhrId { get; set; } = "";

    /// <summary><c>Patient/id</c>.</summary>
    public string Patient { get; set; } = "";

    /// <summary><c>patient-</c> and 22 random characters.</summary>
    public string Pseudonym { get; set; } = "";

    public void Configure(EntityTypeBuilder<AuditPatientRow> builder) => builder.ToTable("audit_patient").HasKey(r => new { r.EhrId, r.Patient });
}
