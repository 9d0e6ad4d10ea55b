using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Components;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>The inventories of docs/security are of what there is.</summary>
public sealed partial class InventoryTests
{
    private static string Page(string name) => Path.Combine(Repository.Root, "docs/security", name);

    [Theory]
    [InlineData("BiopsyFhir.Api")]
    [InlineData("BiopsyFhir.Fhir")]
    [InlineData("BiopsyFhir.Domain")]
    [InlineData("BiopsyFhir.Sandbox")]
    public void Every_cryptographic_type_that_the_programs_use_is_in_the_inventory(string assembly)
    {
        var page = File.ReadAllText(Page("cryptography.md"));
        using var stream = File.OpenRead(Assembly.Load(assembly).Location);
        using var file = new PEReader(stream);
        var metadata = file.GetMetadataReader();
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Where(t => metadata.GetString(t.Namespace).StartsWith("System.Security.Cryptography", StringComparison.Ordinal))
            .Select(t => metadata.GetString(t.Name)).Where(name => !name.EndsWith("Exception", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(used);
        var missing = used.Where(name => !page.Contains($"`{name}`", StringComparison.Ordinal)).ToList();
        Assert.True(missing is [], string.Join(", ", missing));
    }

    [Fact]
    public void Every_line_that_the_service_logs_is_on_the_page()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(file => (Name: Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), Text: File.ReadAllText(file))).ToList();
        var calls = files.SelectMany(file => Call().Matches(file.Text).Select(m => (Level: m.Groups["level"].Value, Words: m.Groups["words"].Value, File: file.Name))).ToList();
        Assert.Equal(files.Sum(file => Any().Count(file.Text)), calls.Count); // none is written in a way that is not seen here
        var lines = calls.Distinct().OrderBy(l => l.File, StringComparer.Ordinal).ThenBy(l => l.Words, StringComparer.Ordinal);
        var table = new StringBuilder("\n| level | words | where |\n|---|---|---|\n");
        foreach (var (level, words, file) in lines) table.Append($"| {level} | {words.Replace("|", "\\|", StringComparison.Ordinal)} | `{file}` |\n");
        var page = File.ReadAllText(Page("logging.md"));
        var (begin, end) = (page.IndexOf("writes it anew -->\n", StringComparison.Ordinal) + "writes it anew -->\n".Length, page.IndexOf("<!-- end -->", StringComparison.Ordinal));
        var written = $"{page[..begin]}{table}\n{page[end..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") File.WriteAllText(Page("logging.md"), written);
        Assert.True(written == File.ReadAllText(Page("logging.md")), "docs/security/logging.md is not what the code logs: run this test with BIOPSYFHIR_RECORD=1");
    }

    [Fact]
    public async Task The_bill_of_materials_names_every_package_with_version_and_hash_and_what_needs_it()
    {
        using var said = new StringWriter();
        Assert.Equal(0, await SbomCommand.RunAsync(said, said));
        var bom = JsonNode.Parse(said.ToString())!;
        Assert.Equal(("CycloneDX", "1.6", 1), ((string)bom["bomFormat"]!, (string)bom["specVersion"]!, (int)bom["version"]!));
        Assert.Equal("BiopsyFhir.Api", (string)bom["metadata"]!["component"]!["name"]!);
        var components = bom["components"]!.AsArray().ToDictionary(c => (string)c!["name"]!, c => c!);
        var packages = components.Values.Where(c => !((string)c["name"]!).StartsWith("BiopsyFhir.", StringComparison.Ordinal)).ToList();
        Assert.All(packages, c => Assert.Matches("^[0-9a-f]{128}$", (string)c["hashes"]![0]!["content"]!));
        Assert.All(components.Values, c => Assert.Equal($"pkg:nuget/{c["name"]}@{c["version"]}", (string)c["purl"]!));

        // What the project asks for by name is there in the version that is pinned for all.
        var pinned = Version().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"))).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        var asked = Reference().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src/Api/Api.csproj"))).Select(m => m.Groups[1].Value).Where(components.ContainsKey).ToList();
        Assert.InRange(asked.Count, 10, 60);
        Assert.All(asked.Where(name => pinned.GetValueOrDefault(name) is { } version && !version.Contains('$')), name => Assert.Equal(pinned[name], (string)components[name]["version"]!));
        var needs = bom["dependencies"]!.AsArray().ToDictionary(d => (string)d!["ref"]!, d => d!["dependsOn"]!.AsArray().Select(n => (string)n!).ToList());
        Assert.Contains(needs[(string)bom["metadata"]!["component"]!["bom-ref"]!], n => n.StartsWith("pkg:nuget/Quartz@", StringComparison.Ordinal));
        Assert.All(needs.Values.SelectMany(n => n), name => Assert.Contains(components.Values, c => (string)c["bom-ref"]! == name));
    }

    [GeneratedRegex("""\.Log(?<level>Information|Warning|Error|Critical|Debug)\((?:\w+, )?"(?<words>(?:[^"\\]|\\.)*)"[,)]""")]
    private static partial Regex Call();

    [GeneratedRegex(@"\.Log(Information|Warning|Error|Critical|Debug|Trace)?\(")]
    private static partial Regex Any();

    [GeneratedRegex("""<PackageVersion Include="([^"]+)" Version="([^"]+)" />""")]
    private static partial Regex Version();

    [GeneratedRegex("""<PackageReference Include="([^"]+)""")]
    private static partial Regex Reference();
}
