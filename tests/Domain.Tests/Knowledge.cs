using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests;

/// <summary>The knowledge files as they ship, read once.</summary>
internal static class Knowledge
{
    public static KnowledgeFiles Files { get; } = new(
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Knowledge"), "*", SearchOption.AllDirectories)
            .ToImmutableSortedDictionary(f => Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "Knowledge"), f).Replace((char)92, (char)47), f => (ReadOnlyMemory<byte>)File.ReadAllBytes(f), StringComparer.Ordinal));

    public static PolicySet Policies { get; } = PolicySet.Read(Files) switch
    {
        PolicyRead.Ok ok => ok.Policies,
        PolicyRead.Refused refused => throw new InvalidDataException(string.Join('\n', refused.Faults)),
        _ => throw new InvalidOperationException(),
    };

    public static Policy P1 => Policies.ById["P1"];

    /// <summary>The same files with one replaced, for tests of refusals.</summary>
    public static KnowledgeFiles With(string name, string text) =>
        new(Files.ByName.SetItem(name, System.Text.Encoding.UTF8.GetBytes(text)));

    public static string Text(string name) => System.Text.Encoding.UTF8.GetString(Files.ByName[name].Span);
}
