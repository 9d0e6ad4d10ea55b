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

    /// <summary>Outside the sandbox: English has been reviewed, the wanted language has not.</summary>
    [Fact]
    public void Where_only_English_is_reviewed_it_goes_out_with_the_request_for_an_interpreter_in_the_patients_own_language()
    {
        var texts = Read(Knowledge.With("education/en.json", Knowledge.Text("education/en.json")
            .Replace("\"reviewer\": null", "\"reviewer\": \"Dr. Test\"", StringComparison.Ordinal).Replace("\"reviewDate\": null", "\"reviewDate\": \"2026-11-01\"", StringComparison.Ordinal)));
        var spanish = Ready(WriteHandout.From(null, texts, "es", Patients.Snapshot().Facility, allowUnreviewed: false));
        Assert.Equal(("en", texts.ByLanguage["es"].Words["interpreter"]), (spanish.Text.Language, spanish.InterpreterLine));
        Assert.Contains("intérprete", spanish.InterpreterLine);
        Assert.Null(Ready(WriteHandout.From(null, texts, "en", Patients.Snapshot().Facility, allowUnreviewed: false)).InterpreterLine);
        Assert.Equal("es", Ready(WriteHandout.From(null, texts, "es", Patients.Snapshot().Facility, allowUnreviewed: true)).Text.Language);
    }

    [Fact]
    public void In_a_text_that_runs_from_right_to_left_every_name_and_number_put_in_keeps_its_own_direction()
    {
        var arabic = Read(RightToLeft("rtl")).ByLanguage["ar"];
        Assert.Equal("\u2068apixaban (Eliquis 5 mg)\u2069: keep taking it.", arabic.Say("keepTaking", ("drug", "apixaban (Eliquis 5 mg)")));
        Assert.Equal("apixaban: keep taking it.", Texts.ByLanguage["en"].Say("keepTaking", ("drug", "apixaban")));
    }

    [Fact]
    public void A_direction_that_is_none_is_refused()
    {
        var faults = new Faults();
        HandoutTexts.Read(RightToLeft("right"), faults, Knowledge.P1.Citations.Keys.ToHashSet());
        Assert.Equal(["education/ar.json/direction: is ltr or rtl"], faults.All);
    }

    private static KnowledgeFiles RightToLeft(string direction) => Knowledge.With("education/ar.json", Knowledge.Text("education/en.json")
        .Replace("\"language\": \"en\"", "\"language\": \"ar\"", StringComparison.Ordinal).Replace("\"direction\": \"ltr\"", $"\"direction\": \"{direction}\"", StringComparison.Ordinal));

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
