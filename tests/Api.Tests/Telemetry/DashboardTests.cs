using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Api.Tests.Hosting;
using YamlDotNet.RepresentationModel;

namespace BiopsyFhir.Api.Tests.Telemetry;

/// <summary>Dashboard and alerts name metrics that exist, and every metric of ours is on the dashboard.</summary>
public sealed partial class DashboardTests
{
    /// <summary>Of the framework's metrics, those that are used; their names as .NET documents them.</summary>
    private static readonly string[] Framework =
    [
        "http_server_request_duration_seconds_bucket", "http_server_request_duration_seconds_count", "dotnet_process_memory_working_set_bytes",
        "dotnet_gc_pause_time_seconds_total", "kestrel_active_connections",
    ];

    private static readonly Dictionary<string, string[]> Ours = ReadOurs();

    public static TheoryData<string> Expressions => [.. Dashboard().Concat(Alerts())];

    [Theory, MemberData(nameof(Expressions))]
    public void Every_metric_that_is_named_exists(string expression)
    {
        var named = Metric().Matches(Labels().Replace(expression, "")).Select(m => m.Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, Ours.Values.SelectMany(n => n).Concat(Framework)));
    }

    [Fact]
    public void Every_metric_of_ours_is_on_the_dashboard()
    {
        var shown = string.Join('\n', Dashboard());
        Assert.NotEmpty(Ours);
        Assert.All(Ours, metric => Assert.Contains(metric.Value, name => shown.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_label_that_is_named_is_an_attribute_of_ours_or_of_the_framework()
    {
        var code = File.ReadAllText(Path.Combine(Repository.Root, "src/Api/Telemetry/Instruments.cs"));
        var attributes = Attribute().Matches(code).Select(m => m.Groups[1].Value.Replace('.', '_')).Concat(["le", "instance", "job", "http_route"]).ToHashSet(StringComparer.Ordinal);
        var used = Dashboard().Concat(Alerts()).SelectMany(e => By().Matches(e).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)).Concat(Match().Matches(e).Select(m => m.Groups[1].Value))).Distinct();
        Assert.All(used, label => Assert.Contains(label, attributes));
    }

    [Fact]
    public void Every_alert_says_what_it_means_and_how_urgent_it_is_and_the_page_says_what_to_do()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/operate.md"));
        foreach (var rule in Rules())
        {
            Assert.Contains(((YamlScalarNode)rule["labels"]["severity"]).Value, new[] { "page", "ticket" });
            Assert.True(((YamlScalarNode)rule["annotations"]["summary"]).Value!.Length > 20);
            Assert.Contains($"`{((YamlScalarNode)rule["alert"]).Value}`", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_alert_has_its_runbook_and_every_runbook_its_alert()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/runbooks.md")).Split("\n# Not an alert")[0];
        var parts = page.Split("\n## ")[1..].ToDictionary(part => part.Split('\n')[0], StringComparer.Ordinal);
        var alerts = Rules().Select(rule => ((YamlScalarNode)rule["alert"]).Value!).ToList();
        Assert.Equal(alerts.Order(StringComparer.Ordinal), parts.Keys.Order(StringComparer.Ordinal));
        Assert.All(Rules(), rule => Assert.Equal($"docs/runbooks.md#{((YamlScalarNode)rule["alert"]).Value!.ToLowerInvariant()}", ((YamlScalarNode)rule["annotations"]["runbook_url"]).Value));
        foreach (var words in (string[])["**Patients.**", "**Look.**", "**Do.**", "**Over.**"]) Assert.All(parts.Values, part => Assert.Contains(words, part, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Dashboard()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy/observability/dashboard.json")));
        return [.. json.RootElement.GetProperty("panels").EnumerateArray().SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!)];
    }

    private static IEnumerable<string> Alerts() => Rules().Select(rule => ((YamlScalarNode)rule["expr"]).Value!);

    private static IEnumerable<YamlNode> Rules()
    {
        var yaml = new YamlStream();
        using var text = new StreamReader(Path.Combine(Repository.Root, "deploy/observability/alerts.yaml"));
        yaml.Load(text);
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]);
    }

    /// <summary>Instrument name to the names it gets in Prometheus: unit appended, counters with _total, histograms in three.</summary>
    private static Dictionary<string, string[]> ReadOurs()
    {
        var found = new Dictionary<string, string[]>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != Instruments.Name) return;
            var name = instrument.Name.Replace('.', '_') + (instrument.Unit is "s" ? "_seconds" : "");
            found[instrument.Name] = instrument.GetType().Name.Split('`')[0] switch
            {
                "Histogram" => [$"{name}_bucket", $"{name}_count", $"{name}_sum"],
                "Counter" => [$"{name}_total"],
                _ => [name],
            };
        };
        listener.Start();
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        return found;
    }

    [GeneratedRegex(@"\b(biopsyfhir|http|dotnet|kestrel|process)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\{[^}]*\}|\bby \([^)]*\)")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex By();

    [GeneratedRegex(@"[{,]\s*(\w+)\s*(=|!=|=~|!~)""")]
    private static partial Regex Match();

    [GeneratedRegex(@"""((?:biopsyfhir|http|fhir)\.[a-z_.]+)""")]
    private static partial Regex Attribute();
}
