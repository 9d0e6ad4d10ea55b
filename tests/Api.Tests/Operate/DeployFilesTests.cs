using System.Diagnostics;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using YamlDotNet.Serialization;

namespace BiopsyFhir.Api.Tests.Operate;

/// <summary>What can be held of container and cluster files without an engine or a cluster; that they run was tried by hand, see deploy/README.md.</summary>
public sealed partial class DeployFilesTests
{
    private static readonly string Containerfile = Read("deploy/container/Containerfile");

    [Fact]
    public void Base_images_are_pinned_to_a_version()
    {
        var images = Image().Matches(Containerfile).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(2, images.Count);
        Assert.All(images, image => Assert.Matches(@":\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$", image));
        var stages = Stage().Matches(Containerfile).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["from"].Value);
        Assert.All(stages.Values, from => Assert.True(from is "${SDK}" or "${SYSTEM}" || stages.ContainsKey(from), from));
    }

    [Fact]
    public void Both_images_end_as_a_user_without_rights_and_say_when_they_are_well()
    {
        foreach (var stage in Containerfile.Split("\nFROM ").Where(s => s.Contains("AS print", StringComparison.Ordinal) || s.Contains("AS service", StringComparison.Ordinal)))
            Assert.Equal("1654:1654", Regex.Matches(stage, @"^USER (\S+)$", RegexOptions.Multiline).Last().Groups[1].Value);
        var system = Containerfile.Split("\nFROM ").Single(s => s.Contains("AS system", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^HEALTHCHECK .*""/usr/local/bin/ready""", system);
        Assert.Contains($"/{typeof(ServiceOptions).Assembly.GetName().Name}\"]", system, StringComparison.Ordinal); // the entry point is the program
    }

    [Fact]
    public void What_is_copied_exists_and_is_let_into_the_build()
    {
        var let = Read("deploy/container/Containerfile.dockerignore").Split('\n').Where(l => l.StartsWith('!')).Select(l => l[1..]).ToList();
        foreach (var copy in Regex.Matches(Containerfile, @"^COPY (?!--from)(.+) \S+$", RegexOptions.Multiline).SelectMany(m => m.Groups[1].Value.Split(' ')))
        {
            Assert.True(Path.Exists(Path.Combine(Repository.Root, copy)), copy);
            Assert.Contains(let, allowed => copy == allowed || copy.StartsWith(allowed + "/", StringComparison.Ordinal));
        }
        // Every project that the service is built from is restored from its project file.
        foreach (var project in Regex.Matches(Read("src/Api/Api.csproj"), @"ProjectReference Include=""\.\./(\w+)/").Select(m => m.Groups[1].Value))
            Assert.Contains($"COPY src/{project}/{project}.csproj src/{project}/", Containerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_of_the_compose_file_start_the_service()
    {
        var services = Map(Map(Yaml("deploy/container/compose.yaml").Single())["services"]);
        var service = Map(services["biopsyfhir"]);
        Assert.Equal("true", service["read_only"]);
        Assert.Equal(["ALL"], List(service["cap_drop"]));
        Assert.Equal(["DataProtection:Certificate"], Faults(Map(service["environment"]).ToDictionary(e => e.Key, e => (string?)e.Value)));
        Assert.All(services.Values.Select(Map), s => Assert.Matches("(:[^:/]*[0-9][^:/]*$)|(^biopsyfhir$)|(smart-launcher-2:latest$)", (string)s["image"]));
    }

    [Theory]
    [InlineData("production")]
    [InlineData("test")]
    public void The_settings_of_an_overlay_start_the_service(string overlay)
    {
        var settings = new[] { "base", $"overlays/{overlay}" }.SelectMany(f => File.ReadLines(Path.Combine(Repository.Root, $"deploy/kubernetes/{f}/settings.env")))
            .Select(line => line.Split('=', 2)).GroupBy(pair => pair[0]).ToDictionary(g => g.Key, g => (string?)g.Last()[1]);
        settings["Database__ConnectionString"] = "Host=db;Database=biopsyfhir;SSL Mode=VerifyFull"; // from the secret
        // What is left is that this machine does not have the files of the secret; each is mounted where the settings look for it.
        Assert.Equal(["DataProtection:Certificate", "Smart:SigningKeys:0", "Smart:SigningKeys:1"], Faults(settings));
        var deployment = Read("deploy/kubernetes/base/deployment.yaml");
        Assert.All(settings.Values.Where(v => v!.EndsWith(".pem", StringComparison.Ordinal)), file => Assert.Contains($"mountPath: {Path.GetDirectoryName(file)}", deployment, StringComparison.Ordinal));
    }

    [Fact]
    public void A_pod_has_no_rights_limits_on_its_memory_and_probes_that_the_service_answers()
    {
        var pod = Map(Map(Map(Yaml("deploy/kubernetes/base/deployment.yaml").Single())["spec"])["template"]);
        var spec = Map(pod["spec"]);
        Assert.Equal("true", Map(spec["securityContext"])["runAsNonRoot"]);
        Assert.Equal("1654", Map(spec["securityContext"])["runAsUser"]);
        var container = Map(((List<object>)spec["containers"]).Single());
        var rights = Map(container["securityContext"]);
        Assert.Equal(("false", "true"), (rights["allowPrivilegeEscalation"], rights["readOnlyRootFilesystem"]));
        Assert.True(Map(Map(container["resources"])["limits"]).ContainsKey("memory"));
        var port = (string)Map(((List<object>)container["ports"]).Single())["containerPort"];
        Assert.Contains($"EXPOSE {port}\n", Containerfile, StringComparison.Ordinal);
        Assert.Contains($"ASPNETCORE_URLS=http://0.0.0.0:{port} ", Containerfile, StringComparison.Ordinal);
        var health = Read("src/Api/Health/HealthEndpoints.cs");
        foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
            Assert.Contains($"MapHealthChecks(\"{Map(Map(container[probe])["httpGet"])["path"]}\"", health, StringComparison.Ordinal);
        // A database that does not answer takes a pod out of service; it must not have all of them killed.
        Assert.Equal("/health/live", Map(Map(container["livenessProbe"])["httpGet"])["path"]);
    }

    [Fact]
    public void Everything_that_a_kustomization_names_is_there_and_nothing_else_lies_about()
    {
        var root = Path.Combine(Repository.Root, "deploy/kubernetes");
        foreach (var file in Directory.GetFiles(root, "kustomization.yaml", SearchOption.AllDirectories))
        {
            var (folder, content) = (Path.GetDirectoryName(file)!, Map(Yaml(file).Single()));
            var named = (content.TryGetValue("resources", out var r) ? List(r) : []).Concat(
                content.TryGetValue("configMapGenerator", out var g) ? ((List<object>)g).SelectMany(m => List(Map(m)["envs"])) : []).ToList();
            Assert.All(named, name => Assert.True(Path.Exists(Path.Combine(folder, name)), $"{file}: {name}"));
            Assert.Equal(Directory.GetFiles(folder).Select(Path.GetFileName).Where(n => n is not "kustomization.yaml").Order(StringComparer.Ordinal), named.Where(n => !n.Contains('/')).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(503, 1)]
    public async Task The_health_check_of_the_image_follows_the_service(int status, int expected)
    {
        var builder = WebApplication.CreateBuilder();
        await using var service = builder.Build();
        service.Urls.Add("http://127.0.0.1:0");
        service.MapGet("/health/ready", () => Results.StatusCode(status));
        await service.StartAsync();
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(Repository.Root, "deploy/container/ready")]) { Environment = { ["ASPNETCORE_URLS"] = service.Urls.Single() + "/" } };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.Equal(expected, process.ExitCode);
    }

    private static IEnumerable<string> Faults(Dictionary<string, string?> environment)
    {
        var settings = environment.ToDictionary(e => e.Key.Replace("__", ":", StringComparison.Ordinal), e => e.Value);
        settings["urls"] = "http://0.0.0.0:8080";
        return Settings.Read(settings).Faults.Select(f => f.Key).Order(StringComparer.Ordinal);
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    private static List<object> Yaml(string path) =>
        [.. Regex.Split(Read(path), @"^---$", RegexOptions.Multiline).Select(document => new DeserializerBuilder().Build().Deserialize<object>(document))];

    private static Dictionary<string, object> Map(object value) => ((Dictionary<object, object>)value).ToDictionary(pair => (string)pair.Key, pair => pair.Value);

    private static List<string> List(object value) => [.. ((List<object>)value).Cast<string>()];

    [GeneratedRegex(@"^ARG \w+=(\S+)$", RegexOptions.Multiline)]
    private static partial Regex Image();

    [GeneratedRegex(@"^FROM (?<from>\S+) AS (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Stage();
}
