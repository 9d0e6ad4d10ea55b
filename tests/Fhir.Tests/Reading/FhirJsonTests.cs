using System.Text;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

public class FhirJsonTests
{
    private static IReadOnlyList<ReadFault> Faults(byte[] bytes)
    {
        if (FhirJson.Parse(bytes) is JsonRead.Refused refused) return refused.Faults;
        throw new InvalidOperationException("It was accepted.");
    }

    private static IReadOnlyList<ReadFault> Faults(string text) => Faults(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("""{"a":1,"b":{"c":2,"c":3}}""", "#/b/c")]
    [InlineData("""{"entry":[{},{"x":[{"id":"1","id":"1"}]}]}""", "#/entry/1/x/0/id")]
    [InlineData("""{"\u0061":1,"a":2}""", "#/a")]
    public void A_key_that_is_there_twice_is_refused_and_its_place_said(string json, string where)
    {
        Assert.Equal(new ReadFault(where, "the key is there twice"), Assert.Single(Faults(json)));
    }

    [Fact]
    public void Every_duplicate_is_said_at_once()
    {
        Assert.Equal(["#/a", "#/b/0/c"], Faults("""{"a":1,"a":2,"b":[{"c":1,"c":1}]}""").Select(f => f.Where));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Sixty_four_levels_are_the_limit(int levels, bool accepted)
    {
        var json = new string('[', levels) + new string(']', levels);
        Assert.Equal(accepted, FhirJson.Parse(Encoding.UTF8.GetBytes(json)) is JsonRead.Ok);
        if (!accepted) Assert.Contains("64 levels", Assert.Single(Faults(json)).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_accepted() =>
        Assert.IsType<JsonRead.Ok>(FhirJson.Parse((byte[])[0xEF, 0xBB, 0xBF, .. "{}"u8]));

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_with_the_place_of_the_first() =>
        Assert.Equal(new ReadFault("byte 7", "is not UTF-8"), Assert.Single(Faults([.. "{\"a\":\""u8, 0xE9, .. "\"}"u8])));

    [Theory]
    [InlineData("""{"a":"\ud83d"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""{"a":"\uD83Dx"}""")]
    public void Half_a_surrogate_pair_is_refused(string json) => Assert.Contains("surrogate", Assert.Single(Faults(json)).What, StringComparison.Ordinal);

    [Fact]
    public void A_whole_surrogate_pair_is_text()
    {
        using var document = Charts.Json("""{"a":"\ud83d\ude00"}""");
        Assert.Equal("😀", document.RootElement.Text("a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"a\":1,}")]
    [InlineData("// note\n{}")]
    [InlineData("{} {}")]
    [InlineData("NaN")]
    [InlineData("{\"a\":01}")]
    public void What_is_not_json_is_refused(string text) => Assert.NotEmpty(Faults(text));

    [Fact]
    public void A_syntax_fault_says_its_line()
    {
        var fault = Assert.Single(Faults("{\n\"entry\": [\n{\"a\" 1}]}"));
        Assert.StartsWith("line 3", fault.Where, StringComparison.Ordinal);
        Assert.Contains("#/entry/0", fault.What, StringComparison.Ordinal);
    }
}
