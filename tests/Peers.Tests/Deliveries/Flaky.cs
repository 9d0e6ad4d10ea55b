using BiopsyFhir.Testing.Faults;

namespace BiopsyFhir.Peers.Tests.Deliveries;

/// <summary>An EHR of which one call in ten fails, each time in another way; in two of the five ways it has acted all the same.</summary>
internal sealed class Flaky(int percent, int seed)
{
    private static readonly Rule[] Ways = [Fault.Status(503), Fault.Status(500), Fault.Status(429, retryAfter: "1"), Fault.AnswerLost(), Fault.CutBody()];

    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();
    private int _calls;
    private int _failed;

    public int Calls => Volatile.Read(ref _calls);

    public int Failed => Volatile.Read(ref _failed);

    public Rule Rule => new("flaky", request => !request.IsDiscovery, (request, next) =>
    {
        Interlocked.Increment(ref _calls);
        Rule? way = null;
        lock (_gate)
            if (_random.Next(100) < percent) way = Ways[_random.Next(Ways.Length)];
        if (way is null) return next(request);
        Interlocked.Increment(ref _failed);
        return way.Do(request, next);
    });
}
