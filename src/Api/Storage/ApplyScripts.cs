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
    /// <summary>After a name in <c>schema_script</c>: the script only adds, so a program that does not know it can go on, or start again, beside one that does.</summary>
    public const string AdditiveMark = " (additive)";

    public string AppliedName => SchemaChange.OnlyAdds(Sql) ? Name + AdditiveMark : Name;

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

/// <summary>What the database has of our scripts, against what this program knows.</summary>
/// <param name="Missing">Not applied yet; the next start does it.</param>
/// <param name="Unknown">Applied by a newer version; <see cref="SchemaScript.AdditiveMark"/> at the end of a name says that we can work beside it.</param>
/// <param name="Changed">Applied from another text.</param>
public sealed record SchemaState(int Newest, IReadOnlyList<string> Missing, IReadOnlyList<string> Unknown, IReadOnlyList<string> Changed)
{
    /// <param name="applied">Rows of <c>schema_script</c>.</param>
    public static SchemaState Of(IReadOnlyList<SchemaScript> known, IReadOnlyDictionary<int, (string Name, string Hash)> applied) => new(
        applied.Keys.DefaultIfEmpty(0).Max(),
        [.. known.Where(s => !applied.ContainsKey(s.Number)).Select(s => s.Name)],
        [.. applied.Where(a => known.All(s => s.Number != a.Key)).OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value.Name}")],
        [.. known.Where(s => applied.TryGetValue(s.Number, out var a) && a.Hash != s.Hash).Select(s => s.Name)]);

    /// <summary>Why this program must not work with the database; null when it may.</summary>
    public string? Refusal =>
        Unknown.FirstOrDefault(name => !name.EndsWith(SchemaScript.AdditiveMark, StringComparison.Ordinal)) is { } unknown
            ? $"the database has script {unknown}, which this program does not know: a newer version has used it"
            : Changed is [var changed, ..] ? $"script {changed} is not the one that made this database; add a new script instead of changing an old one"
            : null;
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
        if (SchemaState.Of(scripts, applied).Refusal is { } refusal) throw new StorageRefusedException(refusal);
        foreach (var script in scripts.Where(script => !applied.ContainsKey(script.Number)))
        {
            await RunAsync(connection, transaction, script.Sql, cancel);
            await RunAsync(connection, transaction, "INSERT INTO schema_script (number, name, hash, applied_at) VALUES (@number, @name, @hash, @at)", cancel,
                ("number", script.Number), ("name", script.AppliedName), ("hash", script.Hash), ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Number, name and hash of every script that made this database; empty for one that has none.</summary>
    public static async Task<Dictionary<int, (string Name, string Hash)>> AppliedAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT number, name, hash FROM schema_script";
        var applied = new Dictionary<int, (string, string)>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
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
