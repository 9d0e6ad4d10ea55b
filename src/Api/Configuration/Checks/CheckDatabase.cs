using System.Net;
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
        else if (database is { Provider: DatabaseProvider.Postgres, ConnectionString: { } postgres, Unencrypted: false } && InTheClear(new(postgres)))
            yield return new("Database:ConnectionString", "lets a database on another machine be spoken to without TLS: add SSL Mode=VerifyFull (at least Require), or set Database:Unencrypted=true where the network itself is encrypted");
    }

    /// <summary>Npgsql's default (Prefer) goes on without TLS where the server offers none, or somebody in between says so.</summary>
    private static bool InTheClear(NpgsqlConnectionStringBuilder connection) =>
        connection.SslMode is SslMode.Disable or SslMode.Allow or SslMode.Prefer && !IsHere(connection);

    /// <summary>All of its hosts are this machine: loopback, or a socket in the file system.</summary>
    public static bool IsHere(NpgsqlConnectionStringBuilder connection) => connection.Host!.Split(',', StringSplitOptions.TrimEntries).All(host =>
        host is ['/' or '@', ..] || (IPEndPoint.TryParse(host, out var address) ? IPAddress.IsLoopback(address.Address) : host.Split(':')[0].Equals("localhost", StringComparison.OrdinalIgnoreCase)));

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
