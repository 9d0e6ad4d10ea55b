using System.Text;
using BiopsyFhir.Fhir.Firely;
using BiopsyFhir.Peers.Tests.Fhir;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Firely.Tests;

/// <summary>Everything we write is R4, and US Core where it says so, also to the SDK of Firely.</summary>
public sealed class WrittenTests(WrittenTests.Definitions definitions) : IClassFixture<WrittenTests.Definitions>
{
    /// <summary>HL7's definitions take seconds to unpack; once is enough.</summary>
    public sealed class Definitions
    {
        public ValidateR4 Validate { get; } = new(null, Repository.Path("tests/peers/definitions"), "http://hl7.org/fhir/us/core/StructureDefinition/us-core-careplan");
    }

    public static TheoryData<string> Written() => [.. WrittenCases.All.Keys];

    [Theory, MemberData(nameof(Written))]
    public void What_we_write_is_valid(string name)
    {
        var json = WrittenCases.All[name]();
        var faults = definitions.Validate.FaultsOf(json);
        Assert.True(faults.Count == 0, string.Join('\n', faults) + "\n" + Encoding.UTF8.GetString(json));
    }

    [Theory]
    [InlineData("\"status\":\"active\"", "\"status\":\"activ\"")]
    [InlineData("\"intent\":", "\"intention\":")]
    [InlineData("\"resourceType\":\"CarePlan\"", "\"resourceType\":\"CarePlan\",\"period\":{\"start\":\"2026-02-30\"}")]
    [InlineData("\"code\":\"assess-plan\"", "\"code\":\"asess-plan\"")] // US Core asks for this slice
    [InlineData("\"category\":[", "\"category\":[7,")]
    public void A_fault_would_be_found(string good, string bad)
    {
        var json = Encoding.UTF8.GetString(WrittenCases.All["care plan"]());
        Assert.Contains(good, json, StringComparison.Ordinal);
        Assert.NotEmpty(definitions.Validate.FaultsOf(Encoding.UTF8.GetBytes(json.Replace(good, bad, StringComparison.Ordinal))));
    }
}
