using System.Globalization;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Cds;
using static BiopsyFhir.Api.Tests.Cds.CardWorld;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Words from charts in summary and detail: no sign of Markdown or HTML keeps its power, and nothing is cut inside a character.</summary>
public sealed class CardTextTests(CardWorld world) : IClassFixture<CardWorld>
{
    public static TheoryData<string> Words => new(
        "Kan sulandırıcı ilaç (ĞÜŞİÖÇ ğüşıöç)",
        "anticoagulante oral – señora Muñoz",
        "مميع للدم 5 مجم",
        "מדלל דם 5 מ\"ג",
        "抗凝剂 5毫克",
        "👩🏽‍⚕️👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿 blood thinner",
        "blood thinner \u202Egm 5\u202C",
        "blood thinner <script>alert(1)</script>",
        "blood thinner <img src=x onerror=alert(1)>",
        "blood thinner [click](javascript:alert(1))",
        "blood thinner ![x](https://evil.example/p.png)",
        "blood thinner https://evil.example/?q=1 www.evil.example a@evil.example",
        "blood thinner **bold** _it_ ~~no~~ `code` ```\nfence\n```",
        "# blood thinner",
        "- blood thinner\n- another",
        "1. blood thinner\n2. another",
        "> quoted blood thinner",
        "| blood | thinner |\n|---|---|",
        "blood thinner\n\n---\n\nall clear",
        "blood thinner &lt;b&gt; &amp; &#60;script&#62;",
        "blood thinner \u0000\u0007\u001b[31m",
        "blood thinner \ud800 half",
        "blood thinner \\*not escaped\\*",
        "</p><h1>blood thinner</h1>",
        "\u2066blood thinner\u2069\u200b\ufeff",
        string.Concat(Enumerable.Repeat("blood thinner 👩🏽‍⚕️ ", 60)),
        new string('a', 500) + " blood thinner");

    [Theory, MemberData(nameof(Words))]
    public async Task H_44_whatever_a_chart_says_means_nothing_to_Markdown_or_HTML(string words)
    {
        var found = world.Judge([Draft], Well(Medicine(words.Contains("thinner", StringComparison.Ordinal) ? words : $"{words} blood thinner")), [new(words, words)]);
        var cards = await world.CardsAsync(found); // its shape is checked there: 139, no control characters, JSON
        Assert.NotEmpty(cards);
        foreach (var card in cards)
        {
            var detail = card.Detail();
            Assert.DoesNotContain('<', detail);
            Assert.DoesNotContain("\n---", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("\n# ", detail, StringComparison.Ordinal);
            // Of links only ours: a chart's bracket is always escaped.
            Assert.All(Regex.Matches(detail, @"(?<!\\)\]\(([^)]*)\)"), link => Assert.StartsWith("https://", link.Groups[1].Value, StringComparison.Ordinal));
            Assert.DoesNotMatch(@"(?<!\\)\]\((javascript|https://evil)", detail);
            Assert.DoesNotContain(detail + card.Summary(), IsDangerous);
            Assert.DoesNotContain("https://evil", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("www.evil", detail, StringComparison.Ordinal);
            Assert.DoesNotContain("a@evil", detail, StringComparison.Ordinal);
        }
    }

    private static bool IsDangerous(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200B' or '\uFEFF' || (char.IsControl(c) && c != '\n');

    [Theory]
    [InlineData("a*b_c", "a\\*b\\_c")]
    [InlineData("- x", "\\- x")]
    [InlineData("  12. x", "12\\. x")]
    [InlineData("12.5 mg", "12.5 mg")]
    [InlineData("3) x", "3\\) x")]
    [InlineData("3 x. y", "3 x. y")]
    [InlineData("5 mg. Then", "5 mg. Then")]
    [InlineData("# x", "\\# x")]
    [InlineData("INR < 1.5 & more", "INR &lt; 1.5 &amp; more")]
    [InlineData("a\r\n\r\n  b\tc", "a b c")]
    [InlineData("http://x", "http\\://x")]
    [InlineData("WWW.x.y", "WWW\\.x.y")]
    [InlineData("ilaç 💊", "ilaç 💊")]
    public void H_44_escaping_is_exact(string words, string expected)
    {
        using var text = new CardText();
        Assert.Equal(expected, text.Text(words).Written.ToString());
    }

    [Fact]
    public void H_44_half_of_a_pair_becomes_a_replacement_character()
    {
        using var text = new CardText();
        Assert.Equal("a\uFFFDb", text.Text("a\ud83db").Written.ToString());
        Assert.Equal("a\uFFFDb", CardText.Plain("a\udc8ab"));
    }

    [Fact]
    public void H_40_a_summary_is_cut_between_characters_as_readers_see_them()
    {
        foreach (var unit in new[] { "👩🏽‍⚕️", "é", "🇹🇷", "ğ", "x", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "நி" })
        {
            var words = string.Concat(Enumerable.Repeat(unit, 300));
            for (var lead = 0; lead < 12; lead++)
            {
                var summary = CardText.Summary(new string('a', lead) + words);
                Assert.InRange(summary.Length, 100, 139);
                Assert.EndsWith("…", summary, StringComparison.Ordinal);
                var elements = StringInfo.GetTextElementEnumerator(summary[lead..^1]);
                while (elements.MoveNext()) Assert.Equal(unit, elements.GetTextElement());
            }
        }
    }

    [Fact]
    public void H_40_what_fits_is_left_as_it_is()
    {
        var exact = new string('y', 139);
        Assert.Same(exact, CardText.Summary(exact));
        Assert.Equal(139, CardText.Summary(new string('y', 140)).Length);
        Assert.Equal("one two", CardText.Summary("  one\n\ttwo "));
    }
}
