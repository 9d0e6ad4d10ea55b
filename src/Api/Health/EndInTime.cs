using System.Runtime.InteropServices;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Health;

/// <summary>
/// Told to stop (SIGTERM, SIGINT), the process ends, whatever it waits for. Without its database the scheduler waits for ever: Quartz 4 gives
/// its triggers back with endless retries, and its StopAsync heeds no token. What was begun goes on at the next start, as after a kill.
/// </summary>
public sealed class EndInTime : IDisposable
{
    /// <summary>Not the end that was hoped for; a supervisor that asked for the stop does not mind.</summary>
    public const int ExitCode = 1;

    /// <summary>After the host's own patience; systemd waits 45 seconds in all.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly TimeSpan _after;
    private readonly PosixSignalRegistration[] _signals;
    private Timer? _timer;

    private EndInTime(TimeSpan after)
    {
        _after = after;
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Begin()), PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Begin())];
    }

    /// <summary>From here until it is disposed.</summary>
    public static EndInTime Of(ServiceOptions options) => new(TimeSpan.FromSeconds(options.Limits.DrainSeconds) + Drain.Patience + s_grace);

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _timer?.Dispose();
    }

    private void Begin() => _timer ??= new(_ =>
    {
        Console.Error.WriteLine($"Not everything stopped within {_after.TotalSeconds:0} s of being told to; the process ends now. What was begun goes on at the next start.");
        Environment.Exit(ExitCode);
    }, null, _after, Timeout.InfiniteTimeSpan);
}
