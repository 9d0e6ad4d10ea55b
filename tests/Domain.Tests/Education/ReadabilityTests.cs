using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace BiopsyFhir.Domain.Tests.Education;

/// <summary>Every variant in every language can be read by the people it is for (evidence 5.3), and says the same numbers.</summary>
public partial class ReadabilityTests(ITestOutputHelper output)
{
    private static readonly HandoutTexts Texts = Read();

    public static TheoryData<string> Languages => [.. Texts.ByLanguage.Keys];

    [Fact]
    public void English_Spanish_and_Turkish_are_there() => Assert.Equal(["en", "es", "tr"], Texts.ByLanguage.Keys);

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_variant_is_easy_to_read(string language)
    {
        var text = Texts.ByLanguage[language];
        var hard = Variants().Select(v => (v, score: Score(language, Readability.Sentences(Prose(text, v))))).Where(s => !s.score.Easy).ToList();
        var scores = Variants().Select(v => Score(language, Readability.Sentences(Prose(text, v))).Value).ToList();
        output.WriteLine($"{language}: {scores.Min():0.0} to {scores.Max():0.0} over {scores.Count} variants");
        Assert.True(hard.Count == 0, string.Join("\n", hard.Select(h => $"{string.Join('+', h.v)}: {h.score.Value:0.0}")));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void No_sentence_has_more_than_20_words(string language)
    {
        var text = Texts.ByLanguage[language];
        var all = text.Sections.SelectMany(s => Pieces(s, s.Blocks)).Concat(text.Words.Values).Concat(text.Tests.Values);
        Assert.DoesNotContain(Readability.Sentences(all), s => Readability.Words(s).Count > 20);
    }

    /// <summary>A translation that says another number of hours, days or tests is a clinical fault.</summary>
    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_says_the_same_numbers_in_the_same_section(string language)
    {
        var (english, other) = (Texts.ByLanguage["en"], Texts.ByLanguage[language]);
        foreach (var section in english.Sections)
            Assert.Equal((section.Id, Numbers(section)), (section.Id, Numbers(other.Sections.Single(s => s.Id == section.Id))));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_has_the_same_sections_variants_and_sources(string language)
    {
        var (english, other) = (Texts.ByLanguage["en"], Texts.ByLanguage[language]);
        Assert.Equal(english.Sections.Select(Shape), other.Sections.Select(Shape));
        Assert.Equal(english.Words.Keys.Order(StringComparer.Ordinal), other.Words.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, pattern) in english.Words.Where(w => w.Key is not "date" and not "interpreter"))
            Assert.Equal((key, Places(pattern)), (key, Places(other.Words[key])));
        Assert.Equal(english.Tests.Keys, other.Tests.Keys);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_section_with_a_number_names_its_source(string language) =>
        Assert.All(Texts.ByLanguage[language].Sections.Where(s => Numbers(s).Length > 0), s => Assert.NotEmpty(s.Citations));

    /// <summary>Single sentences, reminders among them, have no place for a source: a number in one would stand there without any.</summary>
    [Theory]
    [MemberData(nameof(Languages))]
    public void What_can_name_no_source_says_no_number(string language) =>
        Assert.All(Texts.ByLanguage[language].Words, word => Assert.DoesNotMatch(Number(), word.Value));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_source_is_one_that_can_be_looked_up(string language) =>
        Assert.All(Texts.ByLanguage[language].Sections.SelectMany(s => s.Citations).Distinct(), key => Assert.True(Knowledge.P1.Citations[key] is { Text.Length: > 10 }, key));

    [Theory]
    [InlineData("biopsy", 3)]
    [InlineData("needle", 2)]
    [InlineData("taken", 2)]
    [InlineData("numbed", 1)]
    [InlineData("the", 1)]
    public void English_syllables(string word, int count) => Assert.Equal(count, Readability.EnglishSyllables(word));

    [Theory]
    [InlineData("médula", 3)]
    [InlineData("hueso", 2)]
    [InlineData("biopsia", 2)]
    [InlineData("días", 2)]
    [InlineData("aguja", 3)]
    [InlineData("quiere", 2)]
    [InlineData("leer", 2)]
    public void Spanish_syllables(string word, int count) => Assert.Equal(count, Readability.SpanishSyllables(word));

    [Theory]
    [InlineData("kemik", 2)]
    [InlineData("iliği", 3)]
    [InlineData("ağrı", 2)]
    public void Turkish_syllables(string word, int count) => Assert.Equal(count, Readability.TurkishSyllables(word));

    private static (double Value, bool Easy) Score(string language, IReadOnlyList<string> sentences) => language switch
    {
        "en" => Readability.FleschKincaid(sentences) is var grade ? (grade, grade <= 6.0) : default,
        "es" => Readability.FernandezHuerta(sentences) is var ease ? (ease, ease >= 70) : default,
        "tr" => Readability.Atesman(sentences) is var ease ? (ease, ease >= 70) : default,
        _ => throw new NotSupportedException($"No measure for {language}: add one with the language."),
    };

    /// <summary>Adult or child, with or without sedation or not known, and every set of the rest.</summary>
    private static IEnumerable<HashSet<HandoutWhen>> Variants()
    {
        HandoutWhen[] free = [HandoutWhen.Pregnancy, HandoutWhen.BloodThinner, HandoutWhen.LowPlatelets, HandoutWhen.RepeatBiopsy, HandoutWhen.Sternum];
        foreach (var age in (HandoutWhen[])[HandoutWhen.Adult, HandoutWhen.Child])
            foreach (var sedation in (HandoutWhen[])[HandoutWhen.Sedation, HandoutWhen.NoSedation, HandoutWhen.SedationUnknown])
                for (var bits = 0; bits < 1 << free.Length; bits++)
                    yield return [age, sedation, .. free.Where((_, i) => (bits >> i & 1) == 1)];
    }

    /// <summary>What is read as sentences: no heading, no cell, no caption, which would make every text look easy.</summary>
    private static IEnumerable<string> Prose(HandoutText text, HashSet<HandoutWhen> variant) =>
        text.Sections.SelectMany(s => s.Blocks).Where(b => b.When.All(variant.Contains)).SelectMany(b => b switch
        {
            HandoutBlock.Paragraph p => [p.Text],
            HandoutBlock.Bullets l => l.Items,
            HandoutBlock.Question q => [q.Answer],
            _ => Array.Empty<string>() as IEnumerable<string>,
        });

    private static IEnumerable<string> Pieces(HandoutSection section, IEnumerable<HandoutBlock> blocks) => blocks.SelectMany(b => b switch
    {
        HandoutBlock.Paragraph p => [p.Text],
        HandoutBlock.Bullets l => l.Items,
        HandoutBlock.Question q => [q.Asked, q.Answer],
        HandoutBlock.Table t => t.Rows.SelectMany(r => r),
        HandoutBlock.Drawing d => [d.Alt],
        _ => Array.Empty<string>() as IEnumerable<string>,
    }).Prepend(section.Heading);

    /// <summary>Numbers in order of size, as digits only: 1,250 and 1.250 are one number, so are 38.0 and 38,0.</summary>
    private static string Numbers(HandoutSection section) => string.Join(' ', Pieces(section, section.Blocks)
        .SelectMany(p => Number().Matches(p)).Select(m => m.Value.Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal))
        .OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal));

    private static string Shape(HandoutSection section) =>
        $"{section.Id} [{string.Join(',', section.When)}] {string.Join(" | ", section.Blocks.Select(b => $"{b.GetType().Name} {string.Join('+', b.When)} {(b as HandoutBlock.Drawing)?.Name}{(b as HandoutBlock.Table)?.Rows.Length}"))} < {string.Join(' ', section.Citations)}";

    private static string Places(string pattern) => string.Join(' ', Place().Matches(pattern).Select(m => m.Value).Order(StringComparer.Ordinal));

    private static HandoutTexts Read()
    {
        var faults = new Faults();
        var texts = HandoutTexts.Read(Knowledge.Files, faults, Knowledge.P1.Citations.Keys.ToHashSet());
        Assert.Empty(faults.All);
        return texts;
    }

    [GeneratedRegex(@"\d+(?:[.,]\d+)*")]
    private static partial Regex Number();

    [GeneratedRegex(@"\{[a-z]+\}")]
    private static partial Regex Place();
}
