using System.Collections.Immutable;
using System.Net.Http.Headers;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>HTTP status to failure: the one mapping.</summary>
internal static class ReadStatus
{
    public static FhirFailure Failure(int status, string type, TimeSpan? retryAfter, ImmutableArray<OutcomeIssue> issues) =>
        (status switch
        {
            401 => new FhirFailure.Unauthorised(),
            403 => new FhirFailure.Forbidden(type),
            404 => new FhirFailure.NotFound(),
            410 => new FhirFailure.Gone(),
            408 => new FhirFailure.TimedOut(),
            409 => new FhirFailure.Conflict(),
            412 => new FhirFailure.PreconditionFailed(),
            413 => new FhirFailure.TooLarge("the EHR does not take a request of this size"),
            429 => new FhirFailure.Busy(retryAfter),
            503 when retryAfter is not null => new FhirFailure.Busy(retryAfter),
            500 => new FhirFailure.Unavailable("it reports an internal error") { CountsAgainstServer = false, OutcomeUnknown = true },
            501 => new FhirFailure.Refused(),
            >= 500 => new FhirFailure.Unavailable($"HTTP {status}") { OutcomeUnknown = true },
            >= 300 and < 400 => new FhirFailure.NotAllowedAddress("the EHR answered with a redirect, which is not followed"),
            _ => (FhirFailure)new FhirFailure.Refused(),
        }) with
        { Status = status, Issues = issues };

    /// <summary><c>Retry-After</c> in seconds or as a date (RFC 9110 section 10.2.3), never negative.</summary>
    public static TimeSpan? RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
