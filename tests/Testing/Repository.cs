namespace BiopsyFhir.Testing;

/// <summary>Where this checkout is, found upwards from the running test assembly.</summary>
public static class Repository
{
    /// <summary>Absolute path of the folder that holds <c>BiopsyFhir.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>Absolute path of a file or folder of this repository, named from its root with forward slashes.</summary>
    public static string Path(string relative) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Root, relative));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "BiopsyFhir.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No BiopsyFhir.sln above {AppContext.BaseDirectory}.");
    }
}
