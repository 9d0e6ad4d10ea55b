namespace BiopsyFhir.Testing;

/// <summary>
/// Public FHIR samples and clinical cases that are not part of this repository: the folder <c>shared</c> beside
/// the checkout, or the one that the environment variable BIOPSYFHIR_SHARED names. Tests that read it are marked
/// <see cref="Needs.SharedData"/>.
/// </summary>
public static class SharedData
{
    /// <summary>Absolute path of the folder, whether it exists or not.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("BIOPSYFHIR_SHARED") is { Length: > 0 } named
            ? System.IO.Path.GetFullPath(named)
            : Repository.Path("../shared");

    public static bool Exists => Directory.Exists(System.IO.Path.Combine(Root, "data"));

    /// <summary>Absolute path of one file or folder in it, for example <c>SharedData.Path("data/patients")</c>.</summary>
    /// <exception cref="FileNotFoundException">It is not there: a misspelt name must not look like an empty folder.</exception>
    public static string Path(string relative)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Root, relative));
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new FileNotFoundException($"The shared data folder has no {relative}.", path);
    }
}
