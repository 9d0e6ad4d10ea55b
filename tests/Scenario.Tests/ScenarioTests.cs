namespace BiopsyFhir.Scenario.Tests;

/// <summary>Every folder below tests/Scenarios. A failing one prints what differs; <c>-- assess</c> shows its whole answer.</summary>
public class ScenarioTests
{
    public static TheoryData<string> Folders => [.. Scenario.Names];

    [Theory, MemberData(nameof(Folders))]
    public void A_patient_gets_what_a_careful_haematologist_wants(string folder)
    {
        var scenario = Scenario.Run(folder);
        var differences = Compare.Differences(scenario).ToList();
        Assert.True(differences.Count == 0, $"{folder}: {scenario.Expected["case"]}\n    {string.Join("\n    ", differences)}\n");
    }
}
