using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Api.Components;

/// <summary>
/// <c>-- sbom</c>: what this very program is made of, as CycloneDX 1.6 on standard output. Read from the list that the runtime itself loads
/// by (<c>BiopsyFhir.Api.deps.json</c>), so that it is of what runs here and not of what was meant to be built.
/// </summary>
public static class SbomCommand
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsAsked(string[] args) => args is ["sbom", ..];

    public static string DependencyFile => Path.ChangeExtension(typeof(SbomCommand).Assembly.Location, ".deps.json");

    /// <returns>0: written. 1: the list is not beside the program.</returns>
    public static async Task<int> RunAsync(TextWriter output, TextWriter errors)
    {
        if (!File.Exists(DependencyFile))
        {
            await errors.WriteLineAsync($"{Path.GetFileName(DependencyFile)} is not beside the program.");
            return 1;
        }
        await output.WriteLineAsync(Of(JsonNode.Parse(await File.ReadAllTextAsync(DependencyFile))!.AsObject()));
        return 0;
    }

    /// <param name="dependencies">A deps.json: <c>targets</c> and <c>libraries</c>, each by <c>name/version</c>.</param>
    public static string Of(JsonObject dependencies)
    {
        var libraries = dependencies["libraries"]!.AsObject().ToDictionary(l => l.Key, l => l.Value!.AsObject(), StringComparer.Ordinal);
        var target = dependencies["targets"]![dependencies["runtimeTarget"]!["name"]!.GetValue<string>()]!.AsObject();
        var ours = libraries.Where(l => l.Value["type"]!.GetValue<string>() is "project").Select(l => l.Key).ToHashSet(StringComparer.Ordinal);
        var program = ours.Single(name => name.StartsWith("BiopsyFhir.Api/", StringComparison.Ordinal));
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.6");
            json.WriteNumber("version", 1);
            json.WriteStartObject("metadata");
            json.WritePropertyName("component");
            Component(json, program, "application", null);
            json.WriteEndObject();
            json.WriteStartArray("components");
            foreach (var name in libraries.Keys.Where(name => name != program).Order(StringComparer.Ordinal))
                Component(json, name, libraries[name]["type"]!.GetValue<string>() is "runtimepack" ? "framework" : "library", ours.Contains(name) ? null : libraries[name]["sha512"]?.GetValue<string>());
            json.WriteEndArray();
            json.WriteStartArray("dependencies");
            foreach (var (name, part) in target.Where(part => libraries.ContainsKey(part.Key)).OrderBy(part => part.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("ref", Purl(name));
                json.WriteStartArray("dependsOn");
                foreach (var needed in (part!["dependencies"]?.AsObject() ?? []).Select(d => $"{d.Key}/{d.Value!.GetValue<string>()}").Where(libraries.ContainsKey)) json.WriteStringValue(Purl(needed));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Component(Utf8JsonWriter json, string nameAndVersion, string type, string? sha512)
    {
        var (name, version) = nameAndVersion.Split('/', 2) is [var n, var v] ? (n, v) : (nameAndVersion, "");
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("bom-ref", Purl(nameAndVersion));
        json.WriteString("name", name);
        json.WriteString("version", version);
        json.WriteString("purl", Purl(nameAndVersion));
        if (sha512?.Split('-', 2) is ["sha512", { Length: > 0 } hash]) // as NuGet has it: of the package's file, in base64
        {
            json.WriteStartArray("hashes");
            json.WriteStartObject();
            json.WriteString("alg", "SHA-512");
            json.WriteString("content", Convert.ToHexStringLower(Convert.FromBase64String(hash)));
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static string Purl(string nameAndVersion) => $"pkg:nuget/{nameAndVersion.Replace('/', '@')}";
}
