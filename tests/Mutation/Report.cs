namespace BiopsyFhir.Mutation;

/// <summary>A table to read and to keep: first the counts, then every mutant that was not killed.</summary>
internal static class Report
{
    public static void Write(string file, string about, IReadOnlyDictionary<string, int> outcome, IEnumerable<string> lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var counts = string.Join('\t', outcome.Select(o => $"{o.Key} {o.Value}"));
        File.WriteAllLines(file, [about, counts, .. lines]);
        Console.WriteLine($"{about}\n{counts}\nThe others: {file}");
    }
}
