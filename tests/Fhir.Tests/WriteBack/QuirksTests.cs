using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

public sealed class QuirksTests
{
    [Fact]
    public void A_preset_and_switches_on_top()
    {
        var (quirks, faults) = Quirks.Read(["oracle-like", "no-create:Task", "create:CarePlan", "no-medication-include"]);
        Assert.Empty(faults);
        Assert.True(quirks is { OneAttachment: true, AuthorRequired: true, NoMedicationInclude: true });
        Assert.Equal(["Task"], quirks!.NoCreate);
        Assert.Equal(["CarePlan"], quirks.CreateUnannounced);
        Assert.Equal("oracle-like no-create:Task create:CarePlan no-medication-include", quirks.Name);
    }

    [Fact]
    public void Nothing_configured_is_open() => Assert.Equal(Quirks.Open, Quirks.Read([]).Quirks);

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var (quirks, faults) = Quirks.Read(["epic-like", "oracle-like", "no-create:Patient", "pdf"]);
        Assert.Null(quirks);
        Assert.Equal(3, faults.Length);
        Assert.StartsWith("Several presets: epic-like, oracle-like.", faults[0], StringComparison.Ordinal);
        Assert.StartsWith("Unknown quirk 'no-create:Patient'.", faults[1], StringComparison.Ordinal);
        Assert.Contains("pdf-only", faults[2], StringComparison.Ordinal);
    }
}
