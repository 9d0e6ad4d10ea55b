using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Configuration;

/// <summary>A service that cannot start safely says why in one list, without a stack trace, and exits with its own code.</summary>
public static class RefuseToStart
{
    /// <summary>EX_CONFIG of sysexits.h: something was found in an unconfigured or misconfigured state.</summary>
    public const int ExitCode = 78;

    public static int Because(IReadOnlyList<ConfigurationFault> faults)
    {
        Console.Error.WriteLine($"BiopsyFhir did not start: {faults.Count} {(faults.Count is 1 ? "fault" : "faults")} in its configuration.");
        foreach (var fault in faults) Console.Error.WriteLine($"  {fault.Key}: {fault.Problem}");
        return ExitCode;
    }

    /// <summary>The operator's faults in an exception at start; null when it is no fault of the configuration but ours.</summary>
    public static IReadOnlyList<ConfigurationFault>? FaultsIn(Exception exception) => exception switch
    {
        StorageRefusedException storage => [new("Database", storage.Message)],
        PolicyFaultsException policies => [.. policies.Faults.Select(fault => new ConfigurationFault("Policy", fault))],
        _ => null,
    };
}
