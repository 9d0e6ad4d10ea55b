using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Hostile;

/// <summary>Every public sample that is broken, odd, or a whole patient. Without BIOPSYFHIR_LONG=1 every sixth of them that is not large.</summary>
internal static class Samples
{
    private const int Large = 200_000;

    private static readonly bool s_all = Environment.GetEnvironmentVariable("BIOPSYFHIR_LONG") is "1";
    private static readonly bool s_record = Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1";

    public static IEnumerable<(string Name, byte[] Bytes)> All() =>
        from folder in new[] { "malformed", "odd", "patients" }
        from file in Directory.GetFiles(SharedData.Path($"data/{folder}")).Order(StringComparer.Ordinal).Where((_, i) => s_all || s_record || i % 6 == 0)
        where !file.EndsWith("index.tsv", StringComparison.Ordinal) && (s_all || s_record || new FileInfo(file).Length < Large)
        select ($"{folder}/{Path.GetFileName(file)}", File.ReadAllBytes(file));

    /// <summary>Compares what came of each sample with the approved table; BIOPSYFHIR_RECORD=1 writes it anew.</summary>
    /// <param name="door">The table's name, for example <c>hook</c>.</param>
    /// <param name="outcome">What came of one sample; it never throws for a refusal.</param>
    public static async Task CompareAsync(string door, Func<byte[], Task<string>> outcome)
    {
        var lines = new List<string>();
        foreach (var (name, bytes) in All()) lines.Add($"{name}\t{(await outcome(bytes)).ReplaceLineEndings(" ")}");
        var table = Repository.Path($"tests/Api.Tests/Hostile/Approved/{door}.tsv");
        if (s_record) await File.WriteAllTextAsync(table, $"sample\toutcome\n{string.Join('\n', lines)}\n");
        var approved = (await File.ReadAllLinesAsync(table)).Skip(1).ToHashSet(StringComparer.Ordinal);
        Assert.True(lines.Count > (s_all ? 280 : 30), "The samples are not there.");
        Assert.True(approved.IsSupersetOf(lines), $"{table} says otherwise (BIOPSYFHIR_RECORD=1 writes it anew):\n{string.Join('\n', lines.Where(l => !approved.Contains(l)).Take(20))}");
        if (s_all) Assert.Equal(approved.Count, lines.Count);
    }
}
