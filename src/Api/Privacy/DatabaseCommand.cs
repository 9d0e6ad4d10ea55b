using System.Data.Common;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Privacy;

/// <summary>What the commands about kept data share: the settings they need, the database beside the running service, and what is said when it cannot be had.</summary>
internal static class DatabaseCommand
{
    /// <param name="run">Its answer is the exit code.</param>
    /// <returns>As <paramref name="run"/>; 1: the database cannot be read; 2: there is none to look at; 78: its settings have faults.</returns>
    public static async Task<int> RunAsync(ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter errors, Func<IServiceProvider, Task<int>> run)
    {
        var relevant = faults.Where(f => f.Key.StartsWith("Database", StringComparison.Ordinal) || f.Key.StartsWith("DataProtection", StringComparison.Ordinal)).ToList();
        foreach (var fault in relevant) await errors.WriteLineAsync($"{fault.Key}: {fault.Problem}");
        if (relevant is not []) return RefuseToStart.ExitCode;
        if (options.Database.Temporary)
        {
            await errors.WriteLineAsync("With the sandbox the database is a temporary one: nothing is kept. Set Sandbox:Enabled=false and Database:*, as for the service.");
            return 2;
        }
        if (options.Database.Provider is DatabaseProvider.Sqlite && StorageServices.SqliteOf(options.Database, options.Database.Folder).DataSource is var file && !File.Exists(file))
        {
            await errors.WriteLineAsync($"There is no database at {file} yet.");
            return 1;
        }
        using var folder = new DataFolder(options);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddServiceOptions(options).AddStorage(folder).AddTokenProtection(options, folder).AddSingleton(clock);
        await using var provider = services.BuildServiceProvider();
        try
        {
            return await run(provider);
        }
        catch (Exception e) when (FromDatabase(e) is { } cause)
        {
            await errors.WriteLineAsync($"The database cannot be read: {cause.Message.Split('\n')[0]} If this version has not run on it yet, start the service once.");
            return 1;
        }
    }

    private static DbException? FromDatabase(Exception? e) => e is null ? null : e as DbException ?? FromDatabase(e.InnerException);
}
