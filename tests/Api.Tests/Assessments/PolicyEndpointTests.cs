using System.Net;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
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
    public async Task Two_presets_are_compared_by_the_patients_whom_they_change()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies/P1/diff/P3");
        var patients = (await JsonAsync(response)).GetProperty("patients").EnumerateArray().ToDictionary(p => p.GetProperty("id").GetString()!);
        Assert.True(patients.Count >= 10);
        var apixaban = patients["apixaban"].GetProperty("changes").EnumerateArray().Single(c => c.GetProperty("rule").GetString() == "R-HOLD").GetProperty("words").GetString();
        Assert.Contains("last dose Monday 8 June 2026 under P1, Sunday 7 June 2026 under P3", apixaban, StringComparison.Ordinal);
        Assert.Contains("days without 1 under P1, 2 under P3", apixaban, StringComparison.Ordinal);
        Assert.Contains(patients["aspirin"].GetProperty("changes").EnumerateArray(), c => c.GetProperty("words").GetString()!.StartsWith("Only under P1", StringComparison.Ordinal));
        Assert.Empty(patients["nothing"].GetProperty("changes").EnumerateArray());
        Assert.Equal(("ready", "ready"), (patients["nothing"].GetProperty("readinessA").GetString(), patients["nothing"].GetProperty("readinessB").GetString()));
    }

    [Fact]
    public async Task A_policy_beside_itself_changes_nobody()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies/P2/diff/P2");
        var answer = await JsonAsync(response);
        Assert.Empty(answer.GetProperty("differences").EnumerateArray());
        Assert.All(answer.GetProperty("patients").EnumerateArray(), p => Assert.Empty(p.GetProperty("changes").EnumerateArray()));
    }

    [Fact]
    public async Task The_command_says_the_same_in_lines()
    {
        var (options, _) = ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("Sandbox:Enabled", "true")]).Build(),
            new HostingEnvironment { EnvironmentName = Environments.Development, ContentRootPath = Path.GetTempPath() });
        using var output = new StringWriter();
        Assert.Equal(0, await PolicyDiffCommand.RunAsync(["policy-diff", "P1", "P3"], options, output, TextWriter.Null));
        Assert.Contains("last dose Monday 8 June 2026 under P1, Sunday 7 June 2026 under P3", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await PolicyDiffCommand.RunAsync(["policy-diff", "P1"], options, TextWriter.Null, TextWriter.Null));
    }

    [Fact]
    public async Task A_policy_that_is_not_there_is_not_found()
    {
        using var response = await host.Client.GetAsync("/api/v1/policies/P1/diff/P9");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
