namespace BiopsyFhir.Fhir.Rest;

/// <summary>One end of time for a set of parallel calls. When it passes, each open call answers <see cref="FhirFailure.TimedOut"/>.</summary>
public sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _length;

    private Deadline(TimeSpan length, TimeProvider time)
    {
        _time = time;
        _length = length;
        _start = time.GetTimestamp();
        _source = new CancellationTokenSource(length, time);
    }

    public static Deadline After(TimeSpan length, TimeProvider time) => new(length, time);

    public CancellationToken Token => _source.Token;

    public TimeSpan Remaining
    {
        get
        {
            var left = _length - _time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Dispose() => _source.Dispose();
}
