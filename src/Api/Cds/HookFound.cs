using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Cds;

/// <summary>What a call came to.</summary>
public abstract record HookFound
{
    /// <summary>No marrow biopsy is ordered, booked or pending: no cards.</summary>
    public sealed record NoBiopsy : HookFound;

    /// <summary>Order or patient cannot be read at all, so that "no cards" would be a lie: 412.</summary>
    public sealed record CannotRead(string What, string Why) : HookFound;

    public sealed record Judged : HookFound
    {
        public required Readiness Readiness { get; init; }
        public required string AssessmentId { get; init; }

        /// <value><c>ServiceRequest/…</c> or <c>Appointment/…</c> of the biopsy, a draft's id included.</value>
        public required string? Order { get; init; }
        public required bool OrderIsDraft { get; init; }

        /// <value>By reference: the draft resources of the call as received, for update actions (H-49). Their document lives until the answer is written.</value>
        public required IReadOnlyDictionary<string, FhirElement> Drafts { get; init; }

        /// <value>What could not be checked; it gets a card of its own.</value>
        public required IReadOnlyList<Unseen> Unseen { get; init; }
    }
}

/// <summary>Something that was wanted and could not be seen.</summary>
public sealed record Unseen(string What, string Why);
