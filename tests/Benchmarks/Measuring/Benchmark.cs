namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>A named measurement that yields one table.</summary>
/// <param name="Name">Asked for on the command line; the marker of its table in docs/performance.md.</param>
/// <param name="Run">Returns the table as Markdown lines.</param>
internal sealed record Benchmark(string Name, Func<IEnumerable<string>> Run);
