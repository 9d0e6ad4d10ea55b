using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.CheckEhr.Parts;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

/// <summary>Scopes, addresses and expected lines on the pages of <c>docs/connect</c> are those of the code. BIOPSYFHIR_RECORD=1 writes them anew.</summary>
public sealed partial class ConnectLinesTests
{
    private sealed record Likeness(string[] NotSearched, string[] Created, bool Conditional);

    /// <summary>What the page says that this EHR announces.</summary>
    private static readonly Dictionary<string, Likeness> Announced = new()
    {
        ["epic"] = new(["MedicationStatement"], ["DocumentReference"], false),
        ["oracle-health"] = new([], ["DocumentReference", "Communication"], false),
        ["athenahealth"] = new([], [], false),
        ["azure-health-data-services"] = new([], ["CarePlan", "DocumentReference", "Communication", "Task", "Provenance"], true),
        ["open-sandboxes"] = new([], ["CarePlan", "DocumentReference", "Communication", "Task", "Provenance"], true),
    };

    public static TheoryData<string> Pages() => [.. Announced.Keys];

    [Fact]
    public void Every_page_has_its_lines() =>
        Assert.Equal(Directory.GetFiles(Path.Combine(Repository.Root, "docs/connect"), "*.md").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal), Announced.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Scopes_on_the_page_are_what_the_service_asks_for(string page)
    {
        var ehr = Ehr(page);
        List<string> lines = [];
        if (ehr.ClientId is not null) lines.Add("launch   " + ScopesToAsk.ForLaunch(ehr, Server, standalone: false, ChartQuirks.Of(ehr)));
        if (ehr.BackendClientId is not null) lines.Add("backend  " + (ehr.BackendEntra is null ? ScopesToAsk.ForBackend(ehr, ChartQuirks.Of(ehr)) : $"{ehr.Issuer.TrimEnd('/')}/.default"));
        Holds(page, "scopes", lines);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Lines_on_the_page_are_what_the_check_says(string page)
    {
        var (ehr, announced) = (Ehr(page), Statement(Announced[page]));
        Holds(page, "lines", [.. CheckStatement.Of(announced).Concat(CheckLadder.Of(ehr, announced, ehr.ClientId is null ? null : Server)).Select(CheckEhrCommand.Text)]);
    }

    [Fact]
    public void Every_address_of_ours_on_the_pages_and_in_the_README_is_one_that_the_service_answers()
    {
        using var host = new ServiceHost();
        var routes = host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/')).ToHashSet();
        routes.UnionWith(HookServices.All.Select(service => $"/cds-services/{service.Id}"));
        var named = Announced.Keys.Select(page => $"docs/connect/{page}.md").Append("README.md").Append("deploy/azure.md")
            .SelectMany(page => Address().Matches(Read(page)).Select(m => (Page: page, Path: m.Groups[1].Value))).ToList();
        Assert.Contains(named, n => n.Path == "/launch");
        Assert.DoesNotContain(named, n => !routes.Contains(n.Path) && n.Path is not "/sign-in/callback"); // that one is there only with AzureAd:ClientSecret
    }

    private static readonly ServerConfiguration Server = new() { Authorize = new("https://ehr.example.org/authorize"), Token = new("https://ehr.example.org/token") };

    private static EhrOptions Ehr(string page)
    {
        var settings = Setting().Matches(Read($"docs/connect/{page}.md")).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key.Replace("__", ":", StringComparison.Ordinal), g => (string?)g.First().Groups[2].Value);
        return ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new Production()).Options.Ehrs[0];
    }

    private static Capabilities Statement(Likeness likeness)
    {
        var types = ChartSearches.All.Select(s => s.Type).Concat(likeness.Created).Distinct();
        var statement = JsonSerializer.Serialize(new
        {
            resourceType = "CapabilityStatement",
            fhirVersion = "4.0.1",
            rest = new[]
            {
                new
                {
                    mode = "server",
                    resource = types.Select(type => new
                    {
                        type,
                        interaction = new[] { "read", likeness.NotSearched.Contains(type) ? null : "search-type", likeness.Created.Contains(type) ? "create" : null, likeness.Created.Contains(type) && likeness.Conditional ? "update" : null }
                            .OfType<string>().Select(code => new { code }),
                        conditionalCreate = likeness.Conditional && likeness.Created.Contains(type),
                        versioning = likeness.Conditional ? "versioned-update" : "versioned",
                        searchParam = ChartSearches.All.Where(s => s.Type == type).SelectMany(s => s.Parameters).Append("identifier").Distinct().Select(name => new { name }),
                    }),
                    interaction = likeness.Conditional ? new[] { new { code = "transaction" } } : [],
                },
            },
        });
        return Capabilities.Read(FhirDocument.Of(statement).RootElement).Capabilities!;
    }

    private static void Holds(string page, string what, IEnumerable<string> lines)
    {
        var file = $"docs/connect/{page}.md";
        var (text, begin, end) = (Read(file), $"<!-- {what} -->\n", $"<!-- end of {what} -->");
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{file} has lost its marks of {what}");
        var written = $"{text[..(from + begin.Length)]}```text\n{string.Join('\n', lines)}\n```\n{text[to..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") File.WriteAllText(Path.Combine(Repository.Root, file), written);
        Assert.True(written == Read(file), $"{file}: the {what} are not those of the code: run this test with BIOPSYFHIR_RECORD=1");
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "/nowhere";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    [GeneratedRegex(@"^ *export (\w+__\w+)=(\S+)", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"https://YOUR-HOST(/[\w./-]+)")]
    private static partial Regex Address();
}
