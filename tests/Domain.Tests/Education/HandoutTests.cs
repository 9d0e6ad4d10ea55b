namespace BiopsyFhir.Domain.Tests.Education;

public class HandoutTests
{
    private static readonly HandoutTexts Texts = Read(Knowledge.Files);

    [Fact]
    public void The_general_leaflet_has_no_date_of_any_medicine()
    {
        var handout = Ready(WriteHandout.From(null, Texts, "en", Patients.Snapshot().Facility, allowUnreviewed: true));
        Assert.Empty(handout.Personal);
        Assert.Contains(handout.Sections, s => s.Id == "emergency");
    }

    /// <summary>Nobody has said yet whether there will be sedation: who eats as usual before it is in danger.</summary>
    [Theory]
    [InlineData("en", "eat and drink as usual", "Ask your team if you may eat and drink")]
    [InlineData("es", "comer y beber como siempre", "Pregunte si puede comer y beber")]
    [InlineData("tr", "Her zamanki gibi yiyip", "Yiyip içebilir misiniz")]
    public void The_general_leaflet_does_not_say_whether_to_eat(string language, string never, string instead)
    {
        var words = string.Join("\n", Ready(WriteHandout.From(null, Texts, language, Patients.Snapshot().Facility, true)).Sections.SelectMany(s => s.Blocks).OfType<HandoutBlock.Paragraph>().Select(p => p.Text));
        Assert.DoesNotContain(never, words);
        Assert.Contains(instead, words);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void The_general_leaflet_of_a_child_speaks_to_the_parents(bool child, bool parents)
    {
        var sections = Ready(WriteHandout.From(null, Texts, "en", Patients.Snapshot().Facility, true, child: child)).Sections;
        Assert.Equal(parents, sections.SelectMany(s => s.Blocks).OfType<HandoutBlock.Paragraph>().Any(p => p.Text.Contains("Stay with your child", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "555")]
    [InlineData("555", null)]
    public void A_missing_phone_number_blocks_publishing_and_says_which(string? unit, string? night)
    {
        var facility = Patients.Snapshot().Facility with { ProcedureUnitPhone = unit, AfterHoursPhone = night };
        var why = Assert.IsType<HandoutResult.Refused>(WriteHandout.From(null, Texts, "en", facility, true)).Why;
        Assert.Contains(unit is null ? "Facility:ProcedureUnitPhone" : "Facility:AfterHoursPhone", Assert.Single(why));
    }

    [Fact]
    public void An_unreviewed_text_needs_the_sites_switch() =>
        Assert.Contains("Education:AllowUnreviewed", Assert.IsType<HandoutResult.Refused>(WriteHandout.From(null, Texts, "en", Patients.Snapshot().Facility, false)).Why[0]);

    [Fact]
    public void A_language_that_is_not_there_gives_English_and_says_interpreter()
    {
        var handout = Ready(WriteHandout.From(null, Texts, "vi", Patients.Snapshot().Facility, true));
        Assert.Equal("en", handout.Text.Language);
        Assert.Contains("interpreter", handout.InterpreterLine);
    }

    [Fact]
    public void A_text_file_with_an_unknown_word_or_a_missing_sentence_is_refused()
    {
        var faults = new Faults();
        HandoutTexts.Read(Knowledge.With("education/en.json", Knowledge.Text("education/en.json").Replace("\"no-sedation\"", "\"sometimes\"", StringComparison.Ordinal)
            .Replace("\"lastDoseAt\"", "\"lastDoseWhen\"", StringComparison.Ordinal)), faults, Knowledge.P1.Citations.Keys.ToHashSet());
        Assert.Contains(faults.All, f => f.Contains("'sometimes'", StringComparison.Ordinal));
        Assert.Contains(faults.All, f => f == "education/en.json/words/lastDoseAt: is missing");
    }

    private static Handout Ready(HandoutResult result) => Assert.IsType<HandoutResult.Ready>(result).Handout;

    private static HandoutTexts Read(KnowledgeFiles files)
    {
        var faults = new Faults();
        var texts = HandoutTexts.Read(files, faults, Knowledge.P1.Citations.Keys.ToHashSet());
        Assert.Empty(faults.All);
        return texts;
    }
}
