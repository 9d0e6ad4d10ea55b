using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace BiopsyFhir.Api.Storage;

/// <summary>One numbered script of <c>Storage/Scripts/{provider}</c>, for example <c>0001_sessions_writes_audit.sql</c>.</summary>
public sealed record SchemaScript(int Number, string Name, string Sql)
{
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    public static IReadOnlyList<SchemaScript> For(DatabaseProvider provider)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"Storage/Scripts/{provider}/";
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    var file = name[prefix.Length..];
                    return new SchemaScript(int.Parse(file.Split('_')[0], CultureInfo.InvariantCulture), file, reader.ReadToEnd());
                })
                .OrderBy(script => script.Number),
        ];
    }
}

/// <summary>The database is not one this program can work with; the message is for the operator.</summary>
public sealed class StorageRefusedException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// Brings the database to the newest script, all in one transaction under a lock: two nodes that start together apply each script once.
/// </summary>
public sealed class ApplyScripts(IDbContextFactory<ServiceDb> databases, ServiceOptions options, TimeProvider clock)
{
    /// <exception cref="StorageRefusedException">The database cannot be reached, is newer than this program, or was changed by hand.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancel);
            await using var transaction = await WriteLock.BeginAsync(db, options.Database.Provider, WriteLock.Schema, cancel);
            await ApplyAsync(db.Database.GetDbConnection(), transaction.GetDbTransaction(), cancel);
            await transaction.CommitAsync(cancel);
        }
        catch (Exception e) when (FromDatabase(e) is { } cause)
        {
            throw new StorageRefusedException($"the {options.Database.Provider} database cannot be prepared: {cause.Message}", e);
        }
    }

    /// <summary>EF wraps what the driver throws; the operator needs the driver's sentence.</summary>
    private static DbException? FromDatabase(Exception? e) => e is null ? null : e as DbException ?? FromDatabase(e.InnerException);

    private async Task ApplyAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancel)
    {
        await RunAsync(connection, transaction, "CREATE TABLE IF NOT EXISTS schema_script (number integer PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_at bigint NOT NULL)", cancel);
        var applied = await AppliedAsync(connection, transaction, cancel);
        var scripts = SchemaScript.For(options.Database.Provider);
        if (applied.Keys.Except(scripts.Select(s => s.Number)).Order().ToList() is [var unknown, ..])
            throw new StorageRefusedException($"the database has script {unknown}, which this program does not know: a newer version has used it");
        foreach (var script in scripts)
        {
            if (applied.TryGetValue(script.Number, out var hash))
            {
                if (hash != script.Hash)
                    throw new StorageRefusedException($"script {script.Name} is not the one that made this database; add a new script instead of changing an old one");
                continue;
            }
            await RunAsync(connection, transaction, script.Sql, cancel);
            await RunAsync(connection, transaction, "INSERT INTO schema_script (number, name, hash, applied_at) VALUES (@number, @name, @hash, @at)", cancel,
                ("number", script.Number), ("name", script.Name), ("hash", script.Hash), ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    private static async Task<Dictionary<int, string>> AppliedAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT number, hash FROM schema_script";
        var applied = new Dictionary<int, string>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) applied.Add(reader.GetInt32(0), reader.GetString(1));
        return applied;
    }

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql, CancellationToken cancel, params (string Name, object Value)[] values)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The text is a constant or one of our own embedded scripts.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        await command.ExecuteNonQueryAsync(cancel);
    }
}
