using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Doctor.Parts;

namespace BiopsyFhir.Api.Doctor;

/// <summary>
/// <c>-- doctor</c>: looks at everything this installation rests on, one line each, and changes nothing. Works beside the running
/// service, before its first start, and when it does not start.
/// </summary>
public static class DoctorCommand
{
    public const string Usage = "doctor   looks at configuration, database, keys, clock, policies, EHRs, printing and disk, one line each; ends with 1 when something is wrong";

    public static bool IsAsked(string[] args) => args is ["doctor", ..];

    /// <returns>0: all well, warnings included. 1: something is wrong. 2: the command line makes no sense.</returns>
    public static async Task<int> RunAsync(string[] args, WebApplicationBuilder builder, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        if (args.Skip(1).FirstOrDefault(word => !word.StartsWith('-')) is { } word && args[Array.IndexOf(args, word) - 1] is "doctor")
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        var worst = CheckState.Ok;
        await foreach (var line in LinesAsync(builder, options, faults, clock))
        {
            if (line.State > worst) worst = line.State;
            await output.WriteLineAsync(CheckEhrCommand.Text(line));
        }
        await output.WriteLineAsync(worst switch
        {
            CheckState.Error => "Something is wrong; see the lines marked error.",
            CheckState.Warning => "It works; see the lines marked warning.",
            _ => "All well.",
        });
        return worst is CheckState.Error ? 1 : 0;
    }

    private static async IAsyncEnumerable<CheckLine> LinesAsync(WebApplicationBuilder builder, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock)
    {
        yield return CheckLine.Ok("program", $"{Review.ConfirmPlan.Device}, .NET {Environment.Version}, {builder.Environment.EnvironmentName}");
        foreach (var fault in faults) yield return CheckLine.Error("configuration", $"{fault.Key} {fault.Problem}", "The service does not start with this. Every key is in docs/configuration.md.");
        if (faults is []) yield return CheckLine.Ok("configuration", options.Ehrs switch { [] => "no fault; no EHR", [var one] => $"no fault; EHR {one.Id}", var many => $"no fault; EHRs {string.Join(", ", many.Select(e => e.Id))}" });
        foreach (var line in CheckSettings.Of(options)) yield return line;
        foreach (var line in CheckPolicies.Of(options)) yield return line;
        foreach (var line in CheckFolder.Of(options)) yield return line;

        // Each part needs its own settings to be whole, and says so by being left out: the faults above are its lines.
        bool Whole(string section) => !faults.Any(f => f.Key.StartsWith(section, StringComparison.Ordinal));
        if (Whole("Database")) await foreach (var line in CheckStore.OfAsync(options, clock)) yield return line;
        if (Whole("DataProtection") && Whole("Smart"))
            foreach (var line in CheckKeyFiles.Of(options, clock.GetUtcNow())) yield return line;
        if (Whole("Database") && Whole("DataProtection") && !options.Database.Temporary)
            await foreach (var line in CheckStoredKeys.OfAsync(options)) yield return line;
        await foreach (var line in CheckPrinter.OfAsync(options)) yield return line;
        if (Whole("Ehrs") && Whole("Smart") && Whole("urls"))
            await foreach (var line in CheckConnections.OfAsync(builder, options, clock)) yield return line;
    }
}
