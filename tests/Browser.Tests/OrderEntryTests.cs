using BiopsyFhir.Testing;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>A clinician at the demo EHR's order entry, and the page on which the keepers of the rules see what became of the cards.</summary>
public sealed class OrderEntryTests(Demo demo) : IClassFixture<Demo>
{
    private async Task<Tab> OpenAsync(string patient, int width = 1100)
    {
        var tab = await demo.OpenAsync(width);
        await tab.Page.GotoAsync($"{demo.Url}/sandbox/orders/{patient}");
        await AnsweredAsync(tab);
        return tab;
    }

    private static async Task AnsweredAsync(Tab tab, string start = "For this draft") =>
        await tab.Page.WaitForFunctionAsync("start => document.getElementById('state').textContent.startsWith(start)", start, new() { Timeout = 30_000 });

    private static ILocator Cards(Tab tab) => tab.Page.Locator("#cards article");

    private static async Task SignAsync(Tab tab)
    {
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign…" }).ClickAsync();
        await AnsweredAsync(tab, "Before signing");
    }

    [ChromiumFact]
    public async Task Ketorolac_for_the_day_of_the_biopsy_is_noticed_and_can_be_taken_out()
    {
        var tab = await OpenAsync("sbx-08");
        var only = Assert.Single(await Cards(tab).AllInnerTextsAsync());
        Assert.Contains("nothing to hold", only, StringComparison.OrdinalIgnoreCase);
        await tab.ScreenshotAsync("orders-ready");

        await tab.Page.GetByLabel("Medicine", new() { Exact = true }).SelectOptionAsync("ketorolac");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        var card = Cards(tab).Filter(new() { HasText = "ketorolac" });
        await card.First.WaitForAsync();
        await tab.ScreenshotAsync("orders-ketorolac");
        await tab.AssertAccessibleAsync();
        await card.First.GetByRole(AriaRole.Button, new() { Name = "Take the draft of ketorolac out" }).ClickAsync();
        await tab.Page.WaitForFunctionAsync("() => !document.getElementById('cards').textContent.includes('ketorolac') && document.getElementById('state').textContent.startsWith('For this draft')");
        Assert.DoesNotContain("Ketorolac", await tab.Page.Locator("#drafts").InnerTextAsync(), StringComparison.Ordinal);
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }

    [ChromiumFact]
    public async Task From_the_draft_to_signed_orders_with_suggestions_an_override_and_the_review()
    {
        var tab = await OpenAsync("sbx-01");
        var hold = Cards(tab).Filter(new() { HasText = "Hold rivaroxaban" });
        await hold.GetByRole(AriaRole.Link, new() { Name = "CHEST2022" }).First.WaitForAsync();
        Assert.Contains("Rule R-HOLD", await hold.InnerTextAsync(), StringComparison.Ordinal);
        await tab.ScreenshotAsync("orders-hold");
        await tab.AssertAccessibleAsync();

        await hold.GetByRole(AriaRole.Button, new() { Name = "Add the hold to the order as a note" }).ClickAsync();
        await tab.Page.WaitForFunctionAsync("() => document.getElementById('drafts').textContent.includes('Hold rivaroxaban')");
        await AnsweredAsync(tab);

        await SignAsync(tab);
        var brief = Cards(tab).Filter(new() { HasText = "Hold rivaroxaban" });
        Assert.Contains("Still open: Hold rivaroxaban", await brief.InnerTextAsync(), StringComparison.Ordinal);
        await tab.ScreenshotAsync("orders-signing");
        await brief.GetByRole(AriaRole.Button, new() { Name = "Override" }).ClickAsync();
        Assert.Contains("Choose a reason first", await brief.InnerTextAsync(), StringComparison.Ordinal);
        await brief.GetByRole(AriaRole.Combobox).SelectOptionAsync("Decided with the responsible specialist");
        await brief.GetByRole(AriaRole.Button, new() { Name = "Override" }).ClickAsync();
        await brief.GetByText("Overridden.").WaitForAsync();
        await tab.AssertAccessibleAsync();

        var review = await tab.Page.Context.NewPageAsync();
        await review.GotoAsync(tab.Page.Url);
        await review.Locator("#cards article").First.WaitForAsync();
        await review.GetByRole(AriaRole.Button, new() { Name = "Open the review" }).First.ClickAsync();
        await review.WaitForURLAsync("**/review/**");
        Assert.Contains("procedureAt=", review.Url, StringComparison.Ordinal);
        Assert.Contains("indication=unexplained-anaemia", review.Url, StringComparison.Ordinal);
        await review.WaitForFunctionAsync("() => document.querySelector('.verdict')", null, new() { Timeout = 60_000 });
        await review.ScreenshotAsync(new() { Path = Path.Combine(Demo.Screenshots, "orders-review.png"), FullPage = true });

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Place the orders" }).ClickAsync();
        await tab.Page.GetByText("Placed: ServiceRequest/").WaitForAsync();
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }

