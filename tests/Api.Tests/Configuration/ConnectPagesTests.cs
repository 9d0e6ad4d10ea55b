using System.Text.RegularExpressions;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

/// <summary>What <c>docs/connect</c> and the README tell an operator to set is what the service reads.</summary>
public sealed partial class ConnectPagesTests
{
    public static TheoryData<string> Pages() =>
        ["README.md", .. Directory.GetFiles(Path.Combine(Repository.Root, "docs/connect"), "*.md").Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_key_on_the_page_exists_and_its_snippet_starts_the_service(string page)
    {
        var settings = Setting().Matches(Read(page)).ToDictionary(m => m.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), m => (string?)m.Groups[2].Value);
        Assert.NotEmpty(settings);
        foreach (var key in Mentioned().Matches(Read(page)).Select(m => m.Value.Replace("__", ":", StringComparison.Ordinal))) settings.TryAdd(key, "x");
        var faults = Faults(settings);
        Assert.DoesNotContain(faults, fault => fault.Problem.Contains("is not a setting", StringComparison.Ordinal));
        // Settings that a sentence mentions stand there with an "x", and files of the examples are not on this machine.
        var snippet = Setting().Matches(Read(page)).ToDictionary(m => m.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), m => (string?)m.Groups[2].Value);
        Assert.DoesNotContain(Faults(snippet), fault => fault.Key.StartsWith("Ehrs:", StringComparison.Ordinal) && !fault.Key.EndsWith("Certificate", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_begins_with_the_configuration_and_ends_with_the_check(string page)
    {
        if (page is "README.md") return;
        var text = Read(page);
        Assert.Matches(@"\A# .+\n\n```sh\nexport Ehrs__0__Id=", text);
        var id = Regex.Match(text, "export Ehrs__0__Id=(.+)").Groups[1].Value;
        Assert.EndsWith($"```sh\ndotnet run --project src/Api -- check-ehr {id}\n```\n", text, StringComparison.Ordinal);
        Assert.Matches(@"\*\*(Nothing here was tried|Tried)", text);
        Assert.Contains($"({page})", Read("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_does_not_exist_would_be_noticed() =>
        Assert.Contains(Faults(new() { ["Ehrs:0:Issuer"] = "https://a.example/fhir", ["Ehrs:0:Clientid2"] = "x" }), fault => fault.Problem.Contains("is not a setting", StringComparison.Ordinal));

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static IReadOnlyList<ConfigurationFault> Faults(Dictionary<string, string?> settings) =>
        ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new Production()).Faults;

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "/nowhere";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    [GeneratedRegex(@"^ *export (\w+__\w+)=(\S+)", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"\b(Ehrs|AzureAd|Cds|Smart|Facility|DataProtection|Policy|Database|Sandbox)__\w+")]
    private static partial Regex Mentioned();
}
