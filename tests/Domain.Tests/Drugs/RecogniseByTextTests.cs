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

    /// <summary>Lines that are read wrongly today; each stands on the accuracy page. A line that is read rightly must leave this list.</summary>
    private static readonly string[] ReadWrongly = ["eliquous 5 mg"];

    [Theory, MemberData(nameof(Lines))]
    public void A_line_is_read_as_a_careful_reader_would(string text)
    {
        var expected = FreeText.All.Single(l => l.Text == text);
        var read = expected.AsRead();
        var (wanted, got) = ((string.Join('+', expected.Ingredients), expected.Systemic, expected.Doubt), (string.Join('+', read.Ingredients), read.Systemic, read.Doubt));
        if (ReadWrongly.Contains(text)) Assert.NotEqual(wanted, got);
        else Assert.Equal(wanted, got);
    }

    [Fact]
    public void Other_medicines_are_neither_recognised_nor_asked_about()
    {
        var others = AccuracyTests.OtherMedicines();
        Assert.True(others.Count > 800);
        var list = Entries.Read([.. others.Select((n, i) => Entries.Order($"{n} 10 mg tablet", number: i))]);
        Assert.Empty(list.Medicines.Select(m => m.Summary));
        Assert.Empty(list.NotJudged.Select(n => $"{n.What} {n.Why}"));
        Assert.All(list.Rows, r => Assert.Equal(RecognisedBy.None, r.RecognisedBy));
    }

    [Theory]
    [InlineData("xarellto", "xarelto")]
    [InlineData("rivoraxaban", "rivaroxaban")]
    [InlineData("warfanin", "warfarin")]
    [InlineData("hepairn", "heparin")]
    public void A_slip_of_the_pen_is_a_question_and_no_medicine(string text, string near)
    {
        var list = Entries.Read(Entries.Order(text));
        Assert.Empty(list.Medicines);
        Assert.Contains(list.NotJudged, n => n.Hides == MightHide.Antithrombotic && n.Why.Contains($"comes close to {near}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_slip_beside_the_right_name_is_no_question() => Assert.Empty(Entries.Read(Entries.Order("warfanin (warfarin) 5 mg")).NotJudged);

    [Theory]
    [InlineData("no aspirin, clopidogrel 75 mg", "clopidogrel")]
    [InlineData("Aspirin 81 mg No. 30", "aspirin")]
    [InlineData("allergies: no. warfarin 5 mg", "warfarin")]
    [InlineData("avoid aspirin; takes warfarin", "warfarin")]
    [InlineData("hold aspirin", "aspirin")]
    public void A_denial_reaches_only_what_it_stands_beside(string text, string ingredient) =>
        Assert.Equal([ingredient], Entries.Read(Entries.Order(text)).Medicines.Select(m => m.Ingredient));
}
