using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>A biopsy that automation has seen.</summary>
public sealed class BiopsyWatchRow : IEntityTypeConfiguration<BiopsyWatchRow>
{
    public string EhrId { get; set; } = "";

    /// <summary>Patient/id.</summary>
    public string Patient { get; set; } = "";

    /// <summary>ServiceRequest/id or Appointment/id.</summary>
    public string OrderRef { get; set; } = "";

    /// <summary>YYYY-MM-DD in the facility's time; null while there is no day.</summary>
    public string? BiopsyDate { get; set; }

    /// <summary>False once it was cancelled or carried out.</summary>
    public bool Open { get; set; }
    public DateTimeOffset SeenAt { get; set; }

    public void Configure(EntityTypeBuilder<BiopsyWatchRow> builder) => builder.ToTable("biopsy_watch").HasKey(r => new { r.EhrId, r.Patient, r.OrderRef });
}

/// <summary>One thing that goes to a patient by itself.</summary>
public sealed class DeliveryRow : IEntityTypeConfiguration<DeliveryRow>
{
    /// <summary>Hash of what, for whom and for which date.</summary>
    public string Id { get; set; } = "";
    public string EhrId { get; set; } = "";
    public string Patient { get; set; } = "";
    public string? OrderRef { get; set; }

    /// <summary><c>leaflet</c>, <c>reminder-hold</c>, <c>reminder-tests</c>, <c>reminder-after</c> or <c>withdrawal</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary><c>queued</c>, <c>sent</c>, <c>failed</c> (the EHR cannot take it), <c>given-up</c>, <c>superseded</c> or <c>withdrawn</c>.</summary>
    public string State { get; set; } = "queued";
    public string? BiopsyDate { get; set; }
    public string Language { get; set; } = "en";

    /// <summary>Text and author, encrypted; null for a leaflet and after the end.</summary>
    public string? Payload { get; set; }

    /// <summary>When it is sent, or tried again.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>After this it would come too late to help.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
    public int Attempts { get; set; }

    /// <summary>While in the future, one worker has it.</summary>
    public DateTimeOffset LeaseUntil { get; set; }
    public string? Reason { get; set; }
    public string? Reference { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>YYYY-MM-DD in the facility's time; null where the EHR does not say.</summary>
    public string? SeenOn { get; set; }

    /// <summary>When the EHR was last asked whether it has been seen.</summary>
    public DateTimeOffset SeenAskedAt { get; set; } = DateTimeOffset.UnixEpoch;

    public void Configure(EntityTypeBuilder<DeliveryRow> builder) => builder.ToTable("delivery").HasKey(r => r.Id);
}
