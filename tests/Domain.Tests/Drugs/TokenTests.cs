namespace BiopsyFhir.Domain.Tests.Drugs;

public class TokenTests
{
    private static string Words(string text) => string.Join(' ', Token.Of(text).Select(t => t.Text));

    [Theory]
    [InlineData("KAN SULANDIRICI İLAÇ", "kan sulandirici ilac")]
    [InlineData("İBUPROFEN ıspanak", "ibuprofen ispanak")]
    [InlineData("ácido acetilsalicílico", "acido acetilsalicilico")]
    [InlineData("Blutverdünner Weißdorn", "blutverdunner weissdorn")]
    [InlineData("cœur énoxaparine", "coeur enoxaparine")]
    [InlineData("WARFARI\u0307N a\u0301cido", "warfarin acido")]
    [InlineData("war\u00adfa\u200brin", "warfarin")]
    [InlineData("75mg B12 P2Y12", "75 mg b 12 p 2 y 12")]
    [InlineData("Aspirin'i l'aspirine", "aspirin i l aspirine")]
    [InlineData("2.5 2,5 25,000 1.000.000 1,234.5 1.234,5", "2.5 2.5 25000 1000000 1234.5 1234.5")]
    [InlineData("0,125 5.000 ½", "0.125 5 0.5")]
    [InlineData("50 µg", "50 ug")]
    public void Words_are_folded_without_culture_data(string text, string words) => Assert.Equal(words, Words(text));

    [Fact]
    public void A_number_beyond_reason_is_no_number_that_a_rule_uses() => Assert.Equal(0, Token.Of(new string('9', 60))[0].Number);

    [Fact]
    public void Nothing_gives_nothing()
    {
        Assert.Empty(Token.Of(null));
        Assert.Empty(Token.Of(" \n -- ()"));
    }

    /// <summary>
    /// No backtracking to lean on: a text of 150,000 words takes seconds. Were it quadratic, it would take minutes; the
    /// limit is wide, so that a busy machine does not fail it.
    /// </summary>
    [Theory]
    [InlineData("no ")]
    [InlineData("low molecular weight ")]
    [InlineData("aspirin or ")]
    [InlineData("1-")]
    [InlineData("every 4 ")]
    [InlineData("xarell ")]
    [InlineData("excedrin no warfarin ")]
    [InlineData("diclofenac gel 1% ")]
    public async Task A_text_made_to_be_slow_is_read_all_the_same(string pattern)
    {
        var text = string.Concat(Enumerable.Repeat(pattern, 150_000 / pattern.Count(c => c is ' ' or '-')));
        var reading = Task.Run(() => Entries.Read(Entries.Order(text).Taking(new Dosage { Text = text, Route = new([], text) })));
        Assert.Same(reading, await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMinutes(3))));
    }

    [Fact]
    public void One_word_as_long_as_a_book_is_read_all_the_same()
    {
        var read = NamesInText.Read(new string('a', 1_000_000), Knowledge.P1.Catalogue.Drugs);
        Assert.True(read.Readable);
        Assert.Empty(read.Resembles);
    }
}
