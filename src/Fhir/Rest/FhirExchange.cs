using System.Diagnostics.CodeAnalysis;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// One call from address check to answer: check, token, attempts through the pipeline, one refresh after a 401 (SMART L-40).
/// The only place where a token meets an address. Nothing but the caller's own cancellation leaves as an exception.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class FhirExchange(FhirConnection connection, IAccessTokens? tokens)
{
    private const int ErrorBodyBytes = 256 * 1024;

    // Two parallel calls that both met a 401 must not both refresh.
    private readonly SemaphoreSlim _refreshing = new(1, 1);

    public async Task<FhirAnswer> SendAsync(FhirRequest request, Deadline? deadline, CancellationToken ct)
    {
        if (!connection.Server.Addresses.Covers(request.Address))
            return FhirAnswer.Of(new FhirFailure.NotAllowedAddress("it does not belong to the EHR"));

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline?.Token ?? CancellationToken.None);
        try
        {
            var token = tokens is null || request.Anonymous ? null : await tokens.GetAsync(linked.Token).ConfigureAwait(false);
            if (tokens is not null && !request.Anonymous && token is null)
                return FhirAnswer.Of(new FhirFailure.Unauthorised());

            var answer = await ThroughPipelineAsync(request, token, deadline, linked.Token, ct).ConfigureAwait(false);
            if (answer.Failure is not FhirFailure.Unauthorised || token is null)
                return answer;
            var fresh = await RefreshOnceAsync(token, linked.Token).ConfigureAwait(false);
            return fresh is null ? answer : await ThroughPipelineAsync(request, fresh, deadline, linked.Token, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && linked.IsCancellationRequested)
        {
            return FhirAnswer.Of(new FhirFailure.TimedOut());
        }
    }

    private async Task<AccessToken?> RefreshOnceAsync(AccessToken stale, CancellationToken ct)
    {
        await _refreshing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var current = await tokens!.GetAsync(ct).ConfigureAwait(false);
            if (current is not null && !current.Equals(stale))
                return current;
            var fresh = await tokens.RefreshAsync(stale, ct).ConfigureAwait(false);
            return fresh is null || fresh.Equals(stale) ? null : fresh;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<FhirAnswer> ThroughPipelineAsync(FhirRequest request, AccessToken? token, Deadline? deadline, CancellationToken linked, CancellationToken callers)
    {
        var call = new FhirCall(request, deadline);
        var context = ResilienceContextPool.Shared.Get(linked);
        context.Properties.Set(FhirResilience.CallKey, call);
        try
        {
            return await connection.Pipeline.ExecuteAsync(
                static async (c, s) => await s.Exchange.AttemptAsync(s.Request, s.Token, c.CancellationToken).ConfigureAwait(false),
                context,
                (Exchange: this, Request: request, Token: token)).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            return FhirAnswer.Of(new FhirFailure.TimedOut { OutcomeUnknown = request.IsWrite });
        }
        catch (BrokenCircuitException e)
        {
            // A retry that meets the breaker opened by its own failures says what those were.
            return FhirAnswer.Of(call.LastFailure ?? new FhirFailure.Unavailable(e.RetryAfter is { } wait
                ? $"it failed repeatedly and is left alone for {Math.Ceiling(wait.TotalSeconds)} s"
                : "it failed repeatedly and is left alone for a while"));
        }
        catch (OperationCanceledException) when (!callers.IsCancellationRequested)
        {
            // The deadline passed: during an attempt (then nobody knows what became of it), or in the pause after a failure.
            return FhirAnswer.Of(call.LastFailure ?? new FhirFailure.TimedOut { OutcomeUnknown = request.IsWrite });
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async Task<FhirAnswer> AttemptAsync(FhirRequest request, AccessToken? token, CancellationToken ct)
    {
        try
        {
            using var message = request.ToMessage(token);
            using var response = connection.Invoker is HttpClient client
                ? await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false)
                : await connection.Invoker.SendAsync(message, ct).ConfigureAwait(false);
            return await ReadAsync(request, response, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            return FhirAnswer.Of(NoConnection(request, e));
        }
        catch (IOException)
        {
            return FhirAnswer.Of(new FhirFailure.Unavailable("the connection broke") { OutcomeUnknown = request.IsWrite });
        }
    }

    private async Task<FhirAnswer> ReadAsync(FhirRequest request, HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            var (outcome, _, _) = await ReadBody.ResourceAsync(response, ErrorBodyBytes, ct).ConfigureAwait(false);
            using (outcome)
            {
                var issues = outcome is null ? [] : OutcomeIssue.ReadAll(outcome.Root);
                return FhirAnswer.Of(ReadStatus.Failure(status, request.Type, ReadStatus.RetryAfter(response.Headers, connection.Time.GetUtcNow()), issues));
            }
        }

        var etag = response.Headers.NonValidated.TryGetValues("ETag", out var etags) ? etags.ToString() : null;
        var location = response.Headers.NonValidated.TryGetValues("Location", out var at) || response.Headers.NonValidated.TryGetValues("Content-Location", out at) ? at.ToString() : null;
        var contentType = response.Content.Headers.ContentType?.ToString();
        if (request.Raw)
        {
            var (raw, rawFault) = await ReadBody.RawAsync(response, connection.Limits.BodyBytes, ct).ConfigureAwait(false);
            return rawFault is null
                ? new FhirAnswer { Status = status, Raw = raw, ContentType = contentType, ETag = etag }
                : FhirAnswer.Of(rawFault with { Status = status });
        }

        var (json, bytes, fault) = request.IsWrite
            ? await WrittenBodyAsync(response, ct).ConfigureAwait(false)
            : await ReadBody.ResourceAsync(response, connection.Limits.BodyBytes, ct).ConfigureAwait(false);
        return fault is null
            ? new FhirAnswer { Status = status, Json = json, Bytes = bytes, ContentType = contentType, Location = location, ETag = etag }
            : FhirAnswer.Of(fault with { Status = status });
    }

    /// <summary>
    /// A write that says 201 or 204 is done, whatever becomes of its body: Oracle answers 201 with an empty one. A 200 is done when its
    /// body is FHIR JSON or empty; a gateway's page comes with 200 too, and must not pass for "it is there already".
    /// </summary>
    private async Task<(PooledJson? Json, int Bytes, FhirFailure? Fault)> WrittenBodyAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var done = (int)response.StatusCode != 200;
        try
        {
            var (json, bytes, fault) = await ReadBody.ResourceAsync(response, connection.Limits.BodyBytes, ct).ConfigureAwait(false);
            return fault is null || done || ReadBody.IsEmpty(response, bytes) ? (json, bytes, null) : (null, bytes, fault with { OutcomeUnknown = true });
        }
        catch (OperationCanceledException) when (done)
        {
            return (null, 0, null);
        }
    }

    private static FhirFailure NoConnection(FhirRequest request, HttpRequestException e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is AddressRefusedException)
                return new FhirFailure.NotAllowedAddress("its host resolves to no address that is allowed for this EHR");
        }

        return e.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => new FhirFailure.Unavailable("its name does not resolve"),
            HttpRequestError.ConnectionError => new FhirFailure.Unavailable("it takes no connection"),
            HttpRequestError.SecureConnectionError => new FhirFailure.Unavailable("its certificate or TLS is not accepted") { WorthAnotherTry = false },
            HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => new FhirFailure.Garbled("not HTTP") { OutcomeUnknown = request.IsWrite },
            _ => new FhirFailure.Unavailable("the connection broke") { OutcomeUnknown = request.IsWrite },
        };
    }
}
