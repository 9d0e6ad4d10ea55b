using System.Globalization;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.Data.Sqlite;

namespace BiopsyFhir.Api.Backup;

/// <summary>SQLite's own online backup: a consistent copy while others write. A copy is checked before it gets its name.</summary>
public sealed class CopySqlite(DatabaseOptions options, DataFolder folder, TimeProvider clock) : ICopyDatabase
{
    private const string Busy = "The database is in use. Stop the service, then restore.";

    private string Database => StorageServices.SqliteOf(options, folder.Path).DataSource;

    public async Task<string> ToFileAsync(string file, CancellationToken cancel)
    {
        if (!File.Exists(Database)) throw new BackupRefusedException($"There is no database at {Database} yet.");
        if (File.Exists(file)) throw new BackupRefusedException($"{file} is there already; a backup never replaces another. Give a new name.");
        var partial = file + ".partial";
        File.Delete(partial);
        DataFolder.CreatePrivate(partial);
        try
        {
            Copy(Database, partial);
            var content = await BackupContent.OfAsync(partial, cancel);
            if (content.Refusal is { } why) throw new BackupRefusedException($"The copy is not good: {why}. Nothing was kept.");
            File.Move(partial, file);
            return $"{file}: {content}. The certificate of DataProtection:Certificate is not in it: keep that in another place; without it stored tokens and queued messages cannot be opened.";
        }
        finally
        {
            RemoveWithSideFiles(partial);
        }
    }

    public async Task<string> FromFileAsync(string file, bool replace, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new BackupRefusedException($"There is no file {file}.");
        var content = await BackupContent.OfAsync(file, cancel);
        if (content.Refusal is { } why) throw new BackupRefusedException($"{file} cannot be taken back: {why}.");
        using var alone = InUse.Alone(folder.Path) ?? throw new BackupRefusedException(Busy);
        string? aside = null;
        if (File.Exists(Database) && new FileInfo(Database).Length > 0)
        {
            if (!replace) throw new BackupRefusedException($"There is a database at {Database}. With --replace it is set aside under another name.");
            ClaimAlone();
            aside = $"{Database}.before-restore-{clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            File.Move(Database, aside);
        }
        RemoveWithSideFiles(Database);
        DataFolder.CreatePrivate(Database);
        Copy(file, Database);
        await ForgetWhatWasUnderWayAsync(cancel);
        return $"{Database} now has {content}." + (aside is null ? "" : $" What was there is in {aside}.")
            + " SMART sessions of that time have ended, and what was being delivered then is looked at anew: keys in the EHR keep it from arriving twice.";
    }

    /// <summary>
    /// Moves the write-ahead log into the file, which SQLite does not do while anybody else has it open: a connection in WAL mode keeps a
    /// shared lock for as long as it lives, and the mode stays.
    /// </summary>
    private void ClaimAlone()
    {
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false, DefaultTimeout = 1 }.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = DELETE";
            if (command.ExecuteScalar() is not "delete") throw new BackupRefusedException(Busy);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6) // SQLITE_BUSY, SQLITE_LOCKED
        {
            throw new BackupRefusedException(Busy, e);
        }
    }

    /// <summary>Tokens of that time are old and a lease names a process that is gone.</summary>
    private async Task ForgetWhatWasUnderWayAsync(CancellationToken cancel)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Database, Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        Run(connection, "DELETE FROM smart_session; DELETE FROM pending_launch;");
        if (await BackupContent.HasTableAsync(connection, "delivery", cancel)) Run(connection, "UPDATE delivery SET lease_until = 0;");
    }

    private static void Copy(string from, string to)
    {
        using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = from, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = to, Pooling = false }.ConnectionString);
        source.Open();
        target.Open();
        source.BackupDatabase(target);
        Run(target, "PRAGMA journal_mode = DELETE;"); // one file, without a log beside it
    }

    private static void Run(SqliteConnection connection, string constant)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = constant;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static void RemoveWithSideFiles(string file)
    {
        foreach (var one in new[] { file, file + "-wal", file + "-shm", file + "-journal" }) File.Delete(one);
    }
}
