using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>How patient we are with one EHR. The defaults suit a hook that must answer quickly; a background job may give more.</summary>
public sealed record FhirResilience
{
    /// <summary>One attempt, headers and body; 10 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Further attempts after the first, for reads and keyed writes only; 2.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>First pause between attempts, doubled each time, with jitter; 200 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest waiting time of the server's own that is sat out; 5 s. A longer one is answered at once as busy.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The circuit breaker opens when this part of the attempts of <see cref="BreakerWindow"/> failed; 0.5.</summary>
    public double BreakerFailureRatio { get; init; } = 0.5;

    /// <summary>… and there were at least this many attempts; 8.</summary>
    public int BreakerMinimumAttempts { get; init; } = 8;

    /// <summary>30 s.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an EHR is left alone once the breaker opened; 15 s.</summary>
    public TimeSpan BreakerRest { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Retry around breaker around timeout, so that the breaker sees every attempt.</summary>
    internal ResiliencePipeline<FhirAnswer> Build(TimeProvider time, Func<double> jitter, CircuitBreakerStateProvider? state = null)
    {
        var builder = new ResiliencePipelineBuilder<FhirAnswer> { TimeProvider = time };
        if (Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<FhirAnswer>
            {
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstPause,
                UseJitter = true,
                Randomizer = jitter,
                ShouldHandle = args => new(WorthRepeating(args.Context, args.Outcome)),
                DelayGenerator = args => new(ServerSays(args.Outcome)),
            });
        }

        return builder
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<FhirAnswer>
            {
                FailureRatio = BreakerFailureRatio,
                MinimumThroughput = BreakerMinimumAttempts,
                SamplingDuration = BreakerWindow,
                BreakDuration = BreakerRest,
                StateProvider = state,
                ShouldHandle = args => new(args.Outcome.Exception is TimeoutRejectedException
                    || args.Outcome.Result?.Failure is FhirFailure.Unavailable { CountsAgainstServer: true }),
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = AttemptTimeout })
            .Build();
    }

    internal static readonly ResiliencePropertyKey<FhirCall> CallKey = new("fhir-call");

    private bool WorthRepeating(ResilienceContext context, Outcome<FhirAnswer> outcome)
    {
        var call = context.Properties.GetValue(CallKey, null!);
        call.LastFailure = outcome.Result?.Failure ?? (outcome.Exception is TimeoutRejectedException ? new FhirFailure.TimedOut { OutcomeUnknown = true } : null);
        if (!call.Request.Repeatable || call.LastFailure is not { Transient: true })
            return false;
        var wait = ServerSays(outcome) ?? TimeSpan.Zero;
        return wait <= LongestWait && (call.Deadline is null || wait < call.Deadline.Remaining);
    }

    private static TimeSpan? ServerSays(Outcome<FhirAnswer> outcome) => outcome.Result?.Failure is FhirFailure.Busy { RetryAfter: { } wait } ? wait : null;
}

/// <summary>What the pipeline has to know about the call it carries.</summary>
internal sealed class FhirCall(FhirRequest request, Deadline? deadline)
{
    public FhirRequest Request { get; } = request;

    public Deadline? Deadline { get; } = deadline;

    public FhirFailure? LastFailure { get; set; }
}
