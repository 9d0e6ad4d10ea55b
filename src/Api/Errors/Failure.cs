namespace BiopsyFhir.Api.Errors;

/// <summary>Everything that can go wrong towards a caller. Closed: a new kind needs a line in <see cref="FailureWire"/>.</summary>
public enum FailureKind
{
    /// <summary>The caller sent something we cannot use; the errors say what and where.</summary>
    BadRequest,

    /// <summary>No valid sign-in, session or token.</summary>
    NotSignedIn,

    /// <summary>Signed in, but without the right; or an EHR that is not on our list.</summary>
    Forbidden,

    NotFound,
    MethodNotAllowed,

    /// <summary>The caller's state is not ours any more: already done, superseded, changed meanwhile.</summary>
    Conflict,

    /// <summary>Order or patient cannot be read at all, so nothing can be said (CDS Hooks 412).</summary>
    DataUnavailable,

    /// <summary>The body did not come in time.</summary>
    TooSlow,

    TooLarge,
    UnsupportedMediaType,

    /// <summary>Well formed, but not acceptable as it stands.</summary>
    NotAcceptable,

    TooMany,

    /// <summary>The EHR answered, and its answer was a refusal or not usable.</summary>
    EhrRefused,

    /// <summary>The EHR did not answer in time.</summary>
    EhrUnreachable,

    /// <summary>We cannot serve now: starting, stopping, database away.</summary>
    Unavailable,

    /// <summary>Our fault. The caller learns nothing but a trace id.</summary>
    Defect,
}

/// <summary>One fault in a request: where (query parameter, header, JSON pointer, line) and what.</summary>
public sealed record Fault(string Where, string Detail);

/// <summary>A failure on its way to a caller.</summary>
/// <param name="Detail">A sentence the caller can act on; no secret, name, identifier or payload.</param>
public sealed record Failure(FailureKind Kind, string Detail, IReadOnlyList<Fault>? Errors = null)
{
    /// <summary>The endpoint result for our own API: RFC 9457.</summary>
    public IResult ToProblem() => new ProblemResult(this);

    /// <summary>The endpoint result for callers that speak FHIR.</summary>
    public IResult ToOperationOutcome() => new OperationOutcomeResult(this);
}
