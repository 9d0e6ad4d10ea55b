using System.Collections.Immutable;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// Why a FHIR call gave no answer. A closed set; each carries the HTTP status when there was one and the parsed OperationOutcome.
/// <see cref="Sentence"/> (and <see cref="ToString"/>) is plain and free of patient data; the issues may hold patient data.
/// </summary>
public abstract record FhirFailure
{
    private FhirFailure()
    {
    }

    /// <summary>One plain sentence: fit for a log, a page and a receipt.</summary>
    public abstract string Sentence { get; }

    public int? Status { get; init; }

    /// <summary>What the server's OperationOutcome said. Not for logs: diagnostics may quote the request.</summary>
    public ImmutableArray<OutcomeIssue> Issues { get; init; } = [];

    /// <summary>For a write: the server may have carried it out although no usable answer came.</summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>Worth another try by itself.</summary>
    internal virtual bool Transient => false;

    public sealed override string ToString() => Sentence;

    public sealed record NotFound : FhirFailure
    {
        public override string Sentence => "The EHR has no such resource.";
    }

    public sealed record Gone : FhirFailure
    {
        public override string Sentence => "The resource was removed from the EHR.";
    }

    /// <summary>403. <paramref name="Type"/> is the resource type that was denied; it is not asked again in this call.</summary>
    public sealed record Forbidden(string Type) : FhirFailure
    {
        public override string Sentence => $"The EHR does not allow access to {Type}.";
    }

    /// <summary>401 after the one refresh, or no token at all: the clinician has to launch again.</summary>
    public sealed record Unauthorised : FhirFailure
    {
        public override string Sentence => "The EHR no longer accepts this session.";
    }

    public sealed record Conflict : FhirFailure
    {
        public override string Sentence => "The EHR reports a conflict with another change.";
    }

    /// <summary>412: changed since it was read (If-Match), or several resources match (If-None-Exist).</summary>
    public sealed record PreconditionFailed : FhirFailure
    {
        public override string Sentence => "The EHR's version is not the one expected.";
    }

    /// <summary>429, or 503 with a waiting time.</summary>
    public sealed record Busy(TimeSpan? RetryAfter) : FhirFailure
    {
        public override string Sentence => RetryAfter is { } wait ? $"The EHR is busy and asks to wait {Math.Ceiling(wait.TotalSeconds)} s." : "The EHR is busy.";

        internal override bool Transient => true;
    }

    /// <summary>No connection, a 5xx, or resting after repeated failures (circuit breaker).</summary>
    public sealed record Unavailable(string Why) : FhirFailure
    {
        public override string Sentence => $"The EHR cannot be reached: {Why}.";

        /// <summary>Counts against the EHR's circuit breaker. A plain 500 may be about this one request only and does not.</summary>
        internal bool CountsAgainstServer { get; init; } = true;

        internal bool WorthAnotherTry { get; init; } = true;

        internal override bool Transient => WorthAnotherTry;
    }

    /// <summary>The attempt, or the deadline of the whole task, ran out.</summary>
    public sealed record TimedOut : FhirFailure
    {
        public override string Sentence => "The EHR did not answer in time.";

        internal override bool Transient => true;
    }

    /// <summary>An answer that is not what was asked for; <paramref name="What"/> names it ("an HTML page", "a body that ended early").</summary>
    public sealed record Garbled(string What) : FhirFailure
    {
        public override string Sentence => $"The EHR's answer cannot be read: {What}.";

        internal bool CutShort { get; init; }

        internal override bool Transient => CutShort;
    }

    /// <summary><paramref name="What"/> is beyond a limit ("the answer is larger than 20 MiB").</summary>
    public sealed record TooLarge(string What) : FhirFailure
    {
        public override string Sentence => $"Too large: {What}.";
    }

    /// <summary>The server understood and said no (400, 405, 422 …); the reasons are in <see cref="Issues"/>.</summary>
    public sealed record Refused : FhirFailure
    {
        public override string Sentence => Status is { } status ? $"The EHR refused the request (HTTP {status})." : "The EHR refused the request.";

        /// <summary>The server's own words, joined. May hold patient data.</summary>
        public string OutcomeText => string.Join(" ", Issues.Select(i => i.Text).Where(t => t is not null));
    }

    /// <summary>The address does not belong to the EHR, or resolves where it may not; nothing was sent there.</summary>
    public sealed record NotAllowedAddress(string Why) : FhirFailure
    {
        public override string Sentence => $"The address was not asked: {Why}.";
    }
}
