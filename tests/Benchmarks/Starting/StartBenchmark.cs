using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Benchmarks.Measuring;

namespace BiopsyFhir.Benchmarks.Starting;

/// <summary>
/// Start and rest of the published service beside a web program that only opens the same database. Asked for: at most one and a half
/// times its start, at most 150 MB at rest. Processor time is told beside the elapsed time, which other work on the machine lengthens.
/// </summary>
internal static class StartBenchmark
{
    public static readonly Benchmark Benchmark = new("start", Run);

    private const int Starts = 5;
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(6);

    private static IEnumerable<string> Run()
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-start-").FullName;
        var database = Directory.CreateDirectory(Path.Combine(folder, "database")).FullName;
        var (service, bare) = (Publish("src/Api/Api.csproj", folder), Publish("tests/Benchmarks/Bare/Bare.csproj", folder));
        Once(service, "BiopsyFhir.Api.dll", database); // makes the database, and brings the files into memory
        Once(bare, "BiopsyFhir.Bare.dll", database);
        var (mine, other) = (new List<Begun>(), new List<Begun>());
        for (var start = 0; start < Starts; start++)
        {
            other.Add(Once(bare, "BiopsyFhir.Bare.dll", database));
            mine.Add(Once(service, "BiopsyFhir.Api.dll", database));
        }
        Directory.Delete(folder, recursive: true);
        yield return $"Published with PublishReadyToRun, sandbox off, SQLite; {Starts} starts each, in turn. At rest: {s_rest.TotalSeconds:0} seconds after the first answer.";
        yield return "";
        yield return "| program | from start to first answer, median ms | processor ms until then | resident MB at rest | of that pages of files |";
        yield return "|---|---:|---:|---:|---:|";
        yield return Row("only opens the database", other);
        yield return Row("the service", mine);
        yield return "";
        yield return string.Create(CultureInfo.InvariantCulture,
            $"The service ÷ the other: {Median(mine, b => b.Elapsed) / Median(other, b => b.Elapsed):0.00} elapsed, {Median(mine, b => b.Processor) / Median(other, b => b.Processor):0.00} of processor time.");
    }

    private sealed record Begun(double Elapsed, double Processor, double Megabytes, double OfFiles);

    private static string Row(string name, List<Begun> starts) => string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {Median(starts, b => b.Elapsed):0} | {Median(starts, b => b.Processor):0} | {Median(starts, b => b.Megabytes):0} | {Median(starts, b => b.OfFiles):0} |");

    private static double Median(List<Begun> starts, Func<Begun, double> of) => starts.Select(of).Order().ElementAt(starts.Count / 2);

    private static string Publish(string project, string folder)
    {
        var to = Path.Combine(folder, Path.GetFileNameWithoutExtension(project));
        using var publish = Process.Start(new ProcessStartInfo("dotnet",
            ["publish", Path.Combine(Record.Root(), project), "-c", "Release", "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier is var rid && rid.StartsWith("linux", StringComparison.Ordinal) ? "linux-x64" : rid, "--self-contained", "false", "-p:PublishReadyToRun=true", "-v:q", "-o", to])
        { RedirectStandardOutput = true })!;
        var said = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        return publish.ExitCode == 0 ? to : throw new InvalidOperationException(said);
    }

    private static Begun Once(string folder, string program, string database)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var how = new ProcessStartInfo("dotnet", [Path.Combine(folder, program)]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in new[]
        {
            ("ASPNETCORE_URLS", address), ("ASPNETCORE_ENVIRONMENT", "Development"), ("Sandbox__Enabled", "false"), ("Cds__RequireToken", "false"), ("Database__Folder", database),
            ("Ehrs__0__Issuer", "https://ehr.example.org/fhir"), ("Ehrs__0__ClientId", "biopsy"), ("Logging__LogLevel__Default", "Warning"), ("PublicBaseUrl", address),
        })
            how.Environment[key] = value;
        using var client = new HttpClient { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(5) };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(how)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            while (!Answers(client))
            {
                if (process.HasExited) throw new InvalidOperationException($"{program} stopped: {error.GetAwaiter().GetResult()}");
                if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromMinutes(2)) throw new TimeoutException($"{program} does not answer");
                Thread.Sleep(10);
            }
            var elapsed = Stopwatch.GetElapsedTime(began);
            process.Refresh();
            var processor = process.TotalProcessorTime;
            Thread.Sleep(s_rest);
            process.Refresh();
            return new(elapsed.TotalMilliseconds, processor.TotalMilliseconds, process.WorkingSet64 / 1048576.0, PagesOfFiles(process.Id));
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
        }
    }

    /// <summary>Megabytes that the system may drop and read again: programs and libraries. Known on Linux.</summary>
    private static double PagesOfFiles(int process)
    {
        var status = $"/proc/{process}/status";
        var line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("RssFile:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : double.Parse(line["RssFile:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    private static bool Answers(HttpClient client)
    {
        try
        {
            using var answer = client.GetAsync("/health/live").GetAwaiter().GetResult();
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
