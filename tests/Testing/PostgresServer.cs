using System.Diagnostics;

namespace BiopsyFhir.Testing;

/// <summary>
/// A private PostgreSQL server on a free loopback port, with its own throw-away data folder: use it as an
/// <c>IClassFixture</c> or collection fixture of tests marked <see cref="Needs.Postgres"/>. As root its programs run as
/// the user <c>postgres</c>, since PostgreSQL refuses root.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static int s_started;

    private readonly string _folder = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(), $"biopsyfhir-pg-{Environment.ProcessId}-{Interlocked.Increment(ref s_started)}");

    /// <summary>An Npgsql connection string to an empty database, as its superuser; trust authentication.</summary>
    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Machine.PostgresPrograms is null) return; // every test that would use it is skipped
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess) await Run("chown", ["postgres", _folder]);
        await RunAsPostgres("initdb", ["-D", Data, "-U", "biopsyfhir", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        var port = Loopback.FreePort();
        await RunAsPostgres("pg_ctl", ["-D", Data, "-w", "-t", "30", "-l", System.IO.Path.Combine(_folder, "log"),
            "-o", $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off", "start"]);
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=biopsyfhir;Database=postgres";
    }

    public async Task DisposeAsync()
    {
        if (ConnectionString.Length > 0) await RunAsPostgres("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"]);
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private string Data => System.IO.Path.Combine(_folder, "data");

    private static Task RunAsPostgres(string program, string[] arguments)
    {
        var path = System.IO.Path.Combine(Machine.PostgresPrograms!, program);
        return Environment.IsPrivilegedProcess
            ? Run("runuser", ["-u", "postgres", "--", path, .. arguments])
            : Run(path, arguments);
    }

    private static async Task Run(string program, string[] arguments)
    {
        // pg_ctl's server keeps an inherited pipe open for ever, so output goes nowhere; the server has its own log file.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments])
        {
            WorkingDirectory = System.IO.Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_patience);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{System.IO.Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
