using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BiopsyFhir.Api.Tests.Storage;

/// <summary>A test that needs PostgreSQL's programs; without them it is skipped, and the run says so.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (!PostgresServer.Installed) Skip = "PostgreSQL (initdb, pg_ctl) is not installed: storage was tested on SQLite only.";
    }
}

/// <summary>A throw-away PostgreSQL server on a free loopback port, started when the first test asks for a database.</summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly string? Programs = new[] { "/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin", "/usr/local/pgsql/bin", "/usr/bin" }
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));

    /// <summary>A role that has to show its password; a test makes it. All others are trusted.</summary>
    public const string NeedsPassword = "needs_password";

    private readonly Lock starting = new();
    private DirectoryInfo? folder;
    private int port;
    private int databases;

    public static bool Installed => Programs is not null;

    /// <returns>The connection string of a new, empty database.</returns>
    public string NewDatabase()
    {
        lock (starting)
        {
            if (folder is null) Start();
            var name = $"test_{++databases}";
            using var connection = new NpgsqlConnection(ConnectionString("postgres"));
            connection.Open();
            using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
            command.ExecuteNonQuery();
            return ConnectionString(name);
        }
    }

    /// <summary>The whole database as SQL, as a backup takes it.</summary>
    public static string Dump(string connectionString)
    {
        var at = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Path.Combine(Programs!, "pg_dump"), ["--host", at.Host!, "--port", at.Port.ToString(CultureInfo.InvariantCulture), "--username", at.Username!, at.Database!]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode is 0 ? text : throw new InvalidOperationException($"pg_dump ended with {process.ExitCode}");
    }

    public void Dispose()
    {
        if (folder is null) return;
        NpgsqlConnection.ClearAllPools();
        Run("pg_ctl", "-D", Data, "-m", "immediate", "stop");
        folder.Delete(recursive: true);
    }

    private string Data => Path.Combine(folder!.FullName, "data");

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={port};Username=biopsy;Database={database}";

    private void Start()
    {
        folder = Directory.CreateTempSubdirectory("biopsyfhir-postgres-");
        if (Environment.IsPrivilegedProcess) Run("chown", "postgres", folder.FullName); // the server refuses to run as root
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        Run("initdb", "-D", Data, "-A", "trust", "-U", "biopsy", "--no-sync");
        var access = Path.Combine(Data, "pg_hba.conf");
        File.WriteAllText(access, $"host all {NeedsPassword} 127.0.0.1/32 scram-sha-256\n{File.ReadAllText(access)}");
        Run("pg_ctl", "-D", Data, "-l", Path.Combine(folder.FullName, "log"), "-w",
            "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder.FullName} -c fsync=off"), "start");
    }

    private static void Run(string program, params string[] arguments)
    {
        var path = program is "chown" ? program : Path.Combine(Programs!, program);
        var start = program is not "chown" && Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("runuser", ["-u", "postgres", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        // Not redirected: the server would inherit the pipes and keep them open.
        start.WorkingDirectory = Path.GetTempPath();
        start.Environment["PGOPTIONS"] = "";
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)) || process.ExitCode is not 0)
            throw new InvalidOperationException($"{program} ended with {(process.HasExited ? process.ExitCode : "no answer")}");
    }
}
