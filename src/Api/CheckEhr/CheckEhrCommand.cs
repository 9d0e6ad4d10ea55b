using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Sandbox;

namespace BiopsyFhir.Api.CheckEhr;

/// <summary>
/// <c>dotnet run --project src/Api -- check-ehr [ISSUER|ID]</c>: the connection check without a running service. The demo EHR is started
/// for the length of the check, on a port of its own.
/// </summary>
public static class CheckEhrCommand
{
    public const string Usage = """
        check-ehr [ISSUER|ID]   checks the connection to one EHR of Ehrs, by its issuer or its Id; without argument to all of them
        """;

    public static bool IsAsked(string[] args) => args is ["check-ehr", ..];

    /// <returns>0: all well, warnings included. 1: an error, also in the configuration of the EHRs. 2: the command line makes no sense.</returns>
    public static async Task<int> RunAsync(string[] args, WebApplicationBuilder builder, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TextWriter output, TextWriter errors)
    {
        var named = CommandOptions.Words(args);
        if (named.Count > 1)
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        // Facility, database and their like do not matter to a connection.
        var relevant = faults.Where(f => f.Key.StartsWith("Ehrs:", StringComparison.Ordinal) || f.Key.StartsWith("Smart:", StringComparison.Ordinal) || f.Key is "urls").ToList();
        foreach (var fault in relevant) await output.WriteLineAsync(Text(CheckLine.Error("configuration", $"{fault.Key} {fault.Problem}", "The service would not start with this.")));
        if (relevant is not []) return 1;

        await using var app = await StartAsync(builder, options);
        var ehrs = app.Services.GetRequiredService<EhrRegistry>();
        if (ehrs.All is [])
        {
            await output.WriteLineAsync(Text(CheckLine.Error("list", "no EHR is configured", "Set Ehrs:0:Issuer, and Ehrs:0:ClientId for launches.")));
            return 1;
        }
        if (named is [var one] && (ehrs.ById(one) ?? ehrs.ByIssuer(one)) is null)
        {
            await output.WriteLineAsync(Text(CheckLine.Error("list", $"{one} is not in Ehrs; nothing was sent to it",
                $"Add it as Ehrs:N:Issuer, as the EHR writes itself, or use one of: {string.Join(", ", ehrs.All.Select(e => e.Id))}.")));
            return 1;
        }
        var worst = CheckState.Ok;
        foreach (var ehr in named is [var wanted] ? [ehrs.ById(wanted) ?? ehrs.ByIssuer(wanted)!] : ehrs.All)
        {
            await output.WriteLineAsync($"{ehr.Id}  {ehr.Issuer}");
            var report = await app.Services.GetRequiredService<ConnectionCheck>().RunAsync(ehr, line => output.WriteLine(Text(line)), CancellationToken.None);
            await output.WriteLineAsync($"{ehr.Id}: {report.Sum}");
            if (report.State > worst) worst = report.State;
        }
        return worst is CheckState.Error ? 1 : 0;
    }

    /// <summary>A line as it is printed.</summary>
    public static string Text(CheckLine line) =>
        $"  {line.Word,-8} {line.Part,-22} {line.Found}" + (line.ToDo is { } toDo ? $"\n{"",34}to do: {toDo}" : "");

    internal static async Task<WebApplication> StartAsync(WebApplicationBuilder builder, ServiceOptions options)
    {
        builder.Logging.ClearProviders(); // the lines are the output
        builder.Services.AddServiceOptions(options).AddSingleton(_ => new DataFolder(options)).AddEhrClient().AddConnectionCheck();
        if (options.Sandbox.Enabled) builder.Services.AddSandboxEhr(ehr => ehr.PublicBaseUrlFrom = services => new(services.GetRequiredService<PublicAddress>().Base));
        var app = builder.Build();
        if (!options.Sandbox.Enabled) return app;
        app.MapKeySet();
        app.MapSandboxEhr();
        app.Urls.Clear();
        app.Urls.Add("http://127.0.0.1:0"); // the service itself may be running
        await app.StartAsync();
        return app;
    }
}
