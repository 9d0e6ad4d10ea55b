using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>What is kept between patients: words of a terminology, never words of a patient.</summary>
public class SharedConceptTests
{
    private static Concept CodeOf(string code) => Charts.Result("""{"resourceType":"Observation","id":"1","status":"final","valueQuantity":{"value":9,"unit":"g/dL"},"code":""" + code + "}").Code;

    [Theory]
    [InlineData("""{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}],"text":"Hemoglobin"}""")]
    [InlineData("""{"coding":[{"system":"http://loinc.org","code":"718-7"}]}""")]
    public void A_concept_of_a_terminologys_words_is_one_instance_in_the_charts_of_all(string code)
    {
        Assert.True(CodeOf(code).Shared);
        Assert.Same(CodeOf(code), CodeOf(code));
    }

    [Theory]
    [InlineData("""{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}],"text":"Hemoglobin of Jane Doe"}""")]
    [InlineData("""{"text":"Hemoglobin"}""")]
    [InlineData("""{"coding":[{"code":"718-7","display":"told by her sister"}]}""")]
    [InlineData("""{"coding":[{"system":"http://loinc.org","display":"told by her sister"}]}""")]
    public void Words_that_may_be_anybodys_are_not_kept_for_the_next_chart(string code)
    {
        Assert.False(CodeOf(code).Shared);
        Assert.NotSame(CodeOf(code), CodeOf(code));
    }

    [Fact]
    public void More_than_can_be_kept_pushes_out_the_oldest_and_reads_right_all_the_same()
    {
        for (var round = 0; round < 2; round++)
            for (var n = 0; n < 40_000; n++)
            {
                using var document = FhirDocument.Of($$"""{"code":"c-{{n}}"}""");
                Assert.Equal($"c-{n}", document.RootElement.CodeText("code"));
            }
    }

    [Fact]
    public async Task Many_threads_read_the_same_texts_right()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(start => Task.Run(() =>
        {
            for (var n = 0; n < 20_000; n++)
            {
                var text = $"t-{(n * 7 + start) % 9_000}";
                using var document = FhirDocument.Of($$"""{"code":"{{text}}"}""");
                Assert.Equal(text, document.RootElement.CodeText("code"));
            }
        })));
    }

    [Theory]
    [InlineData("Http/1")]
    [InlineData("http/1")]
    public void An_address_that_is_only_a_type_and_an_id_has_no_server(string address) => Assert.Null(References.BaseOf(address));
}
