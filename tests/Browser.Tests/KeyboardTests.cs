using BiopsyFhir.Testing;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>The whole job without a mouse.</summary>
public sealed class KeyboardTests(Demo demo) : IClassFixture<Demo>
{
    [ChromiumFact]
    public async Task From_launch_to_receipts_by_keyboard_alone()
    {
        var tab = await demo.OpenAsync();
        await tab.Page.GotoAsync($"{demo.Url}/sandbox");
        await PressOnAsync(tab, "button, a", "Launch", "Enter");
        await tab.Page.WaitForURLAsync("**/review/**");
        await tab.ReadyAsync();

        // The first stop leads past the header.
        await tab.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await FocusedAsync(tab));
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => { const r = document.activeElement.getBoundingClientRect(); return r.left >= 0 && r.width > 0; }"), "the skip link is seen when it has the focus");

        await PressOnAsync(tab, "summary", "Facts, what would change it, rule, sources", "Enter");
        var why = await tab.Page.Locator("details[open]").First.InnerTextAsync();
        Assert.Contains("What would change it", why);
        Assert.Contains(" MedicationRequest/", why); // a fact and the link to its record are two words

        // Change the first hold: the arrow keys choose, the fields appear, and a reason is asked for.
        await FocusAsync(tab, "input[type=radio][value=accept]", "");
        while (await tab.Page.EvaluateAsync<string>("() => document.activeElement.value") != "change") await tab.Page.Keyboard.PressAsync("ArrowDown");
        await tab.Page.Keyboard.PressAsync("Tab");
        await tab.Page.Keyboard.TypeAsync("Agreed with the anticoagulation clinic");
        Assert.StartsWith("reason:", await tab.Page.EvaluateAsync<string>("() => document.activeElement.name"), StringComparison.Ordinal);
        await tab.Page.Keyboard.PressAsync("Tab"); // the new day of the last dose, as digits of month, day and year
        await tab.Page.Keyboard.TypeAsync(await tab.Page.EvaluateAsync<string>("() => { const d = new Date(document.querySelector('[name=procedureAt]').value); d.setDate(d.getDate() - 6); return `${d.getMonth() + 1}`.padStart(2, '0') + `${d.getDate()}`.padStart(2, '0') + d.getFullYear(); }"));
        await tab.ScreenshotAsync("keyboard-change");

        await PressOnAsync(tab, "button", "Show what will be written", "Enter");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign and write" }).WaitForAsync();
        Assert.Contains("Agreed with the anticoagulation clinic", await tab.Page.Locator("main").InnerTextAsync());
        await PressOnAsync(tab, "button", "Sign and write", "Enter");
        await tab.Page.WaitForURLAsync("**/receipts");
        await tab.ReadyAsync();
        Assert.Contains("created", await tab.Page.Locator("main").InnerTextAsync());
        Assert.Empty(tab.Troubles);
    }

    private static async Task PressOnAsync(Tab tab, string selector, string words, string key)
    {
        await FocusAsync(tab, selector, words);
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => document.activeElement.matches(':focus-visible')"), "the focus is seen");
        await tab.Page.Keyboard.PressAsync(key);
    }

    /// <summary>Tab, and nothing else, until the focus is there.</summary>
    private static async Task FocusAsync(Tab tab, string selector, string words)
    {
        for (var i = 0; i < 300; i++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            if (await tab.Page.EvaluateAsync<bool>("([selector, words]) => document.activeElement.matches(selector) && document.activeElement.textContent.trim().startsWith(words)", new[] { selector, words })) return;
        }
        Assert.Fail($"{selector} \"{words}\" cannot be reached with the Tab key");
    }

    private static Task<string> FocusedAsync(Tab tab) => tab.Page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()");
}
