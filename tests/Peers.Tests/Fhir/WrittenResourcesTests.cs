using System.Text;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Fhir;

/// <summary>What we write, judged by validators that we did not write and taken by a server that we did not write.</summary>
[Collection(AllPeers.Name)]
public sealed class WrittenResourcesTests(Validators validators, R4Peer r4)
{
    public static TheoryData<string> Written() => [.. WrittenCases.All.Keys];

    [PeersTheory]
    [MemberData(nameof(Written))]
    public async Task Everything_written_is_valid_R4_and_US_Core(string name) =>
        await validators.AssertValid(Encoding.UTF8.GetString(WrittenCases.All[name]()));

    [PeersTheory]
    [MemberData(nameof(Written))]
    public async Task Everything_written_is_taken_by_another_R4_server(string name)
    {
        using var http = new HttpClient();
        var bytes = WrittenCases.All[name]();
        var type = System.Text.Json.JsonDocument.Parse(bytes).RootElement.GetProperty("resourceType").GetString();
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/fhir+json");
        using var answer = await http.PostAsync($"{r4.FhirBase}/{type}", content);
        Assert.True((int)answer.StatusCode == 201, await answer.Content.ReadAsStringAsync());
    }

    [PeersTheory]
    [InlineData("plan as a note")]
    [InlineData("education that replaces an earlier one")]
    [InlineData("message to staff")]
    public async Task The_strictest_vendor_takes_documents_and_staff_messages(string name)
    {
        await using var proxy = (await FaultProxy.Start(r4.Origin)).Add(Vendor.OracleLike());
        using var http = new HttpClient();
        var bytes = WrittenCases.All[name]();
        var type = System.Text.Json.JsonDocument.Parse(bytes).RootElement.GetProperty("resourceType").GetString();
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/fhir+json");
        using var answer = await http.PostAsync($"{proxy.FhirBase}/{type}", content);
        Assert.True((int)answer.StatusCode == 201, await answer.Content.ReadAsStringAsync());
    }
}
