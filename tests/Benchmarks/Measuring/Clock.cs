using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>
/// Processor time of the calling thread, which other work on the machine does not lengthen. The steps run on one thread and the
/// collector runs on it too (no concurrent collection), so on an idle machine it is the elapsed time. Elsewhere than on Linux: elapsed time.
/// </summary>
internal static partial class Clock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    public static TimeSpan Now() => OperatingSystem.IsLinux() && clock_gettime(ThreadCpuTime, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : TimeSpan.FromTicks(Stopwatch.GetTimestamp() * TimeSpan.TicksPerSecond / Stopwatch.Frequency);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int clock_gettime(int clock, out Timespec time);

    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
