namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>A number without a name may be the platelet count: it is listed, and how many there are, never dropped. Biopsy on 18 March 2026.</summary>
public class NamelessResultTests
{
    private static ResultRecord Nameless(int number, string? date = "2026-03-11") =>
        Lab.Result("", 21, "10*3/uL", date, reference: $"Observation/{number}") with { Code = Concept.Empty };

    private static System.Collections.Immutable.ImmutableArray<NotJudged> Read(params IEnumerable<ResultRecord> results) => Lab.Read([.. results]).NotJudged;

    [Theory]
    [InlineData(1, "A result without a readable name (Observation/1)")]
    [InlineData(2, "2 results without a readable name (Observation/1, Observation/2)")]
    [InlineData(5, "5 results without a readable name (Observation/1, Observation/2, Observation/3, Observation/4, Observation/5)")]
    [InlineData(6, "6 results without a readable name (Observation/1, Observation/2, Observation/3, Observation/4, Observation/5, …)")]
    public void They_are_counted_and_the_first_five_are_named(int many, string what)
    {
        var said = Assert.Single(Read(Enumerable.Range(1, many).Select(n => Nameless(n))));
        Assert.Equal((what, MightHide.SafetyLab), (said.What, said.Hides));
    }

    /// <summary>No safety lab counts for longer than 30 days (labs.json, safety).</summary>
    [Theory]
    [InlineData("2026-02-16", MightHide.SafetyLab)]
    [InlineData("2026-02-15", MightHide.Other)]
    [InlineData(null, MightHide.SafetyLab)]
    public void On_the_last_day_of_the_longest_window_it_may_still_be_a_safety_lab(string? date, MightHide hides)
    {
        var said = Assert.Single(Read(Nameless(1, date)));
        Assert.Equal((hides, hides == MightHide.Other), (said.Hides, said.Why.StartsWith("Too old for a safety lab.", StringComparison.Ordinal)));
    }

    /// <summary>A LOINC code that is not ours says that it is another test; a code of the laboratory's own says nothing.</summary>
    [Theory]
    [InlineData("http://loinc.org", "2161-8", null, 0)]
    [InlineData("http://loinc.org", "", null, 1)]
    [InlineData("urn:laboratory", "PLT", null, 1)]
    [InlineData("urn:laboratory", "X17", "Vitamin D", 0)]
    public void A_code_of_the_laboratory_s_own_is_no_name(string system, string code, string? display, int said) =>
        Assert.Equal(said, Read(Nameless(1) with { Code = new Concept([new Code(system, code, display)], null) }).Length);

    [Fact]
    public void Recent_ones_come_before_old_ones() =>
        Assert.Equal([MightHide.SafetyLab, MightHide.Other], Read(Nameless(1, "2020-01-01"), Nameless(2)).Select(n => n.Hides));
}
