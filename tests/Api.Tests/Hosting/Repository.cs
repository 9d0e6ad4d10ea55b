namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>The repository, found upwards from the test's own folder.</summary>
public static class Repository
{
    public static string Root { get; } = Find(new(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "BiopsyFhir.sln")) ? folder.FullName
            : Find(folder.Parent ?? throw new DirectoryNotFoundException("BiopsyFhir.sln is not above the tests"));
}
