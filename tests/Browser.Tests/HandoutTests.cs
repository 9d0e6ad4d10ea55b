using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Domain;
using BiopsyFhir.Testing;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>The handout as a web page, in each language with every block that any patient may get, in a browser.</summary>
public sealed class HandoutTests : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Chromium) is not null) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await Demo.StartChromiumAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    [ChromiumTheory]
    [InlineData("en", "ltr")]
    [InlineData("es", "ltr")]
    [InlineData("tr", "ltr")]
    [InlineData("ar", "rtl")] // English words in a text whose data say that it runs from right to left
    public async Task It_has_no_violation_that_axe_can_see_and_runs_as_its_language_does(string language, string direction)
    {
        foreach (var layout in (HandoutLayout[])[new(), new(LargePrint: true)])
        {
            var tab = await OpenAsync(Everything(language), layout);
            await tab.AssertAccessibleAsync();
            Assert.Equal($"{language} {direction}", await tab.Page.EvaluateAsync<string>("() => document.documentElement.lang + ' ' + document.documentElement.dir"));
            // Headings, cells and bullets begin where the language begins.
            var starts = await tab.Page.EvaluateAsync<string[]>("""
                () => [...document.querySelectorAll('h1, li, th')].map(e => {
                  const range = document.createRange(); range.selectNodeContents(e);
                  const [text, box] = [range.getBoundingClientRect(), e.getBoundingClientRect()];
                  return box.right - text.right < 24 && getComputedStyle(e).direction === 'rtl' ? 'rtl' : text.left - box.left < 24 ? 'ltr' : e.outerHTML;
                })
                """);
            Assert.All(starts, start => Assert.Equal(direction, start));
            // On a narrow screen nothing is cut off.
            await tab.Page.SetViewportSizeAsync(320, 640);
            var wide = await tab.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321 || e.getBoundingClientRect().left < -1).map(e => e.outerHTML.slice(0, 80))");
            Assert.True(wide.Length == 0, $"320 pixels are not enough: {string.Join('\n', wide)}");
            Assert.Empty(tab.Troubles);
            await tab.ScreenshotAsync($"handout-{language}-{(layout.LargePrint ? "large" : "usual")}");
        }
    }

    private async Task<Tab> OpenAsync(Handout handout, HandoutLayout layout)
    {
        var tab = new Tab(await _browser!.NewPageAsync(), "about:blank");
        await tab.Page.SetContentAsync(HandoutHtml.Render(handout, layout));
        return tab;
    }

    /// <summary>All sections with all their blocks, dates, tests and an interpreter's line.</summary>
    private static Handout Everything(string language)
    {
        var (faults, files) = (new Faults(), Knowledge.Read(null));
        var rightToLeft = Encoding.UTF8.GetString(files.ByName["education/en.json"].Span).Replace("\"language\": \"en\"", "\"language\": \"ar\"", StringComparison.Ordinal)
            .Replace("\"direction\": \"ltr\"", "\"direction\": \"rtl\"", StringComparison.Ordinal);
        var texts = HandoutTexts.Read(new(files.ByName.SetItem("education/ar.json", Encoding.UTF8.GetBytes(rightToLeft))), faults, new PolicyShelf(new()).Default.Citations.Keys.ToHashSet());
        Assert.Empty(faults.All);
        var text = texts.ByLanguage[language];
        var day = text.Date(new(2026, 3, 18));
        return new()
        {
            Text = text,
            Personal = [text.Say("biopsyAt", ("date", day), ("time", "08:00")), text.Say("lastDose", ("drug", "apixaban (Eliquis 5 mg tablet)"), ("date", day)), text.Say("askFirst", ("drug", "warfarin"))],
            Tests = [.. text.Tests.Values.Select(test => text.Say("testDue", ("test", test), ("date", day)))],
            Sections = text.Sections,
            Facility = new("555-0100", "555-0101", "https://hospital.example/marrow"),
            InterpreterLine = text.Words["interpreter"],
        };
    }
}
