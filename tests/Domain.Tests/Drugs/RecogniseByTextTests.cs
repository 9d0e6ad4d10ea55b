namespace BiopsyFhir.Domain.Tests.Drugs;

public class RecogniseByTextTests
{
    public static TheoryData<string> Lines => [.. FreeText.All.Select(l => l.Text)];

    [Fact]
    public void The_corpus_is_as_large_as_it_claims_and_each_line_stands_once()
    {
        Assert.True(FreeText.All.Length >= 300);
        Assert.True(FreeText.All.Count(l => l.Trap) >= 80);
        Assert.Equal(FreeText.All.Length, FreeText.All.Select(l => l.Text).Distinct().Count());
        Assert.All(FreeText.All.SelectMany(l => l.Ingredients), i => Assert.NotNull(Knowledge.P1.Catalogue.Drugs.Find(i)));
    }

    [Theory, MemberData(nameof(Lines))]
    public void A_line_is_read_as_a_careful_reader_would(string text)
    {
        var expected = FreeText.All.Single(l => l.Text == text);
        var read = expected.AsRead();
        Assert.Equal((string.Join('+', expected.Ingredients), expected.Systemic, expected.Doubt), (string.Join('+', read.Ingredients), read.Systemic, read.Doubt));
    }
}
