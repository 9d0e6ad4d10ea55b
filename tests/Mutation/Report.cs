using System.Collections.Immutable;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Mutation;

/// <summary>What became of one mutant.</summary>
/// <param name="Group">A section of the policies, or what the changed code does: rules or reading.</param>
/// <param name="Key">Names it in every run, as long as what it changes stays as it is.</param>
/// <param name="Result">killed, refused (at start) or survived.</param>
internal sealed record Outcome(string Group, string Key, string Result)
{
    /// <summary>Recognising words and reading tables is counted, and is no part of the evaluation that the goal is about.</summary>
    public bool Evaluates => Group != "reading";
}

/// <summary>Which mutants to run, and what an earlier run is believed.</summary>
internal sealed record Choice(ImmutableHashSet<string> Run, ImmutableArray<Outcome> Kept);

/// <summary>A survivor that a person has looked at: tests/Mutation/equivalent.tsv.</summary>
/// <param name="Verdict">equivalent: no answer can show it. open: an answer can show it and no test looks.</param>
internal sealed record Known(string Verdict, string Key, string Reason)
{
    public static ImmutableDictionary<string, Known> Read() =>
        File.ReadLines(Repository.Path("tests/Mutation/equivalent.tsv")).Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split('\t'))
            .Select(c => c is ["equivalent" or "open", { Length: > 0 }, { Length: > 0 }] ? new Known(c[0], c[1], c[2]) : throw new FormatException($"equivalent.tsv: {string.Join(" | ", c)}"))
            .ToImmutableDictionary(k => k.Key, StringComparer.Ordinal);
}

/// <summary>A table to read and to keep, and what is wrong with it.</summary>
internal static class Report
{
    /// <returns>0 when every survivor of the evaluation is known and no known one was killed.</returns>
    public static int Write(string file, string kind, IReadOnlyCollection<Outcome> outcomes)
    {
        var known = Known.Read();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllLines(file, outcomes.Select(o => $"{o.Result}\t{o.Group}\t{o.Key}"));
        var faults = outcomes.Where(o => o is { Result: "survived", Evaluates: true } && !known.ContainsKey(o.Key)).Select(o => $"survived: {o.Key}")
            .Concat(outcomes.Where(o => o.Result != "survived" && known.ContainsKey(o.Key)).Select(o => $"in equivalent.tsv, and {o.Result}: {o.Key}")).ToList();
        Console.WriteLine($"{kind}: {outcomes.Count} mutants, {string.Join(", ", outcomes.GroupBy(o => o.Result).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}"))}");
        foreach (var fault in faults) Console.WriteLine($"  {fault}");
        return faults.Count == 0 ? 0 : 1;
    }

    public static IReadOnlyList<Outcome> Read(string file) => [.. File.ReadLines(file).Select(l => l.Split('\t')).Select(c => new Outcome(c[1], c[2], c[0]))];
}
