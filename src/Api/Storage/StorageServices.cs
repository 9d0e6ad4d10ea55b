using System.Data.Common;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Fhir.WriteBack;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace BiopsyFhir.Api.Storage;

public static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, DataFolder folder) => services
        .AddSingleton(_ => folder) // by a factory, so that the container disposes it
        .AddPooledDbContextFactory<ServiceDb>((provider, context) => Connect(context, provider))
        .AddSingleton<InUse>()
        .AddSingleton<ApplyScripts>()
        .AddSingleton<AuditTrail>()
        .AddSingleton<SeenTokens>()
        .AddSingleton<WriteLedger>()
        .AddSingleton<IWriteLedger>(services => services.GetRequiredService<WriteLedger>())
        .AddSingleton<WriteIntents>()
        .AddSingleton<Retention>()
        .AddHostedService<RetentionSchedule>();

    /// <summary>Applies the schema scripts; called before the service listens.</summary>
    public static Task PrepareStorageAsync(this WebApplication app)
    {
        app.Services.GetRequiredService<InUse>().Hold();
        return app.Services.GetRequiredService<ApplyScripts>().RunAsync(app.Lifetime.ApplicationStopping);
    }

    /// <summary>Where our SQLite file is, and how it is opened.</summary>
    public static SqliteConnectionStringBuilder SqliteOf(DatabaseOptions options, string folder) =>
        new(options.ConnectionString ?? $"Data Source={Path.Combine(folder, "biopsyfhir.db")}");

    private static void Connect(DbContextOptionsBuilder context, IServiceProvider provider)
    {
        var options = provider.GetRequiredService<ServiceOptions>().Database;
        if (options.Provider is DatabaseProvider.Postgres)
        {
            context.UseNpgsql(options.ConnectionString);
            return;
        }
        var connection = SqliteOf(options, provider.GetRequiredService<DataFolder>().Path);
        if (connection.Mode is SqliteOpenMode.ReadWriteCreate && connection.DataSource is not ":memory:")
            DataFolder.CreatePrivate(connection.DataSource);
        context.UseSqlite(connection.ConnectionString).AddInterceptors(DurableSqlite.Instance);
    }

    /// <summary>
    /// WAL lets readers go on while one writes; FULL waits for the disk at each commit, so that a receipt survives a power cut.
    /// synchronous belongs to the connection, not to the file, hence an interceptor.
    /// </summary>
    private sealed class DurableSqlite : DbConnectionInterceptor
    {
        public static readonly DurableSqlite Instance = new();
        private const string Pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
