using System.Text;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;

namespace BiopsyFhir.Api.Tests.Security;

public sealed class OutsideJsonTests
{
    public static TheoryData<string> NotOne => new(
        "", "null", "[]", "\"x\"", "{", """{"a":1,"a":2}""", """{"a":"\ud800"}""", """{"a":["x",{"b":"\udc00"}]}""", """{"\ud800":1}""", """{"a":1}{""", "{}//", new string('[', 40),
        string.Concat(Enumerable.Repeat("""{"a":""", 33)) + "1" + new string('}', 33));

    [Theory]
    [MemberData(nameof(NotOne))]
    public void What_is_no_whole_JSON_object_is_none(string body) => Assert.Null(OutsideJson.ReadObject(body));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":"\ud83e\ude78","b":[null,1e400,{"a":"\u0000"}]}""")]
    public void A_whole_JSON_object_is_read(string body) => Assert.NotNull(OutsideJson.ReadObject(body));

    [Fact]
    public void Thirty_two_levels_are_read() => Assert.NotNull(OutsideJson.ReadObject(string.Concat(Enumerable.Repeat("""{"a":""", 32)) + "1" + new string('}', 32)));

    /// <summary>Found by the fuzzer: each ended as a defect of ours.</summary>
    [Theory]
    [InlineData("""{"authorization_endpoint":"\ud800","token_endpoint":"https://ehr.example.org/token"}""")]
    [InlineData("""{"authorization_endpoint":"http://[::1","token_endpoint":"https://ehr.example.org/token"}""")]
    [InlineData("""{"authorization_endpoint":"https://ehr.example.org:99999/","token_endpoint":"https://ehr.example.org/token"}""")]
    public void An_endpoint_that_is_no_address_stops_the_launch_in_words(string document) =>
        Assert.NotEmpty(Assert.Throws<LaunchStoppedException>(() => DiscoverServer.Read(Ehr, document)).Stop.What);

    [Theory]
    [InlineData("""{"rest":[[]]}""")]
    [InlineData("""{"rest":["x"]}""")]
    [InlineData("""{"rest":[{"security":[]}]}""")]
    public void A_CapabilityStatement_of_the_wrong_shape_stops_the_launch_in_words(string document) =>
        Assert.NotEmpty(Assert.Throws<LaunchStoppedException>(() => DiscoverServer.ReadMetadata(Ehr, document)).Stop.What);

    [Fact]
    public void Feedback_with_half_a_surrogate_pair_is_refused_in_words()
    {
        var faults = new List<Fault>();
        Assert.Empty(ReadFeedback.From(Encoding.UTF8.GetBytes("""{"feedback":[{"card":"\ud800"}]}"""), faults));
        Assert.NotEmpty(Assert.Single(faults).Detail);
    }

    private static readonly EhrOptions Ehr = new() { Key = "Ehrs:0", Id = "north", Issuer = "https://ehr.example.org/fhir", ClientId = "biopsy" };
}
