using Microsoft.Data.Sqlite;
using Npgsql;

namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>The connection string parses; whether the server answers is told at start and by /health/ready.</summary>
public static class CheckDatabase
{
    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options)
    {
        var database = options.Database;
        if (database.Provider is DatabaseProvider.Postgres && database.ConnectionString is null)
            yield return new("Database:ConnectionString", "is required with Database:Provider=postgres");
        if (database.ConnectionString is { } text && !Parses(database.Provider, text))
            yield return new("Database:ConnectionString", $"is not a connection string for {database.Provider.ToString().ToLowerInvariant()}");
    }

    private static bool Parses(DatabaseProvider provider, string text)
    {
        try
        {
            return provider is DatabaseProvider.Postgres
                ? new NpgsqlConnectionStringBuilder(text).Host is not null
                : new SqliteConnectionStringBuilder(text).DataSource is not "";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }
}
