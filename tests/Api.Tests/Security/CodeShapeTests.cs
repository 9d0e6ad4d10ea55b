using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>What the compiled assemblies call at all: attacks that need an interpreter find none.</summary>
public sealed class CodeShapeTests
{
    private static readonly string[] Ours = ["BiopsyFhir.Domain", "BiopsyFhir.Fhir", "BiopsyFhir.Api", "BiopsyFhir.Sandbox"];

    public static TheoryData<string> Assemblies => [.. Ours];

    [Theory, MemberData(nameof(Assemblies))]
    public void Every_pattern_is_compiled_ahead_and_none_is_made_from_what_somebody_sends(string assembly)
    {
        // A generated pattern derives from Regex and calls its constructor without a pattern; whoever makes one at run time gives it a text.
        var calls = Calls(assembly).Where(c => c.Type == "System.Text.RegularExpressions.Regex").ToList();
        Assert.DoesNotContain(calls, c => c is { Name: ".ctor", Parameters: > 0 });
        Assert.DoesNotContain(calls, c => c is { Static: true, Name: "IsMatch" or "Match" or "Matches" or "Replace" or "Split" or "Count" or "EnumerateMatches" });
    }

    [Fact]
    public void A_pattern_that_backtracks_for_long_is_stopped()
    {
        using var host = new ServiceHost();
        _ = host.Address;
        Assert.InRange(Assert.IsType<TimeSpan>(AppContext.GetData("REGEX_DEFAULT_MATCH_TIMEOUT")), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
        var patterns = Ours.Select(Assembly.Load).SelectMany(a => a.GetTypes()).SelectMany(t => t.GetMembers(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(m => m.GetCustomAttribute<GeneratedRegexAttribute>()).OfType<GeneratedRegexAttribute>().ToList();
        Assert.InRange(patterns.Count, 10, 500);
        Assert.All(patterns, p => Assert.Equal(-1, p.MatchTimeoutMilliseconds)); // -1: the process's own limit counts
    }

    [Theory, MemberData(nameof(Assemblies))]
    public void Nothing_reads_XML_but_our_own_wrapped_keys(string assembly)
    {
        var used = Calls(assembly).Select(c => c.Type).Where(t => t.StartsWith("System.Xml", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).ToList();
        string[] allowed = assembly is "BiopsyFhir.Api" ? ["System.Xml.Linq.Extensions", "System.Xml.Linq.XAttribute", "System.Xml.Linq.XElement", "System.Xml.Linq.XName", "System.Xml.Linq.XNode", "System.Xml.XmlDocument", "System.Xml.XmlNodeReader", "System.Xml.XmlReader", "System.Xml.XmlReaderSettings"] : [];
        Assert.Empty(used.Except(allowed));
    }

    [Theory, MemberData(nameof(Assemblies))]
    public void Nothing_is_deserialized_by_a_type_that_the_input_names(string assembly) =>
        Assert.DoesNotContain(Calls(assembly), c => c.Type is "System.Runtime.Serialization.Formatters.Binary.BinaryFormatter" or "System.Runtime.Serialization.NetDataContractSerializer" or "System.Xml.Serialization.XmlSerializer"
            or "Newtonsoft.Json.JsonConvert" || c is { Type: "System.Type", Name: "GetType", Static: true });

    /// <summary>Programs are started in two places only, with arguments that no request reaches: the browser that prints, PostgreSQL's backup.</summary>
    [Theory, MemberData(nameof(Assemblies))]
    public void No_shell_is_started(string assembly)
    {
        Assert.DoesNotContain(Calls(assembly), c => c is { Type: "System.Diagnostics.ProcessStartInfo", Name: "set_UseShellExecute" or "set_Arguments" });
        if (assembly is not "BiopsyFhir.Api") Assert.DoesNotContain(Calls(assembly), c => c.Type == "System.Diagnostics.Process");
    }

    private static List<(string Type, string Name, bool Static, int Parameters)> Calls(string assembly)
    {
        using var stream = File.OpenRead(Assembly.Load(assembly).Location);
        using var file = new PEReader(stream);
        var metadata = file.GetMetadataReader();
        var calls = new List<(string Type, string Name, bool Static, int Parameters)>();
        foreach (var member in metadata.MemberReferences.Select(metadata.GetMemberReference))
        {
            if (member.Parent.Kind is not HandleKind.TypeReference || member.GetKind() is not MemberReferenceKind.Method) continue;
            var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
            var signature = metadata.GetBlobReader(member.Signature);
            var header = signature.ReadSignatureHeader();
            if (header.IsGeneric) signature.ReadCompressedInteger();
            calls.Add(($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}", metadata.GetString(member.Name), !header.IsInstance, signature.ReadCompressedInteger()));
        }
        return calls;
    }
}
