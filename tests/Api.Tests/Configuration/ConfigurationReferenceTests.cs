using System.Text;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

/// <summary>
/// <c>docs/configuration.md</c> is written from the options types, the options types document what is read, and every key that a file of
/// ours names is one of them.
/// </summary>
public sealed partial class ConfigurationReferenceTests
{
    private const string Page = "docs/configuration.md", Begin = "<!-- written from src/Api/Configuration; BIOPSYFHIR_RECORD=1 writes it anew -->", End = "<!-- end -->";

    private static readonly IReadOnlyList<DocumentedKey> Keys = DocumentedKey.All().Keys;

    [Fact]
    public void Every_option_with_a_key_says_what_it_means_and_what_holds_without_it() => Assert.Empty(DocumentedKey.All().Faults);

    [Fact]
    public void Every_key_that_is_read_is_documented_and_every_documented_key_is_read()
    {
        var asked = DocumentedKey.Asked(Keys);
        var documented = Keys.Select(key => key.First).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(documented.Order(StringComparer.Ordinal), asked.Known.Order(StringComparer.Ordinal));
        // A list without a documented entry would have been asked for in vain above.
        Assert.DoesNotContain(asked.Lists, list => !documented.Any(key => key == $"{list}:0" || key.StartsWith($"{list}:0:", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_key_that_only_the_code_knows_would_be_noticed()
    {
        var without = Keys.Where(key => key.Name is not "Cds:Quiet").ToList();
        Assert.Contains("Cds:Quiet", DocumentedKey.Asked(without).Known.Except(without.Select(key => key.First)));
    }

    [Fact]
    public void The_page_is_the_one_written_from_the_options_types()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, Page));
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= Begin.Length && end > begin, $"{Page} has lost its marks");
        var written = $"{page[..begin]}\n{Tables()}{page[end..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") File.WriteAllText(Path.Combine(Repository.Root, Page), written);
        Assert.True(written == File.ReadAllText(Path.Combine(Repository.Root, Page)), $"{Page} is not what the options types say: run this test with BIOPSYFHIR_RECORD=1");
    }

    public static TheoryData<string> Files() =>
    [
        "README.md", "CHANGELOG.md",
        .. new[] { "docs", "deploy" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is not (".png" or ".tsv")).Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_key_that_a_file_names_is_one_the_service_knows(string file) =>
        Assert.Empty(UnknownKeys(File.ReadAllText(Path.Combine(Repository.Root, file))));

    [Theory]
    [InlineData("`Cds:Quite`", "Cds:Quite")]
    [InlineData("export Ehrs__0__Clientid2=x", "Ehrs__0__Clientid2")]
    [InlineData("value: Ehrs__12__CdsClients__3__Tenants__0", null)]
    [InlineData("`Ehrs:N:BackendEntra` and `Database:*`, or Smart:SigningKeys", null)]
    [InlineData("ASPNETCORE_URL=http://127.0.0.1:1", "ASPNETCORE_URL")]
    public void A_misspelt_key_would_be_noticed(string text, string? unknown) => Assert.Equal(unknown is null ? [] : [unknown], UnknownKeys(text));

    private static List<string> UnknownKeys(string text) =>
    [
        .. Named().Matches(text).Select(m => m.Value).Where(named => !Known(named.Replace("__", ":", StringComparison.Ordinal))),
        .. HostVariable().Matches(text).Select(m => m.Value).Where(name => name is not ("ASPNETCORE_ENVIRONMENT" or "ASPNETCORE_URLS" or "DOTNET_EnableDiagnostics" or "DOTNET_TieredPGO")),
    ];

    /// <summary>A key, or the beginning of one: a page may name a group. Any number stands for a place in a list.</summary>
    private static bool Known(string named)
    {
        var parts = named.Split(':');
        return Keys.Any(key => key.Name.Split(':') is var known && known.Length >= parts.Length
            && known.Zip(parts).All(pair => pair.First is "N" or "M" or "K" ? pair.Second is "N" or "M" or "K" || pair.Second.All(char.IsAsciiDigit) : pair.First == pair.Second));
    }

    private static string Tables()
    {
        var text = new StringBuilder();
        foreach (var group in Keys.GroupBy(key => Group(key.Name)).OrderBy(group => Array.FindIndex(Titles, title => title.Group == group.Key)))
        {
            text.Append($"\n## {Titles.Single(title => title.Group == group.Key).Title}\n\n| key | meaning | default |\n|---|---|---|\n");
            foreach (var key in group) text.Append($"| `{key.Name}` | {key.Meaning} | {key.Default} |\n");
        }
        return text.Append('\n').ToString();
    }

    private static string Group(string key) => key.StartsWith("Ehrs:N:CdsClients", StringComparison.Ordinal) ? "Ehrs:N:CdsClients"
        : key.StartsWith("Ehrs:N:BackendEntra", StringComparison.Ordinal) ? "Ehrs:N:BackendEntra"
        : key.Contains(':') ? key.Split(':')[0] : "";

    private static readonly (string Group, string Title)[] Titles =
    [
        ("", "Address"), ("Sandbox", "Demo EHR"), ("Ehrs", "EHRs: those that are not listed are refused before any request"),
        ("Ehrs:N:BackendEntra", "A backend client of Microsoft Entra ID (Azure Health Data Services)"), ("Ehrs:N:CdsClients", "Who may call the hooks"),
        ("Smart", "SMART launches"), ("DataProtection", "Encryption of what is stored"), ("Cds", "CDS Hooks"), ("Policy", "Policies"), ("Facility", "The procedure unit"),
        ("Education", "What patients are given"), ("Worklist", "Worklist"), ("Retention", "How long things are kept"), ("Database", "Database"), ("Limits", "Limits"), ("AzureAd", "Sign-in with Microsoft Entra ID"), ("Telemetry", "Telemetry and logs"),
    ];

    [GeneratedRegex(@"\b(Sandbox|Ehrs|Smart|DataProtection|Cds|Policy|Facility|Education|Worklist|Retention|Database|Limits|AzureAd|Telemetry)(?:__|:)\w+?(?:(?:__|:)\w+?)*(?=[^\w:]|:\W|:$|$)")]
    private static partial Regex Named();

    [GeneratedRegex(@"\b(ASPNETCORE|DOTNET)_\w+")]
    private static partial Regex HostVariable();
}
