using System.Data.Common;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Configuration.Checks;
using BiopsyFhir.Api.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>The database: reachable, of our version, whole, and with our clock. Opened for reading only; nothing is applied.</summary>
public static class CheckStore
{
    public static async IAsyncEnumerable<CheckLine> OfAsync(ServiceOptions options, TimeProvider clock)
    {
        if (options.Database.Temporary)
        {
            yield return CheckLine.Ok("database", "temporary, with the sandbox");
            yield break;
        }
        var postgres = options.Database.Provider is DatabaseProvider.Postgres;
        var file = postgres ? null : StorageServices.SqliteOf(options.Database, options.Database.Folder).DataSource;
        if (file is not null && (!File.Exists(file) || new FileInfo(file).Length is 0))
        {
            yield return CheckLine.Ok("database", $"{file} is not there yet; the first start makes it");
            yield break;
        }
        await using var connection = postgres ? new NpgsqlConnection(options.Database.ConnectionString)
            : (DbConnection)new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        var began = clock.GetTimestamp();
        if (await OpenAsync(connection) is { } why)
        {
            yield return CheckLine.Error("database", why, postgres ? "See Database:ConnectionString, and whether the server takes connections from here." : "See the file and the rights on it; a backup is taken back with restore.");
            yield break;
        }
        yield return CheckLine.Ok("database", $"{(postgres ? $"PostgreSQL {connection.ServerVersion}" : file)}, answered in {clock.GetElapsedTime(began).TotalMilliseconds:0} ms");
        if (postgres && new NpgsqlConnectionStringBuilder(options.Database.ConnectionString) is { SslMode: not (SslMode.VerifyFull or SslMode.VerifyCA) } said && !CheckDatabase.IsHere(said))
            yield return CheckLine.Warning("database", $"SSL Mode={said.SslMode}: whoever answers under its name is believed", "Set SSL Mode=VerifyFull, with Root Certificate where the server's is the hospital's own.");
        yield return await ScriptsAsync(connection, options.Database.Provider);
        if (!postgres)
        {
            var whole = await ScalarAsync(connection, "PRAGMA quick_check") as string;
            if (whole is not "ok") yield return CheckLine.Error("database", $"SQLite finds the file damaged: {whole?.Split('\n')[0]}", "Stop the service, keep the file, and take the last good backup back with restore.");
        }
        else if (await ScalarAsync(connection, "SELECT clock_timestamp()") is DateTime theirs)
            yield return CheckClock.Of("PostgreSQL's clock", new DateTimeOffset(theirs.ToUniversalTime(), TimeSpan.Zero) - clock.GetUtcNow());
    }

    private static async Task<string?> OpenAsync(DbConnection connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await connection.OpenAsync(patience.Token);
            if (connection is SqliteConnection) await ScalarAsync(connection, "PRAGMA schema_version"); // opening alone does not look into the file
            return null;
        }
        catch (Exception e) when (e is DbException or TimeoutException or OperationCanceledException)
        {
            return e is DbException ? $"cannot be opened: {e.Message.Split('\n')[0]}" : "did not answer within 10 seconds";
        }
    }

    private static async Task<CheckLine> ScriptsAsync(DbConnection connection, DatabaseProvider provider)
    {
        try
        {
            var state = SchemaState.Of(SchemaScript.For(provider), await ApplyScripts.AppliedAsync(connection, null, CancellationToken.None));
            return state switch
            {
                { Refusal: { } why } => CheckLine.Error("schema", why, "Run the version that made this database, or a newer one."),
                { Unknown: [_, ..] } => CheckLine.Warning("schema", $"a newer version has added {string.Join(", ", state.Unknown)}; this one works beside it", "Upgrade this machine too."),
                { Missing: [_, ..] } => CheckLine.Warning("schema", $"{state.Newest:0000}; the next start applies {string.Join(", ", state.Missing)}", "Make a backup first, then start the service."),
                _ => CheckLine.Ok("schema", $"{state.Newest:0000}, nothing to apply"),
            };
        }
        catch (DbException)
        {
            return CheckLine.Ok("schema", "empty; the first start makes the tables");
        }
    }

    private static async Task<object?> ScalarAsync(DbConnection connection, string constant)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = constant;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}

/// <summary>Tokens live for minutes, and a chart's "today" is ours: clocks that differ refuse launches, or put a result on the wrong day.</summary>
public static class CheckClock
{
    public static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan TooMuch = TimeSpan.FromMinutes(3);

    /// <param name="ahead">How far the other clock is ahead of ours.</param>
    public static CheckLine Of(string what, TimeSpan ahead)
    {
        var words = $"{what} is {Math.Abs(ahead.TotalSeconds):0.#} s {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} ours";
        return ahead.Duration() >= TooMuch ? CheckLine.Error("clock", words, "Set this machine's clock by NTP (timedatectl): tokens are refused as not yet or no longer valid.")
            : ahead.Duration() >= Noticeable ? CheckLine.Warning("clock", words, "Set this machine's clock by NTP (timedatectl).")
            : CheckLine.Ok("clock", words);
    }
}
