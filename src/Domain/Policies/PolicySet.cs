using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Domain;

/// <summary>The knowledge files as bytes, by name; the shell reads the disk.</summary>
public sealed record KnowledgeFiles(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> ByName);

/// <summary>All policies that a service offers, or the full list of what is wrong with the files.</summary>
public abstract record PolicyRead
{
    public sealed record Ok(PolicySet Policies) : PolicyRead;
    public sealed record Refused(IReadOnlyList<string> Faults) : PolicyRead;
}

/// <summary>
/// Presets P1, P2, P3 and site policies. A preset is composed by taking one column of every
/// <c>{"P1": …, "P2": …, "P3": …}</c> choice in the section files; a site policy is a preset changed by a JSON Merge Patch
/// (RFC 7396), which is why every table is an object keyed by row id.
/// </summary>
public sealed record PolicySet(ImmutableSortedDictionary<string, Policy> ById)
{
    public static readonly ImmutableArray<string> Presets = ["P1", "P2", "P3"];

    /// <summary>The files that make up the sections of a policy document, by section.</summary>
    private static readonly ImmutableArray<string> Sections = ["medicines", "thrombosis", "labs", "work-up", "anaemia", "checks"];

    /// <param name="files">Knowledge files: presets.json, citations.json, one file per section, recognition files.</param>
    /// <param name="overlays">Site policies by file name: <c>{"id","name","version","basedOn","change":{…}}</c>.</param>
    public static PolicyRead Read(KnowledgeFiles files, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? overlays = null)
    {
        var faults = new Faults();
        var citations = ReadCitations(files, faults);
        var sections = Sections.ToDictionary(s => s, s => Parse(files, $"{s}.json", faults));
        var presets = Parse(files, "presets.json", faults);
        var catalogue = new Catalogue(DrugCatalogue.Read(files, faults), LabCatalogue.Read(files, faults), ProblemCatalogue.Read(files, faults), AllergenCatalogue.Read(files, faults),
            BiopsyCatalogue.Read(files, [.. citations.Keys], faults));
        var recognition = RecognitionHash(files);
        var policies = ImmutableSortedDictionary.CreateBuilder<string, Policy>(StringComparer.Ordinal);
        var documents = new Dictionary<string, JsonObject>();

        foreach (var preset in Presets)
        {
            if (presets[preset] is not JsonObject header)
            {
                faults.Add("presets.json", $"{preset} is missing");
                continue;
            }
            var document = (JsonObject)header.DeepClone();
            document["id"] = preset;
            document["preset"] = preset;
            foreach (var (name, section) in sections)
                document[name] = TakeColumn(section, preset, $"{name}.json", faults);
            documents[preset] = document;
        }
        foreach (var (file, bytes) in overlays ?? ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty)
        {
            if (Overlay(file, bytes, documents, faults) is { } document) documents[document["id"]!.GetValue<string>()] = document;
        }
        foreach (var (id, document) in documents)
            policies[id] = ReadOne(document, citations, catalogue, recognition, faults);

        return faults.All.Count > 0 ? new PolicyRead.Refused(faults.All) : new PolicyRead.Ok(new PolicySet(policies.ToImmutable()));
    }

    private static Policy ReadOne(JsonObject document, ImmutableSortedDictionary<string, Citation> citations, Catalogue catalogue, string recognition, Faults faults)
    {
        var id = document["id"]!.GetValue<string>();
        var root = new PolicySection(document, id, faults, citations.Keys.ToHashSet());
        var text = document.ToJsonString();
        return new Policy
        {
            Id = id,
            Preset = root.Text("preset"),
            Name = root.Text("name"),
            Version = root.Text("version"),
            Hash = Sha256(text + recognition),
            Document = text,
            Citations = citations,
            Medicines = MedicinePolicy.Read(root.Section("medicines"), catalogue.Drugs),
            Thrombosis = ThrombosisPolicy.Read(root.Section("thrombosis")),
            Labs = LabPolicy.Read(root.Section("labs"), catalogue.Labs),
            WorkUp = WorkUpPolicy.Read(root.Section("work-up"), catalogue.Labs),
            Anaemia = AnaemiaPolicy.Read(root.Section("anaemia")),
            Checks = CheckPolicy.Read(root.Section("checks")),
            Catalogue = catalogue,
        };
    }

