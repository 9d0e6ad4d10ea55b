namespace BiopsyFhir.Api.Errors;

/// <summary>The single mapping from a failure to the wire.</summary>
public static class FailureWire
{
    /// <returns>HTTP status; issue code of the R4 value set <c>issue-type</c>; a title; the last part of the problem type.</returns>
    public static (int Status, string Issue, string Title, string Type) Of(FailureKind kind) => kind switch
    {
        FailureKind.BadRequest => (400, "invalid", "The request cannot be used", "bad-request"),
        FailureKind.NotSignedIn => (401, "login", "Sign-in is required", "not-signed-in"),
        FailureKind.Forbidden => (403, "forbidden", "This is not allowed", "forbidden"),
        FailureKind.NotFound => (404, "not-found", "There is nothing here", "not-found"),
        FailureKind.MethodNotAllowed => (405, "not-supported", "This method does not work here", "method-not-allowed"),
        FailureKind.NotAcceptable => (406, "not-supported", "No answer in the asked form", "not-acceptable"),
        FailureKind.Conflict => (409, "conflict", "The state has changed", "conflict"),
        FailureKind.DataUnavailable => (412, "incomplete", "Needed data cannot be read", "data-unavailable"),
        FailureKind.TooSlow => (408, "timeout", "The request came too slowly", "too-slow"),
        FailureKind.TooLarge => (413, "too-long", "The request is too large", "too-large"),
        FailureKind.UnsupportedMediaType => (415, "not-supported", "This content type is not read", "unsupported-media-type"),
        FailureKind.TooMany => (429, "throttled", "Too many requests", "too-many"),
        FailureKind.EhrRefused => (502, "processing", "The EHR refused", "ehr-refused"),
        FailureKind.EhrUnreachable => (504, "transient", "The EHR did not answer", "ehr-unreachable"),
        FailureKind.Unavailable => (503, "transient", "The service cannot answer now", "unavailable"),
        FailureKind.Defect => (500, "exception", "Something went wrong here", "defect"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The kind for a status that the framework itself chose (routing, body limits).</summary>
    public static FailureKind FromStatus(int status) => status switch
    {
        400 => FailureKind.BadRequest,
        401 => FailureKind.NotSignedIn,
        403 => FailureKind.Forbidden,
        404 => FailureKind.NotFound,
        405 => FailureKind.MethodNotAllowed,
        406 => FailureKind.NotAcceptable,
        408 => FailureKind.TooSlow,
        409 => FailureKind.Conflict,
        412 => FailureKind.DataUnavailable,
        413 => FailureKind.TooLarge,
        415 => FailureKind.UnsupportedMediaType,
        429 => FailureKind.TooMany,
        503 => FailureKind.Unavailable,
        < 500 => FailureKind.BadRequest,
        _ => FailureKind.Defect,
    };
}
