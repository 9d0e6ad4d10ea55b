using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using BiopsyFhir.Api.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

/// <summary>One key as the options types document it: <c>&lt;value&gt;&lt;c&gt;KEY&lt;/c&gt;: meaning. Default: default.&lt;/value&gt;</c>, or <c>Required.</c> at the end.</summary>
/// <param name="Name">With <c>N</c>, <c>M</c>, <c>K</c> for the places in lists: <c>Ehrs:N:Quirks:K</c>.</param>
public sealed partial record DocumentedKey(string Name, string Meaning, string Default)
{
    /// <summary>Every key of the options types, in the order of their declaration; what does not follow the form is a fault.</summary>
    public static (IReadOnlyList<DocumentedKey> Keys, IReadOnlyList<string> Faults) All()
    {
        var types = typeof(ServiceOptions).Assembly;
        var documented = XDocument.Load(Path.ChangeExtension(types.Location, ".xml")).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);
        var (keys, faults) = (new List<DocumentedKey>(), new List<string>());
        foreach (var type in types.GetTypes().Where(t => t.Namespace == typeof(ServiceOptions).Namespace && t.Name.EndsWith("Options", StringComparison.Ordinal)).OrderBy(t => t.MetadataToken))
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).OrderBy(p => p.MetadataToken))
            {
                if (!documented.TryGetValue($"P:{type.FullName}.{property.Name}", out var member) || member.Element("value") is not { } value) continue;
                // Otherwise no setting: an entry's place, or a conclusion.
                if (value.Elements().FirstOrDefault() is not { Name.LocalName: "c" } first || !Key().IsMatch(first.Value) || !value.Value.TrimStart().StartsWith(first.Value, StringComparison.Ordinal)) continue;
                var text = Markdown(value);
                var match = Form().Match(text);
                if (match.Success) keys.Add(new(match.Groups["key"].Value, match.Groups["meaning"].Value, match.Groups["required"].Success ? "required" : match.Groups["default"].Value));
                else faults.Add($"{type.Name}.{property.Name}: '{text}' is not `KEY`: meaning. Default: default.");
            }
        return (keys, faults);
    }

    /// <summary>The same key with the first entry of each list: <c>Ehrs:0:Quirks:0</c>.</summary>
    public string First => ListPlace().Replace(Name, ":0");

    /// <summary>What the service asks for when every list has one entry.</summary>
    public static ReadKeys Asked(IEnumerable<DocumentedKey> documented)
    {
        // An entry that has a value of its own and members too does not happen; "0" parses as whatever is asked for, or is a fault, which is no matter here.
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(documented.Select(d => KeyValuePair.Create(d.First, (string?)"0"))).Build();
        var keys = new ReadKeys(configuration);
        ReadServiceOptions.From(configuration, keys, new Anywhere());
        return keys;
    }

    private static string Markdown(XElement element) =>
        Spaces().Replace(string.Concat(element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement other => throw new InvalidDataException($"<{other.Name.LocalName}> in: {element.Value}"),
            _ => ((XText)node).Value,
        })), " ").Trim();

    private sealed class Anywhere : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "/nowhere";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    [GeneratedRegex(@"^[A-Z]\w+(:\w+)*$")]
    private static partial Regex Key();

    [GeneratedRegex(@"^`(?<key>[^`]+)`: (?<meaning>.+?)\.? ((?<required>Required)|Default: (?<default>.+?))\.$")]
    private static partial Regex Form();

    [GeneratedRegex(@":[NMK]\b")]
    private static partial Regex ListPlace();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
