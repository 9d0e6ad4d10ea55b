using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.Data.Sqlite;

namespace BiopsyFhir.Api.Backup;

/// <summary>A backup that was not made, or not taken back; the sentence is for the operator.</summary>
public sealed class BackupRefusedException(string sentence, Exception? cause = null) : Exception(sentence, cause);

/// <summary>
/// <c>-- backup FILE</c>, while the service runs, and <c>-- restore FILE</c>, while it does not. What the file holds is in
/// <see cref="BackupContent"/>; the certificate that opens its encrypted parts is not in it, on purpose.
/// </summary>
public static class BackupCommand
{
    public const string Usage = """
        backup FILE               copies the database into a new file, also while the service runs
        restore FILE [--replace]  makes the database from such a file; stop the service first. --replace: the database that is there is set aside
        """;

    public static bool IsAsked(string[] args) => args is ["backup" or "restore", ..];

    /// <returns>0: done. 1: it could not be done, and nothing was changed. 2: the command line makes no sense. 78: the settings of the database have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var replace = args[0] is "restore" && args.Contains("--replace");
        if (CommandOptions.Words(args, "--replace") is not [var file])
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        var relevant = faults.Where(f => f.Key.StartsWith("Database", StringComparison.Ordinal)).ToList();
        if (relevant is not [])
        {
            foreach (var fault in relevant) await errors.WriteLineAsync($"{fault.Key}: {fault.Problem}");
            return RefuseToStart.ExitCode;
        }
        if (options.Database.Temporary)
        {
            await errors.WriteLineAsync("With the sandbox the database is a temporary one: there is nothing to keep. Set Sandbox:Enabled=false and Database:*, as for the service.");
            return 2;
        }
        try
        {
            using var folder = new DataFolder(options);
            var copy = (ICopyDatabase)(options.Database.Provider is DatabaseProvider.Postgres ? new CopyPostgres(options.Database) : new CopySqlite(options.Database, folder, clock));
            file = Path.GetFullPath(file);
            await output.WriteLineAsync(args[0] is "backup" ? await copy.ToFileAsync(file, CancellationToken.None) : await copy.FromFileAsync(file, replace, CancellationToken.None));
            return 0;
        }
        catch (Exception e) when (e is BackupRefusedException or IOException or UnauthorizedAccessException or SqliteException)
        {
            await errors.WriteLineAsync(e.Message);
            return 1;
        }
    }
}

/// <summary>Both ways between one database and one file; each answers with the sentence that is printed.</summary>
public interface ICopyDatabase
{
    /// <exception cref="BackupRefusedException">Nothing was left behind under the name.</exception>
    Task<string> ToFileAsync(string file, CancellationToken cancel);

    /// <exception cref="BackupRefusedException">The database is as it was.</exception>
    Task<string> FromFileAsync(string file, bool replace, CancellationToken cancel);
}
