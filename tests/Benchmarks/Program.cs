using BiopsyFhir.Benchmarks;
using BiopsyFhir.Benchmarks.Hooks;
using BiopsyFhir.Benchmarks.Hospital;
using BiopsyFhir.Benchmarks.Load;
using BiopsyFhir.Benchmarks.Measuring;
using BiopsyFhir.Benchmarks.Population;
using BiopsyFhir.Benchmarks.Starting;

// dotnet run -c Release --project tests/Benchmarks                  all
// dotnet run -c Release --project tests/Benchmarks -- assessment    by name
// … -- population DIR N, … -- reader-floor DIR                       for tests/sweep
// … -- load URL KEYS PID soak MINUTES                               for tests/load
// … -- loop gather 10                                              one step for ten seconds, for a profiler
// … -- record [name …]                                              also writes the tables of docs/performance.md
IReadOnlyList<Benchmark> all = [AssessmentBenchmark.Benchmark, PolicyBenchmark.Benchmark, ScaleBenchmark.Benchmark, HooksBenchmark.Benchmark, ReviewBenchmark.Benchmark, HooksOverHttpBenchmark.Benchmark, ConnectionsBenchmark.Benchmark, StartBenchmark.Benchmark, DatabaseBenchmark.Benchmark, TokenBenchmark.Benchmark,
    LaunchBenchmark.Benchmark, WritingBenchmark.Benchmark, SessionsBenchmark.Benchmark, LeafletBenchmark.Benchmark];

if (args is [GeneratePopulation.Name, .. var of]) return GeneratePopulation.Run(of);
if (args is [ReaderFloor.Name, .. var where]) return ReaderFloor.Run(where);
if (args is [LoadRun.Name, .. var load]) return await LoadRun.RunAsync(load);
if (args is [Loop.Name, var step, var seconds]) return Loop.Run(step, double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture));
if (args is [BareClient.Name]) return await BareClient.ServeAsync();
if (args is [HooksOverHttpBenchmark.Serve]) return await HooksOverHttpBenchmark.ServeAsync();

var names = args.Where(a => a != "record").ToList();
var unknown = names.Where(n => all.All(b => b.Name != n)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"Not known: {string.Join(", ", unknown)}. There are: {string.Join(", ", all.Select(b => b.Name))}.");
    return 2;
}
Plot.Recording = args.Contains("record");
#if DEBUG
Console.Error.WriteLine("A debug build: these numbers mean nothing. Use -c Release.");
#endif
foreach (var benchmark in all.Where(b => names.Count == 0 || names.Contains(b.Name)))
{
    List<string> table = [$"{Record.Machine()}", "", .. benchmark.Run()];
    Console.WriteLine($"\n## {benchmark.Name}\n{string.Join('\n', table)}");
    if (args.Contains("record")) Record.Table(benchmark.Name, table);
}
return 0;