    /// <summary>Replaces every object whose members are exactly P1, P2 and P3 by the wanted one.</summary>
    private static JsonNode? TakeColumn(JsonNode? node, string preset, string path, Faults faults)
    {
        switch (node)
        {
            case JsonObject o when o.Count > 0 && o.All(m => Presets.Contains(m.Key)):
                if (o.Count != Presets.Length) faults.Add(path, $"a column for every preset is expected ({string.Join(", ", Presets)})");
                return TakeColumn(o[preset], preset, $"{path}/{preset}", faults);
            case JsonObject o:
                var copy = new JsonObject();
                foreach (var (key, value) in o) copy[key] = TakeColumn(value, preset, $"{path}/{key}", faults);
                return copy;
            case JsonArray a:
                return new JsonArray([.. a.Select((x, i) => TakeColumn(x, preset, $"{path}/{i}", faults))]);
            default:
                return node?.DeepClone();
        }
    }

    private static JsonObject? Overlay(string file, ReadOnlyMemory<byte> bytes, Dictionary<string, JsonObject> documents, Faults faults)
    {
        if (ParseBytes(file, bytes, faults) is not { } overlay) return null;
        var section = new PolicySection(overlay, file, faults, []);
        var (id, name, version, basedOn) = (section.Text("id"), section.Text("name"), section.Text("version"), section.Text("basedOn"));
        if (documents.ContainsKey(id)) faults.Add($"{file}/id", $"'{id}' is taken");
        else if (!documents.TryGetValue(basedOn, out var basis)) faults.Add($"{file}/basedOn", $"'{basedOn}' is no policy");
        else if (id.Length > 0)
        {
            var document = (JsonObject)MergePatch(basis.DeepClone(), overlay["change"])!;
            (document["id"], document["name"], document["version"], document["basedOn"]) = (id, name, version, basedOn);
            return document;
        }
        return null;
    }

    /// <summary>RFC 7396 section 2.</summary>
    private static JsonNode? MergePatch(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (key, value) in changes)
        {
            if (value is null) result.Remove(key);
            else
            {
                var old = result[key]?.DeepClone();
                result[key] = MergePatch(old, value);
            }
        }
        return result;
    }

    private static ImmutableSortedDictionary<string, Citation> ReadCitations(KnowledgeFiles files, Faults faults)
    {
        var citations = ImmutableSortedDictionary.CreateBuilder<string, Citation>(StringComparer.Ordinal);
        foreach (var (key, row) in new PolicySection(Parse(files, "citations.json", faults), "citations.json", faults, []).Rows())
            citations[key] = new(key, row.Text("text"), row.OptionalText("url"), row.Choice<Verification>("verification"));
        return citations.ToImmutable();
    }

    internal static JsonObject Parse(KnowledgeFiles files, string name, Faults faults)
    {
        if (files.ByName.TryGetValue(name, out var bytes)) return ParseBytes(name, bytes, faults) ?? [];
        faults.Add(name, "file is missing");
        return [];
    }

    internal static JsonObject? ParseBytes(string name, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        try
        {
            if (JsonNode.Parse(bytes.Span, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Disallow }) is JsonObject o)
                return o;
            faults.Add(name, "an object is expected");
        }
        catch (JsonException e)
        {
            faults.Add(name, $"not JSON: {e.Message}");
        }
        return null;
    }

    private static string RecognitionHash(KnowledgeFiles files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in files.ByName)
        {
            if (Sections.Contains(System.IO.Path.GetFileNameWithoutExtension(name)) || name is "presets.json") continue;
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(bytes.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Sha256(string text) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
