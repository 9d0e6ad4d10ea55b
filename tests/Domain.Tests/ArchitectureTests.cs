using System.Reflection;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Domain.Tests;

/// <summary>The domain is pure C#: nothing but the base class library, and of that neither clock, network, disk nor console.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Assess).Assembly;

    [Fact]
    public void The_domain_references_only_the_base_class_library()
    {
        var outside = Domain.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(n => n is not "netstandard" && !n.StartsWith("System.", StringComparison.Ordinal));
        Assert.Empty(outside);
        Assert.DoesNotContain(Domain.GetReferencedAssemblies(), a => a.Name is "System.Net.Http" or "System.Console" or "System.Data.Common"
            || a.Name!.StartsWith("System.Net", StringComparison.Ordinal) || a.Name.StartsWith("System.IO.FileSystem", StringComparison.Ordinal));
    }

    [Fact]
    public void The_project_file_has_no_package_and_no_project_reference()
    {
        var project = File.ReadAllText(Path.Combine(Repository.Root, "src", "Domain", "Domain.csproj"));
        Assert.DoesNotContain("PackageReference", project);
        Assert.DoesNotContain("ProjectReference", project);
        Assert.DoesNotContain("FrameworkReference", project);
    }

    [Theory]
    [InlineData("HttpClient")]
    [InlineData("ILogger")]
    [InlineData("TimeProvider")]
    [InlineData("Stopwatch")]
    [InlineData("File.")]
    [InlineData("Environment.")]
    [InlineData("JsonElement")]
    public void The_domain_source_never_names(string word)
    {
        var guilty = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Domain"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .Where(f => File.ReadLines(f).Any(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal) && l.Contains(word, StringComparison.Ordinal)));
        Assert.Empty(guilty.Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("Fhir", new[] { "Microsoft.AspNetCore", "using BiopsyFhir.Api", "using BiopsyFhir.Sandbox", "Assess.", "PolicySet" })]
    [InlineData("Sandbox", new[] { "using BiopsyFhir.Domain", "using BiopsyFhir.Fhir", "using BiopsyFhir.Api" })]
    [InlineData("Domain", new[] { "using BiopsyFhir.Fhir", "using BiopsyFhir.Api", "using BiopsyFhir.Sandbox" })]
    public void Flow_is_one_way(string project, string[] never)
    {
        var guilty = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .Where(l => never.Any(n => l.Contains(n, StringComparison.Ordinal))).Select(l => $"{Path.GetFileName(f)}: {l.Trim()}"));
        Assert.Empty(guilty);
    }
}
