using System.Diagnostics;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Npgsql;

namespace BiopsyFhir.Api.Backup;

/// <summary>
/// PostgreSQL's own programs, with the connection of the configuration: the password goes through the environment, never through the
/// command line, where every process of the machine could read it.
/// </summary>
public sealed class CopyPostgres(DatabaseOptions options) : ICopyDatabase
{
    public async Task<string> ToFileAsync(string file, CancellationToken cancel)
    {
        if (File.Exists(file)) throw new BackupRefusedException($"{file} is there already; a backup never replaces another. Give a new name.");
        var partial = file + ".partial";
        File.Delete(partial);
        DataFolder.CreatePrivate(partial);
        try
        {
            await RunAsync("pg_dump", ["--format=custom", "--no-owner", "--no-privileges", $"--file={partial}"], cancel);
            await RunAsync("pg_restore", ["--list", partial], cancel); // its table of contents can be read
            File.Move(partial, file);
            return $"{file}: {new FileInfo(file).Length} bytes. The certificate of DataProtection:Certificate is not in it: keep that in another place; without it stored tokens and queued messages cannot be opened.";
        }
        finally
        {
            File.Delete(partial);
        }
    }

    public async Task<string> FromFileAsync(string file, bool replace, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new BackupRefusedException($"There is no file {file}.");
        await RunAsync("pg_restore", ["--list", file], cancel);
        await using var source = NpgsqlDataSource.Create(options.ConnectionString!);
        if (!replace && await IsUsedAsync(source, cancel))
            throw new BackupRefusedException("The database has tables of this service. Give an empty database, or --replace to drop what is there; make a backup of it first.");
        // All or nothing: a restore that breaks off leaves what was there.
        await RunAsync("pg_restore", ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", .. replace ? (string[])["--clean", "--if-exists"] : [], $"--dbname={Connection().Database}", file], cancel);
        await using var after = source.CreateCommand("DELETE FROM smart_session; DELETE FROM pending_launch; UPDATE delivery SET lease_until = 0;");
        await after.ExecuteNonQueryAsync(cancel);
        return $"The database was made from {file}. SMART sessions of that time have ended, and what was being delivered then is looked at anew: keys in the EHR keep it from arriving twice.";
    }

    private static async Task<bool> IsUsedAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var command = source.CreateCommand("SELECT to_regclass('schema_script') IS NOT NULL");
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }

    private NpgsqlConnectionStringBuilder Connection() => new(options.ConnectionString);

    private async Task RunAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var (connection, start) = (Connection(), new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true });
        foreach (var (name, value) in new[]
        {
            ("PGHOST", connection.Host), ("PGPORT", $"{connection.Port}"), ("PGDATABASE", connection.Database), ("PGUSER", connection.Username),
            ("PGPASSWORD", connection.Password), ("PGPASSFILE", connection.Passfile), ("PGSSLMODE", SslMode(connection.SslMode)), ("PGSSLROOTCERT", connection.RootCertificate),
        })
            if (!string.IsNullOrEmpty(value)) start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var (said, _) = (process.StandardError.ReadToEndAsync(cancel), process.StandardOutput.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode != 0) throw new BackupRefusedException($"{program} ended with {process.ExitCode}: {(await said).Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BackupRefusedException($"{program} is not installed here: install the client programs of PostgreSQL (Debian: postgresql-client), of the server's version or newer.", e);
        }
    }

    private static string SslMode(SslMode mode) => mode switch
    {
        Npgsql.SslMode.VerifyCA => "verify-ca",
        Npgsql.SslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };
}
