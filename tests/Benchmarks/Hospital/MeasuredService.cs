using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>The service as it is delivered (release build, SQLite), as a process of its own that tells what it used.</summary>
internal sealed class MeasuredService : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("biopsyfhir-bench-").FullName;
    private readonly Process _process;

    private MeasuredService(string address, IEnumerable<(string Key, string Value)> settings)
    {
        Address = new(address);
        var how = new ProcessStartInfo("dotnet",
        [
            Path.Combine(Record.Root(), "src/Api/bin/Release/net10.0/BiopsyFhir.Api.dll"), "--urls", address, "--environment", "Development", "--contentRoot", Path.Combine(Record.Root(), "src/Api"),
            "--Database:Folder", _folder, "--Logging:LogLevel:Default", "Warning", .. settings.SelectMany(s => new[] { $"--{s.Key}", s.Value }),
        ])
        { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        how.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        _process = Process.Start(how)!;
    }

    public Uri Address { get; }

    /// <summary>Megabytes in memory.</summary>
    public double Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    public static async Task<MeasuredService> StartAsync(string address, params IEnumerable<(string Key, string Value)> settings)
    {
        var service = new MeasuredService(address, settings);
        using var client = new HttpClient { BaseAddress = service.Address, Timeout = TimeSpan.FromSeconds(5) };
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            if (service._process.HasExited || Stopwatch.GetElapsedTime(began) > s_patience) throw new InvalidOperationException("The service does not start.");
            try
            {
                using var answer = await client.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode) return service;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(50); // not listening yet
            }
        }
    }

    /// <summary>Milliseconds of processor so far.</summary>
    public double Processor() => Ask("processor");

    /// <summary>Bytes allocated so far.</summary>
    public double Allocated() => Ask("allocated");

    /// <summary>Bytes in use after everything else was collected.</summary>
    public double Heap() => Ask("heap");

    private double Ask(string what)
    {
        _process.StandardInput.WriteLine(what);
        while (_process.StandardOutput.ReadLine() is { } line)
            if (line.StartsWith(StartupHook.Mark, StringComparison.Ordinal)) return double.Parse(line[StartupHook.Mark.Length..], CultureInfo.InvariantCulture);
        throw new InvalidOperationException("The service has ended.");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(20))) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
