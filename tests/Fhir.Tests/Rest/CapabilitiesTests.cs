using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Testing;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class CapabilitiesTests
{
    [Fact]
    public void What_a_server_announces_is_read()
    {
        var (c, refused) = Read("""
            {"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"EHR","version":"9"},"patchFormat":["application/json-patch+json"],
             "rest":[{"mode":"client","resource":[{"type":"Task","interaction":[{"code":"create"}]}]},
              {"mode":"server","interaction":[{"code":"transaction"}],
              "security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"token","valueUri":"https://a/token"},{"url":"authorize","valueUri":"https://a/authorize"}]}]},
              "resource":[
               {"type":"CarePlan","interaction":[{"code":"read"},{"code":"create"},{"code":"search-type"}],"conditionalCreate":true,"searchParam":[{"name":"identifier","type":"token"}],"searchInclude":["CarePlan:subject"]},
               {"type":"DocumentReference","interaction":[{"code":"read"}]}]}]}
            """);
        Assert.Null(refused);
        Assert.Equal(("4.0.1", "EHR", "9"), (c!.FhirVersion, c.SoftwareName, c.SoftwareVersion));
        Assert.True(c.May("CarePlan", Interaction.Create));
        Assert.False(c.May("CarePlan", Interaction.Update));
        Assert.False(c.May("DocumentReference", Interaction.Create));
        Assert.False(c.May("Task", Interaction.Create));
        Assert.True(c.ConditionalCreate("CarePlan"));
        Assert.True(c.SearchesBy("CarePlan", "identifier"));
        Assert.False(c.SearchesBy("CarePlan", "_tag"));
        Assert.False(c.SearchesBy("DocumentReference", "identifier"));
        Assert.True(c.Includes("CarePlan", "CarePlan:subject"));
        Assert.True(c is { Transactions: true, JsonPatch: true, Batches: false });
        Assert.Equal("https://a/token", c.OAuthUris["token"]);
    }

    [Theory]
    [InlineData("""{"resourceType":"Conformance","fhirVersion":"1.0.2"}""", "a DSTU2 Conformance, not R4")]
    [InlineData("""{"resourceType":"CapabilityStatement","fhirVersion":"3.0.1","rest":[{}]}""", "a CapabilityStatement of FHIR 3.0.1, not R4")]
    [InlineData("""{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}""", "a CapabilityStatement that describes no server")]
    [InlineData("""{"resourceType":"Patient"}""", "not a CapabilityStatement")]
    [InlineData("""[]""", "not a CapabilityStatement")]
    public void What_cannot_be_used_is_refused_with_a_reason(string json, string reason) => Assert.Equal(reason, Read(json).Refused);

    [Theory]
    [InlineData("""{"resourceType":"CapabilityStatement","fhirVersion":4,"software":"x","rest":[{"mode":"server","interaction":{},"security":[],"resource":[1,{"type":7},{"type":"CarePlan","interaction":["create",{"code":1}],"conditionalCreate":"true","searchParam":{}}]}]}""")]
    public void Members_of_the_wrong_shape_count_as_not_announced(string json)
    {
        var (c, refused) = Read(json);
        Assert.Null(refused);
        Assert.False(c!.May("CarePlan", Interaction.Create));
        Assert.False(c.ConditionalCreate("CarePlan"));
    }

    public static TheoryData<string> PublishedStatements => SharedData.Exists
        ? new(Directory.EnumerateFiles(SharedData.Path("data/smart"), "*.json").Order().Select(f => System.IO.Path.GetFileName(f)))
        : new("none");

    [TheoryWhen(Needs.SharedData)]
    [MemberData(nameof(PublishedStatements))]
    public void Every_published_statement_is_read_or_refused_with_a_reason(string file)
    {
        using (var document = Assert.IsType<JsonRead.Ok>(FhirJson.Parse(File.ReadAllBytes(SharedData.Path("data/smart/" + file)))).Document)
        {
            var root = document.RootElement;
            var (c, refused) = Capabilities.Read(root);
            var statement = root.Text("resourceType") == "CapabilityStatement";
            var r4 = statement && root.Member("fhirVersion").GetString()!.StartsWith("4.", StringComparison.Ordinal);
            Assert.Equal(r4, c is not null);
            Assert.Equal(!r4, refused is not null);
            if (c is null)
                return;
            // Counted again by hand: every type and every create of the statement is there.
            var resources = root.Member("rest").EnumerateArray().SelectMany(x => x.TryGetProperty("resource", out var rs) ? rs.EnumerateArray() : []).ToList();
            Assert.Equal(resources.Select(x => x.Member("type").GetString()!).Distinct().Count(), c.Resources.Count);
            foreach (var resource in resources)
            {
                var creates = resource.TryGetProperty("interaction", out var i) && i.EnumerateArray().Any(x => x.Member("code").GetString() == "create");
                Assert.Equal(creates, c.May(resource.Member("type").GetString()!, Interaction.Create));
            }
        }
    }

    [Fact]
    public async Task Metadata_is_asked_without_a_token_and_with_it_only_when_that_is_refused()
    {
        const string statement = """{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server"}]}""";
        await using var open = await StartAsync(Json(statement));
        Assert.Equal("4.0.1", (await open.Client(new TestTokens()).CapabilitiesAsync(CancellationToken.None)).Value.FhirVersion);
        Assert.Null(open.Requests.Single().Header("Authorization"));
        await using var closed = await StartAsync(Status(401), Json(statement));
        Assert.Equal("4.0.1", (await closed.Client(new TestTokens()).CapabilitiesAsync(CancellationToken.None)).Value.FhirVersion);
        Assert.Equal([null, "Bearer token-1"], closed.Requests.Select(r => r.Header("Authorization")));
    }

    private static (Capabilities? Capabilities, string? Refused) Read(string json)
    {
        using var document = FhirDocument.Of(json);
        return Capabilities.Read(document.RootElement);
    }
}
