using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary>The knowledge files that were built with the service, and a site's own files.</summary>
public static class Knowledge
{
    /// <summary>Folder <c>Knowledge</c> beside the program.</summary>
    public static string BuiltIn => Path.Combine(AppContext.BaseDirectory, "Knowledge");

    /// <summary>
    /// Every file of the built-in folder and, from the site's folder, recognition files (<c>*-biopsy.json</c>, <c>*.tsv</c>). A site
    /// file does not replace a built-in one: policies change rows through overlays, which are hashed and compared.
    /// </summary>
    public static KnowledgeFiles Read(string? siteFolder)
    {
        var files = ImmutableSortedDictionary.CreateBuilder<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(BuiltIn, "*", SearchOption.AllDirectories))
            files[Path.GetRelativePath(BuiltIn, path).Replace('\\', '/')] = File.ReadAllBytes(path);
        foreach (var path in SiteFiles(siteFolder).Where(IsRecognition)) files.TryAdd(Path.GetFileName(path), File.ReadAllBytes(path));
        return new(files.ToImmutable());
    }

    /// <summary>Site files that would be ignored without a word, because a built-in one has their name or nothing reads their kind.</summary>
    public static IEnumerable<string> Faults(string? siteFolder)
    {
        if (siteFolder is not null && !Directory.Exists(siteFolder)) yield return $"Policy:Folder: there is no folder {siteFolder}";
        foreach (var name in SiteFiles(siteFolder).Select(path => Path.GetFileName(path)))
        {
            if (File.Exists(Path.Combine(BuiltIn, name))) yield return $"{name}: a built-in file has this name; choose another";
            else if (!IsRecognition(name) && !name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !name.EndsWith(".md", StringComparison.OrdinalIgnoreCase))
                yield return $"{name}: neither a policy (.json) nor a recognition file (-biopsy.json, .tsv)";
        }
    }

    /// <summary>The site's policies by file name.</summary>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Overlays(string? siteFolder) =>
        SiteFiles(siteFolder).Where(path => !IsRecognition(path) && path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            .ToImmutableSortedDictionary(path => Path.GetFileName(path), path => (ReadOnlyMemory<byte>)File.ReadAllBytes(path), StringComparer.Ordinal);

    public static IEnumerable<string> SiteFiles(string? folder) =>
        folder is not null && Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal) : [];

    private static bool IsRecognition(string path) =>
        path.EndsWith("-biopsy.json", StringComparison.Ordinal) || path.EndsWith(".tsv", StringComparison.Ordinal);
}
