using System.Globalization;

// The host looks for this name, outside any namespace: docs/design/features/host-startup-hook.md of dotnet/runtime.
#pragma warning disable CA1050
/// <summary>
/// Loaded into the service by DOTNET_STARTUP_HOOKS, so that the program that is measured is the one that is delivered, with its own
/// settings of the collector: for each line on standard input it says what only a process itself knows. Ends with its input.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => new Thread(() =>
    {
        while (Console.In.ReadLine() is { } asked)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{(asked switch
            {
                "allocated" => GC.GetTotalAllocatedBytes(precise: true),
                "heap" => Heap(),
                _ => Environment.CpuUsage.TotalTime.TotalMilliseconds,
            })}"));
        Environment.Exit(0);
    })
    { IsBackground = true }.Start();

    /// <summary>Before what it says; other lines are the service's own.</summary>
    public const string Mark = "inside: ";

    /// <summary>What is left after everything that can be collected was, finalizers run.</summary>
    private static long Heap()
    {
        for (var time = 0; time < 3; time++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
