using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;

namespace BiopsyFhir.Testing.Service;

/// <summary>
/// The service as an operator starts it: its own process, its own database in a throw-away folder, on a free loopback
/// port. It ends with the test host, however that one ends.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);

    // The shell hands a signal on when our end of its standard input closes; the service itself does not watch it.
    private const string EndsWithItsParent = "exec 3<&0; \"$@\" </dev/null & service=$!; { cat <&3 >/dev/null; kill $service 2>/dev/null; } & wait $service";

    private readonly StringBuilder _log = new();
    private readonly ImmutableArray<(string Key, string Value)> _settings;
    private readonly bool _asPlainUser;
    private readonly string? _published;
    private Process _process;

    private ServiceProcess(string url, string folder, IEnumerable<(string Key, string Value)> settings, bool asPlainUser, string? published)
    {
        (Url, Folder, _settings, _asPlainUser, _published) = (url, folder, [.. settings], asPlainUser, published);
        _process = Launch();
    }

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>Its working directory, gone when it is disposed.</summary>
    public string Folder { get; }

    /// <summary>Everything it has logged so far.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>Temporary folders of its own that it had not removed when it had ended.</summary>
    public IReadOnlyList<string> LeftBehind { get; private set; } = [];

    /// <param name="settings">Configuration keys, as in <c>Ehrs:0:Issuer</c>; on top of Development with the sandbox. <c>{folder}</c> in a value is <see cref="Folder"/>, <c>{port}</c> that of <see cref="Url"/>.</param>
    /// <exception cref="InvalidOperationException">It did not start: the message holds its log.</exception>
    public static Task<ServiceProcess> Start(params IEnumerable<(string Key, string Value)> settings) => Start(settings, asPlainUser: false);

    /// <param name="settings">As above.</param>
    /// <param name="asPlainUser">Not as root even where the tests run as root: as <see cref="PlainUser"/>, which must be possible here (<see cref="Needs.PlainUser"/>), and in Production.</param>
    /// <param name="published">Folder of another version, as <c>dotnet publish</c> made it; null: the one built beside this test.</param>
    public static async Task<ServiceProcess> Start(IEnumerable<(string Key, string Value)> settings, bool asPlainUser, string? published = null)
    {
        var url = $"http://127.0.0.1:{Loopback.FreePort()}";
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-service-").FullName;
        if (asPlainUser) PlainUser.Give(folder);
        var service = new ServiceProcess(url, folder, settings.Select(setting => (setting.Key, setting.Value.Replace("{folder}", folder, StringComparison.Ordinal).Replace("{port}", $"{new Uri(url).Port}", StringComparison.Ordinal))), asPlainUser, published);
        try
        {
            await service.Ready();
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether one of its connections goes out by this port. Linux only.</summary>
    public bool Uses(int port)
    {
        var end = $":{port:X4}";
        var sockets = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > 9 && columns[1].EndsWith(end, StringComparison.Ordinal)).Select(columns => $"socket:[{columns[9]}]").ToHashSet();
        return Own().Any(folder => Directory.GetFiles($"{folder}/fd").Any(open => File.ResolveLinkTarget(open, false) is { } target && sockets.Contains(System.IO.Path.GetFileName(target.FullName))));
    }

    /// <summary>Megabytes in memory, now and at most so far, without child processes. Linux only.</summary>
    public (double Resident, double Peak) Memory()
    {
        var status = File.ReadAllLines($"{Own().Single()}/status");
        double Of(string name) => double.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024;
        return (Of("VmRSS:"), Of("VmHWM:"));
    }

    /// <summary>Its folder below /proc; the shell before it is left out.</summary>
    private IEnumerable<string> Own() => Directory.GetDirectories("/proc").Where(folder =>
    {
        if (!int.TryParse(System.IO.Path.GetFileName(folder), out _)) return false;
        try
        {
            var command = File.ReadAllText($"{folder}/cmdline").Split('\0');
            return System.IO.Path.GetFileName(command[0]) == "dotnet" && command.Contains(Url);
        }
        catch (IOException)
        {
            return false; // it has ended meanwhile
        }
    });

    /// <summary>SIGTERM, as an operator's stop; the task ends when it has ended, with its exit code.</summary>
    public async Task<int> Stop()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no farewell, no flush, as when the power goes or the kernel needs memory.</summary>
    public async Task Kill()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>After <see cref="Kill"/>: the same address, the same settings, what is left of its folder.</summary>
    public Task StartAgain()
    {
        _process = Launch();
        return Ready();
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
        LeftBehind = Directory.GetDirectories(Folder, "biopsyfhir-*");
        Directory.Delete(Folder, recursive: true);
    }

    private Process Launch()
    {
        string[] arguments =
        [
            "-c", EndsWithItsParent, "sh", .. _asPlainUser ? PlainUser.Prefix : [], "dotnet", _published is null ? Assembly() : System.IO.Path.Combine(_published, "BiopsyFhir.Api.dll"), "--urls", Url,
            // In Development static files come from the package folder of whoever built it, which another user may not enter.
            "--environment", _asPlainUser ? "Production" : "Development",
            "--contentRoot", _published ?? Repository.Path("src/Api"),
            .. _settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value }),
        ];
        var start = new ProcessStartInfo("/bin/sh", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the machine's own configuration says must not reach the service under test.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("DOTNET_ENVIRONMENT", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["TMPDIR"] = Folder;
        if (_asPlainUser) start.Environment["HOME"] = Folder;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task Ready()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_patience && !_process.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync($"{Url}/health/ready");
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }
            await Task.Delay(100);
        }
        throw new InvalidOperationException($"The service did not become ready.\n{Log}");
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
    }

    /// <summary>Built beside this test, in the same configuration: the test project refers to it.</summary>
    internal static string Assembly()
    {
        var parts = AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar).Split(System.IO.Path.DirectorySeparatorChar);
        var (configuration, framework) = (parts[^2], parts[^1]);
        var assembly = Repository.Path($"src/Api/bin/{configuration}/{framework}/BiopsyFhir.Api.dll");
        return File.Exists(assembly) ? assembly : throw new FileNotFoundException("The service is not built.", assembly);
    }
}
