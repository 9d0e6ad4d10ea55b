using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// What we wrote, or were about to write, into an EHR, by creation key: a repeat or a crash-and-retry adds nothing, also where the
/// EHR knows no conditional create.
/// </summary>
public sealed class WriteLedgerRow : IEntityTypeConfiguration<WriteLedgerRow>
{
    /// <summary><c>urn:biopsyfhir:{kind}|{hash}</c>; the hash covers issuer, patient, order and content.</summary>
    public string CreationKey { get; set; } = "";

    /// <summary><c>urn:biopsyfhir:{kind}-series|{hash}</c>; the same without the content.</summary>
    public string SeriesKey { get; set; } = "";

    /// <summary>When the clinician, or the automation, decided.</summary>
    public DateTimeOffset ConfirmedAt { get; set; }
    public bool Completed { get; set; }

    /// <summary>While in the future, one run is writing it.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>The intent whose run holds it, so that it is free when that run is known to be dead.</summary>
    public string? HeldBy { get; set; }

    /// <summary><c>Type/id</c> as the EHR answered; null while begun, or when the EHR never told.</summary>
    public string? Reference { get; set; }

    public void Configure(EntityTypeBuilder<WriteLedgerRow> builder) => builder.ToTable("write_ledger").HasKey(r => r.CreationKey);
}

/// <summary>What one attempt to write came to; several may belong to one ledger entry.</summary>
public sealed class WriteReceiptRow : IEntityTypeConfiguration<WriteReceiptRow>
{
    public long Id { get; set; }
    public string EhrId { get; set; } = "";

    /// <summary>Session or delivery that asked for the write.</summary>
    public string AskedBy { get; set; } = "";

    /// <summary>FHIR resource type.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The <c>&lt;kind&gt;</c> of <c>urn:biopsyfhir:&lt;kind&gt;</c>; null for receipts of other than a confirmation.</summary>
    public string? Part { get; set; }

    /// <summary>Id of the intent that it came of.</summary>
    public string? Confirmation { get; set; }

    /// <summary><c>created</c>, <c>already-there</c>, <c>not-supported</c>, <c>failed</c> or <c>not-attempted</c>.</summary>
    public string State { get; set; } = "";
    public string? Reference { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<WriteReceiptRow> builder)
    {
        builder.ToTable("write_receipt").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedOnAdd();
    }
}
