using System.Text.Json;
using System.Text.Json.Serialization;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Testing;
using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>What is described is what is served: no member missing, none left over, none null that should not be.</summary>
public class AnswerShapeTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
    };

    [Fact]
    public async Task A_small_answer_has_the_described_shape() => ReadStrictly<AssessmentAnswer>(await host.AssessAsync(Bundle(Patient, Order)));

    [SharedDataFact]
    public async Task Every_acceptance_case_has_the_described_shape()
    {
        foreach (var folder in AcceptanceCases.All)
            ReadStrictly<AssessmentAnswer>(await host.AssessAsync(await File.ReadAllTextAsync(Path.Combine(folder, "bundle.json")), AcceptanceCases.Query(folder)));
    }

    [Fact]
    public async Task Policies_and_their_comparison_have_the_described_shape()
    {
        using var list = await host.Client.GetAsync("/api/v1/policies");
        ReadStrictly<PolicyList>(await JsonAsync(list));
        using var comparison = await host.Client.GetAsync("/api/v1/policies/P1/diff/P2");
        ReadStrictly<PolicyComparison>(await JsonAsync(comparison));
    }

    [Fact]
    public async Task The_description_names_every_query_parameter()
    {
        using var description = await host.Client.GetAsync("/openapi.json");
        var post = (await JsonAsync(description)).GetProperty("paths").GetProperty("/api/v1/assessments").GetProperty("post");
        Assert.Equal(AssessmentQuery.Names, post.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()!));
        Assert.All(post.GetProperty("parameters").EnumerateArray(), p => Assert.True(p.TryGetProperty("description", out _)));
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/fhir+json", out _));
    }

    private static void ReadStrictly<T>(JsonElement answer) => Assert.NotNull(answer.Deserialize<T>(s_strict));
}