    [ChromiumFact]
    public async Task Missing_tests_become_draft_orders_and_are_not_proposed_again()
    {
        var tab = await OpenAsync("sbx-05");
        var gaps = Cards(tab).Filter(new() { HasText = "missing or too old" });
        var order = gaps.GetByRole(AriaRole.Button, new() { NameRegex = new("^Order: ") });
        var label = await order.InnerTextAsync();
        await order.ClickAsync();
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('#drafts > li').length > 2 && document.getElementById('state').textContent.startsWith('For this draft')");
        await tab.ScreenshotAsync("orders-tests");
        Assert.Contains("Folate", label, StringComparison.Ordinal);
        Assert.Contains("Folate", await tab.Page.Locator("#drafts").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await gaps.GetByRole(AriaRole.Button, new() { NameRegex = new("^Order: .*Folate") }).CountAsync());
        await tab.AssertAccessibleAsync();
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }

    [ChromiumFact]
    public async Task What_a_chart_says_stays_text_in_the_cards()
    {
        var tab = await OpenAsync("sbx-09");
        Assert.Contains("anticoagulant, see scanned cardiology letter", await tab.Page.Locator("#cards").InnerTextAsync(), StringComparison.Ordinal);
        await tab.ScreenshotAsync("orders-unreadable");
        var made = await tab.Page.EvaluateAsync<string>("""
            async () => {
              const { render } = await import('/sandbox/assets/markdown.js');
              const box = document.createElement('div');
              box.append(render('**a \\*b** &lt;img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) [ok](https://example.org/a%28b%29) \\[no\\](https://evil.example)\n\n- one\n- two & three'));
              return box.innerHTML;
            }
            """);
        Assert.Equal("<p><strong>a *b</strong> &lt;img src=x onerror=alert(1)&gt; &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1)) <a href=\"https://example.org/a%28b%29\" target=\"_blank\" rel=\"noopener noreferrer\">ok</a> [no](https://evil.example)</p><ul><li>one</li><li>two &amp; three</li></ul>", made);
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }

    [ChromiumFact]
    public async Task At_320_pixels_order_entry_and_feedback_can_be_used()
    {
        var tab = await OpenAsync("sbx-02", 320);
        await tab.ScreenshotAsync("orders-320");
        await AssertFitsAsync(tab);
        await tab.AssertAccessibleAsync();
        await tab.Page.GotoAsync($"{demo.Url}/feedback");
        await tab.ScreenshotAsync("feedback-320");
        await AssertFitsAsync(tab);
        await tab.AssertAccessibleAsync();
    }

    [ChromiumFact]
    public async Task Feedback_is_counted_by_rule_and_drawn_in_both_schemes()
    {
        var tab = await OpenAsync("sbx-02");
        var critical = Cards(tab).First;
        await critical.GetByRole(AriaRole.Combobox).SelectOptionAsync("Decided with the responsible specialist");
        await critical.GetByRole(AriaRole.Textbox).FillAsync("will call cardiology");
        await critical.GetByRole(AriaRole.Button, new() { Name = "Override" }).ClickAsync();
        await critical.GetByText("Overridden.").WaitForAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Order: INR") }).ClickAsync();
        await AnsweredAsync(tab);

        await tab.Page.GotoAsync($"{demo.Url}/feedback");
        var table = await tab.Page.Locator("table").InnerTextAsync();
        Assert.Contains("T-HIGH", table, StringComparison.Ordinal);
        Assert.Contains("Decided with the responsible specialist: 1; 1 comment (words not kept)", table, StringComparison.Ordinal);
        await tab.ScreenshotAsync("feedback");
        await tab.AssertAccessibleAsync();
        await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark, ReducedMotion = ReducedMotion.Reduce });
        await tab.ScreenshotAsync("feedback-dark");
        await tab.AssertAccessibleAsync();
        await tab.Page.GotoAsync($"{demo.Url}/sandbox/orders/sbx-02");
        await AnsweredAsync(tab);
        await tab.ScreenshotAsync("orders-dark");
        await tab.AssertAccessibleAsync();
        Assert.True(tab.Troubles.Count == 0, string.Join('\n', tab.Troubles));
    }

    private static async Task AssertFitsAsync(Tab tab) => Assert.Empty(await tab.Page.EvaluateAsync<string[]>(
        "() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .visually-hidden, .skip, option') && e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"));
}
