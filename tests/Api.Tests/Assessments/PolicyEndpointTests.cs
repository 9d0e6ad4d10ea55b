using System.Net;
using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

public class PolicyEndpointTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    [Fact]
    public async Task The_presets_are_listed_with_version_hash_and_every_rows_citations()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies");
        var answer = await JsonAsync(response);
        Assert.Equal("P1", answer.GetProperty("default").GetString());
        var policies = answer.GetProperty("policies").EnumerateArray().ToList();
        Assert.Equal(["P1", "P2", "P3"], policies.Select(p => p.GetProperty("id").GetString()));
        Assert.Equal(3, policies.Select(p => p.GetProperty("hash").GetString()).Distinct().Count());
        foreach (var row in policies.SelectMany(p => p.GetProperty("rows").EnumerateArray()))
        {
            Assert.NotEmpty(row.GetProperty("citations").EnumerateArray());
            Assert.All(row.GetProperty("citations").EnumerateArray(), c => Assert.NotEmpty(c.GetProperty("text").GetString()!));
        }
    }

    [Fact]
    public async Task The_hash_of_the_list_is_the_one_that_stamps_an_assessment()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies");
        var listed = (await JsonAsync(response)).GetProperty("policies").EnumerateArray().Single(p => p.GetProperty("id").GetString() == "P2").GetProperty("hash").GetString();
        var answer = await host.AssessAsync(Bundle(Patient, Order), "?asOf=2026-03-11&policy=P2");
        Assert.Equal(listed, answer.GetProperty("policy").GetProperty("hash").GetString());
    }

    [Fact]
    public async Task Two_presets_are_compared_in_words()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies/P1/diff/P3");
        var answer = await JsonAsync(response);
        Assert.Equal(("P1", "P3"), (answer.GetProperty("a").GetProperty("id").GetString(), answer.GetProperty("b").GetProperty("id").GetString()));
        Assert.All(answer.GetProperty("differences").EnumerateArray(), d => Assert.Contains(d.GetProperty("row").GetString()!, d.GetProperty("words").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_policy_that_is_not_there_is_not_found()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies/P1/diff/P9");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
