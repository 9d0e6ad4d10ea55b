using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing;
using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>Same input, policy and as-of: same bytes. The order of the entries changes nothing but the id.</summary>
public class SameAnswerTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    [Fact]
    public async Task The_same_request_gives_the_same_bytes_whatever_the_clock_says()
    {
        var body = Bundle(Patient, Order);
        var first = await BytesAsync(body, "?asOf=2026-03-11");
        host.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(first, await BytesAsync(body, "?asOf=2026-03-11"));
    }

    [Theory]
    [InlineData("?asOf=2026-03-12")]
    [InlineData("?asOf=2026-03-11&policy=P3")]
    [InlineData("?asOf=2026-03-11&elevationMeters=2600")]
    [InlineData("?asOf=2026-03-11&timeZone=America/Denver")]
    [InlineData("?asOf=2026-03-11&escort=yes")]
    [InlineData("?asOf=2026-03-11&sedation=general")]
    [InlineData("?asOf=2026-03-11&indication=other")]
    [InlineData("?asOf=2026-03-11&procedureAt=2026-03-18")]
    public async Task Another_question_has_another_id(string query)
    {
        var body = Bundle(Patient, Order);
        Assert.NotEqual(Id(await host.AssessAsync(body)), Id(await host.AssessAsync(body, query)));
    }

    [Fact]
    public async Task Another_body_has_another_id() =>
        Assert.NotEqual(Id(await host.AssessAsync(Bundle(Patient, Order))), Id(await host.AssessAsync(Bundle(Patient, Order) + " ")));

    [SharedDataFact]
    public async Task Shuffled_entries_give_the_same_answer()
    {
        var random = new Random(26);
        foreach (var folder in AcceptanceCases.All)
        {
            var bundle = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "bundle.json")))!;
            var query = AcceptanceCases.Query(folder);
            var straight = WithoutId(await host.AssessAsync(bundle.ToJsonString(), query));
            for (var round = 0; round < 3; round++)
            {
                var entries = bundle["entry"]!.AsArray().Select(e => e!.DeepClone()).ToArray();
                random.Shuffle(entries);
                bundle["entry"] = new JsonArray(entries);
                Assert.True(straight == WithoutId(await host.AssessAsync(bundle.ToJsonString(), query)), $"{Path.GetFileName(folder)} depends on the order of its entries.");
            }
        }
    }

    private async Task<byte[]> BytesAsync(string body, string query)
    {
        using var response = await host.PostAsync(Encoding.UTF8.GetBytes(body), query);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static string? Id(JsonElement answer) => answer.GetProperty("assessmentId").GetString();

    private static string WithoutId(JsonElement answer)
    {
        var node = JsonNode.Parse(answer.GetRawText())!.AsObject();
        node.Remove("assessmentId");
        return node.ToJsonString();
    }
}
