using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.Data.Sqlite;

namespace BiopsyFhir.Api.Backup;

/// <summary>What a SQLite backup holds, counted in the file itself.</summary>
public sealed record BackupContent(SchemaState Schema, long Receipts, long Deliveries, long AuditRows, string? Damage)
{
    /// <summary>Why it cannot serve; null when it can. Fewer scripts than we know are no reason: the next start adds them.</summary>
    public string? Refusal => Damage ?? Schema.Refusal ?? (Schema.Newest is 0 ? "it is no database of this service" : null);

    public override string ToString() => $"schema {Schema.Newest:0000}, {Receipts} write receipts, {Deliveries} deliveries, {AuditRows} rows of the audit trail";

    public static async Task<BackupContent> OfAsync(string file, CancellationToken cancel)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel);
            var damage = await ScalarAsync(connection, "PRAGMA integrity_check", cancel) as string;
            var applied = await HasTableAsync(connection, "schema_script", cancel) ? await ApplyScripts.AppliedAsync(connection, null, cancel) : [];
            async Task<long> CountAsync(string table) => await HasTableAsync(connection, table, cancel) ? (long)(await ScalarAsync(connection, $"SELECT count(*) FROM {table}", cancel))! : 0;
            return new(SchemaState.Of(SchemaScript.For(DatabaseProvider.Sqlite), applied),
                await CountAsync("write_receipt"), await CountAsync("delivery"), await CountAsync("audit"), damage is "ok" ? null : $"SQLite finds it damaged ({damage?.Split('\n')[0]})");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26) // SQLITE_CORRUPT, SQLITE_NOTADB
        {
            return new(SchemaState.Of([], new Dictionary<int, (string, string)>()), 0, 0, 0, "it is damaged, or no SQLite file");
        }
    }

    public static async Task<bool> HasTableAsync(SqliteConnection connection, string table, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = @table";
        command.Parameters.AddWithValue("@table", table);
        return (long)(await command.ExecuteScalarAsync(cancel))! > 0;
    }

    private static async Task<object?> ScalarAsync(SqliteConnection connection, string constant, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = constant;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancel);
    }
}
