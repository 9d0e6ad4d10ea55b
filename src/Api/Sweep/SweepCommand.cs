using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace BiopsyFhir.Api.Sweep;

/// <summary>
/// <c>dotnet run --project src/Api -- sweep --input DIR --out DIR</c>: a population from the NDJSON files of a Bulk Data export.
/// Readiness of everybody with a marrow order, as lines and as a page with plots; with <c>--compare</c>, whom another policy would change.
/// </summary>
public static class SweepCommand
{
    public const string Usage = """
        sweep (--input DIR | --ehr ID [--group ID]) --out DIR [--policy ID] [--compare ID] [--as-of DAY|DATE-TIME] [--procedure-at DATE-TIME] [--patients FILE] [--workers N] [--shared NAME]
          --input     folder with *.ndjson as Bulk Data export writes them: one resource type in each file
          --ehr       an EHR of Ehrs with a backend client: it is asked for the export, of one Group or of everybody
          --out       a new folder; the same again goes on with a sweep that was stopped
          --compare   a second policy: whom it would change, and why
          --shared    the same command on several machines that see the same folders does one sweep; NAME names it in their PostgreSQL (Database:*)
          --patients  a list of patient ids, one in a line; without it everybody with an order or booking about a marrow
        """;

    private static readonly string[] s_known = ["input", "ehr", "group", "out", "policy", "compare", "asOf", "procedureAt", "patients", "workers", "shared"];

    public static bool IsAsked(string[] args) => args is ["sweep", ..];

    /// <returns>0: done. 1: the input cannot be swept. 2: the command line makes no sense. 78: the policies have faults. 130: stopped; the same command goes on.</returns>
    public static async Task<int> RunAsync(string[] args, WebApplicationBuilder builder, ServiceOptions service, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        if (await AssessmentServices.PoliciesAsync(service, errors) is not { } shelf) return RefuseToStart.ExitCode;
        var faults = new List<ReadFault>();
        var options = CommandOptions.Read(args, 1, s_known, faults);
        var worker = $"{Environment.MachineName}-{Environment.ProcessId}-{clock.GetTimestamp()}";
        using var leases = await SharedAsync(options, worker, service, clock, errors, faults);
        if (faults.Count > 0) return await RefuseAsync(errors, faults, 2, Usage);
        // One at a time: the first says of which day and input the sweep is.
        while (leases?.TryTake("begin") == false) await Task.Delay(TimeSpan.FromSeconds(1), clock);
        if (Read(options, service, shelf, clock, faults) is not { } request || faults.Count > 0) return await RefuseAsync(errors, faults, 2, Usage);
        var files = request.Input is null ? [] : SweepFile.In(request.Input, faults);
        var folder = faults.Count > 0 ? null : SweepFolder.Open(request.Out, Asked(request, files), faults, worker);
        leases?.Release("begin");
        if (folder is null || faults.Count > 0) return await RefuseAsync(errors, faults, 1, null);

        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onStop = (_, e) => { e.Cancel = true; stop.Cancel(); };
        Console.CancelKeyPress += onStop;
        try
        {
            var began = clock.GetTimestamp();
            if (request.Ehr is { } ehr && folder.Finished() is null)
            {
                if (await ExportAsync(builder, service, ehr, request.Group, folder.Export, errors, stop.Token) is { } unknown) return await RefuseAsync(errors, [unknown], 1, null);
                files = SweepFile.In(folder.Export, faults);
                if (faults.Count > 0) return await RefuseAsync(errors, faults, 1, null);
            }
            var result = RunSweep.Run(request, folder, files, leases, new SweepProgress(errors, !Console.IsErrorRedirected, clock),
                found => File.WriteAllText(folder.Page, PageAsync(request, found, files).GetAwaiter().GetResult()), stop.Token);
            await output.WriteLineAsync(InWords(request, result, clock.GetElapsedTime(began), folder));
            return 0;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync($"\nStopped. The same command goes on from here; {folder.Work} holds what charts say until it is done.");
            return 130;
        }
        catch (Exception e) when (Cause(e) is InvalidDataException or IOException)
        {
            await errors.WriteLineAsync($"\n{Cause(e).Message}");
            return 1;
        }
        finally
        {
            Console.CancelKeyPress -= onStop;
        }
    }

    private static async Task<ReadFault?> ExportAsync(WebApplicationBuilder builder, ServiceOptions service, string id, string? group, string folder, TextWriter errors, CancellationToken cancel)
    {
        await using var app = await CheckEhrCommand.StartAsync(builder, service);
        if (app.Services.GetRequiredService<EhrRegistry>().ById(id) is not { BackendClientId: not null } ehr) return new("--ehr", $"There is no EHR {id} with a backend client in Ehrs.");
        using var export = ActivatorUtilities.CreateInstance<BulkExport>(app.Services);
        await export.RunAsync(ehr, group, folder, errors.WriteLine, cancel);
        return null;
    }

    /// <summary>Workers' exceptions come wrapped.</summary>
    private static Exception Cause(Exception e) => e is AggregateException { InnerException: { } inner } ? inner : e;

