using System.Collections.Immutable;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

public enum ReceiptState
{
    Created,
    AlreadyThere,
    NotSupported,
    Failed,

    /// <summary>Nothing was sent for it in this run; the reason says why.</summary>
    NotAttempted,
}

/// <summary>An earlier version of the same series, and what became of it.</summary>
/// <param name="Reference"><c>Type/id</c>.</param>
/// <param name="Superseded">It is marked as replaced.</param>
/// <param name="Reason">Why it is not; null when it is.</param>
public sealed record EarlierVersion(string Reference, bool Superseded, string? Reason);

/// <summary>What became of one resource. <see cref="Reason"/> is a plain sentence without patient data.</summary>
public sealed record Receipt(Purpose Purpose, DraftKind Kind, ReceiptState State, string Reason, DateTimeOffset At)
{
    /// <summary><c>Type/id</c>; null when nothing is there, or the server did not tell and cannot be asked.</summary>
    public string? Reference { get; init; }

    /// <summary>The version tag, when told.</summary>
    public string? Version { get; init; }

    public ImmutableArray<EarlierVersion> Earlier { get; init; } = [];

    /// <summary>The EHR's own words on a refusal. For the page, not for logs.</summary>
    public ImmutableArray<OutcomeIssue> Issues { get; init; } = [];

    /// <summary><c>created|already-there|not-supported|failed|not-attempted</c> (contract section 4).</summary>
    public string StateName => State switch
    {
        ReceiptState.Created => "created",
        ReceiptState.AlreadyThere => "already-there",
        ReceiptState.NotSupported => "not-supported",
        ReceiptState.Failed => "failed",
        _ => "not-attempted",
    };

    public bool IsThere => State is ReceiptState.Created or ReceiptState.AlreadyThere;
}

/// <summary>Every receipt of a run, and the purposes that reached no chart and are left as a file to download.</summary>
public sealed record WriteBackOutcome(ImmutableArray<Receipt> Receipts, ImmutableArray<Purpose> ToDownload);
