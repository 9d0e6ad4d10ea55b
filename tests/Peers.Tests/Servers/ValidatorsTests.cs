using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Peers.Tests.Servers;

/// <summary>That faults reach C#; which faults each validator sees is tested beside it, in <c>tests/peers/test</c>.</summary>
[Collection(AllPeers.Name)]
public sealed class ValidatorsTests(Validators validators)
{
    [PeersFact]
    public async Task A_good_example_has_no_fault() =>
        await validators.AssertValid(await File.ReadAllTextAsync(Repository.Path("tests/peers/definitions/example_us-core_documentreference-discharge-summary.json")));

    [PeersFact]
    public async Task A_fault_names_its_finder_and_its_place()
    {
        var faults = await validators.FaultsOf("""{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/1"},"period":{"start":"2026-03-02","end":"2026-03-01"}}""");
        Assert.Contains(faults, fault => fault is { By: "own", Where: "CarePlan.period" });
        Assert.Contains(faults, fault => fault is { By: "us-core", Where: "CarePlan.category" });
    }

    [PeersFact]
    public async Task Questions_asked_at_once_get_their_own_answers()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => validators.FaultsOf($$"""{"resourceType":"Nonsense{{i}}"}""")));
        for (var i = 0; i < answers.Length; i++) Assert.Contains($"Nonsense{i}\"", Assert.Single(answers[i]).What, StringComparison.Ordinal);
    }
}