    /// <returns>Null for a sweep of this machine alone.</returns>
    private static async Task<SweepLeases?> SharedAsync(Dictionary<string, string> options, string worker, ServiceOptions service, TimeProvider clock, TextWriter errors, List<ReadFault> faults)
    {
        if (!options.TryGetValue("shared", out var name) || faults.Count > 0) return null;
        if (options.ContainsKey("ehr")) faults.Add(new("--shared", "goes with --input: let one machine export, then share the sweep of its files."));
        if (service.Database is not { Provider: DatabaseProvider.Postgres, ConnectionString: { } connection }) faults.Add(new("--shared", "needs PostgreSQL: Database:Provider and Database:ConnectionString."));
        else if (faults.Count == 0)
        {
            try
            {
                using var folder = new DataFolder(service);
                await using var services = new ServiceCollection().AddLogging().AddSingleton(service).AddSingleton(clock).AddStorage(folder).BuildServiceProvider();
                await services.GetRequiredService<ApplyScripts>().RunAsync(CancellationToken.None);
                return new(connection, name, worker, errors.WriteLine, clock);
            }
            catch (StorageRefusedException e)
            {
                faults.Add(new("Database", e.Message));
            }
        }
        return null;
    }

    private static SweepRequest? Read(Dictionary<string, string> options, ServiceOptions service, PolicyShelf shelf, TimeProvider clock, List<ReadFault> faults)
    {
        if (!options.ContainsKey("out")) faults.Add(new("--out", "is missing."));
        if (options.ContainsKey("input") == options.ContainsKey("ehr")) faults.Add(new("--input or --ehr", "one of them is needed, and not both."));
        if (faults.Count > 0) return null;

        // An interrupted sweep goes on with the day on which it began.
        options.TryAdd("asOf", SweepFolder.AskedBefore(options["out"])?.Split('\n')[0] ?? clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture));
        var query = AssessmentQuery.Read(name => options.GetValueOrDefault(name), shelf.Current, shelf.Default, AssessmentServices.Facility(service), clock.GetUtcNow(), faults);
        Policy? compare = null;
        if (options.TryGetValue("compare", out var id) && !shelf.Current.ById.TryGetValue(id, out compare)) faults.Add(new("--compare", $"There is no policy {id}."));
        var workers = Environment.ProcessorCount;
        if (options.TryGetValue("workers", out var asked) && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out workers) || workers is < 1 or > 256)) faults.Add(new("--workers", "is a number from 1 to 256."));
        IReadOnlySet<string>? patients = null;
        if (options.TryGetValue("patients", out var list))
        {
            if (File.Exists(list)) patients = File.ReadLines(list).Select(l => l.Trim()).Where(l => l.Length > 0).Select(l => l.StartsWith("Patient/", StringComparison.Ordinal) ? l[8..] : l).ToHashSet(StringComparer.Ordinal);
            else faults.Add(new("--patients", $"{list} is no file."));
        }
        return new() { Input = options.GetValueOrDefault("input"), Ehr = options.GetValueOrDefault("ehr"), Group = options.GetValueOrDefault("group"), Out = options["out"], Query = query, Compare = compare, Patients = patients, Workers = workers };
    }

    /// <summary>How work is cut into pieces. A sweep that was begun with other pieces cannot be gone on with: change this with them.</summary>
    private const string Pieces = "8 MB of orders, a 96th of everything";

    /// <summary>First line: the day. Second: a hash of all that the result depends on.</summary>
    private static string Asked(SweepRequest request, IReadOnlyList<SweepFile> files)
    {
        var asOf = request.Query.AsOf.At?.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture) ?? request.Query.AsOf.Last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var all = $"{request.Query.Policy.Hash}\n{request.Query.Canonical}\n{request.Compare?.Hash}\n"
        + $"{(request.Patients is { } list ? string.Join(',', list.Order(StringComparer.Ordinal)) : "")}\n"
        + $"{request.Ehr}\t{request.Group}\n{Pieces}\n" + string.Join('\n', files.Select(f => $"{Path.GetRelativePath(request.Input!, f.Path)}\t{f.Type}\t{f.Bytes}"));
        return $"{asOf}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))}";
    }

    private static async Task<string> PageAsync(SweepRequest request, SweepResult result, IReadOnlyList<SweepFile> files)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<SweepPage>(ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(SweepPage.Request)] = request,
            [nameof(SweepPage.Result)] = result,
            [nameof(SweepPage.Bytes)] = files.Sum(f => f.Bytes),
        }))).ToHtmlString());
    }

    private static string InWords(SweepRequest request, SweepResult result, TimeSpan took, SweepFolder folder)
    {
        var tally = result.Tally;
        var words = $"{result.Wanted} patients, {tally.Sum(Heading.Readiness)} assessed in {took:h\\:mm\\:ss}: "
            + string.Join(", ", tally.Under(Heading.Readiness).Select(v => $"{v.Value} {v.Key}")) + ".";
        if (request.Compare is { } other) words += $"\n{other.Id} changes {tally[Heading.Compared, "changed"]} of {tally[Heading.Compared, "patients"]} patients.";
        if (tally.Sum(Heading.UnreadableLines) is > 0 and var lines) words += $"\n{lines} {(lines == 1 ? "line" : "lines")} could not be read; nobody is called ready where they might hide a blood thinner or a safety value.";
        return $"{words}\n{folder.Page}";
    }

    private static async Task<int> RefuseAsync(TextWriter errors, List<ReadFault> faults, int code, string? usage)
    {
        foreach (var fault in faults) await errors.WriteLineAsync($"{fault.Where}: {fault.What}");
        if (usage is not null) await errors.WriteLineAsync(usage);
        return code;
    }
}
