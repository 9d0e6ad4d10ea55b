using System.Net;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>A review in a browser, worked as a clinician does: opened, decided, signed.</summary>
internal sealed class ReviewPage(Browser browser, Page page)
{
    public Page Page => page;

    /// <summary>Address of the session, without a query.</summary>
    public string Url => page.Url.Split('?')[0];

    /// <summary>ready, action-needed, ask-specialist or cannot-judge; null when there is no verdict on the page.</summary>
    public string? Verdict => Regex.Match(page.Html, "class=\"verdict verdict-([a-z-]+)\"") is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Rule and subject of every finding, as the form names them: R-HOLD:apixaban.</summary>
    public IReadOnlyList<string> Findings => [.. Fields().Select(pair => pair.Key).Where(name => name.StartsWith("choice:", StringComparison.Ordinal)).Select(name => name["choice:".Length..]).Distinct()];

    /// <summary>The token that requests of this session's page carry.</summary>
    public string Token => Fields().First(pair => pair.Key == "token").Value;

    /// <summary>Launches and waits until the chart is read.</summary>
    /// <param name="days">From now to the biopsy.</param>
    public static async Task<ReviewPage> Launch(Browser browser, string launchUrl, int days = 7)
    {
        var launched = await browser.Open(launchUrl);
        if (!launched.Url.Contains("/review/", StringComparison.Ordinal)) return new(browser, launched);
        return await Open(browser, launched.Url.Split('?')[0], days);
    }

    /// <summary>The same review again.</summary>
    public static async Task<ReviewPage> Open(Browser browser, string url, int days = 7) =>
        new(browser, await Settled(browser, $"{url}?procedureAt={TimeProvider.System.GetUtcNow().AddDays(days):yyyy-MM-dd}T08:00"));

    /// <summary>What stands under "Could not judge", one entry an item.</summary>
    public IReadOnlyList<string> NotJudged => [.. Regex.Matches(page.Html, "<li class=\"(?:blocks)?\"><strong>(.*?)</li>|<li><strong>(.*?)</li>", RegexOptions.Singleline)
        .Select(item => WebUtility.HtmlDecode(Regex.Replace(item.Groups[1].Value + item.Groups[2].Value, "<[^>]+>", "")))];

    /// <summary>Whether the browser went on to the receipts, even if those never came.</summary>
    public bool WasSentToReceipts => browser.Visited.Contains($"{Url}/receipts");

    /// <summary>Accepts every finding: first what would be written is shown, then it is signed.</summary>
    /// <returns>The page before signing, and the receipts.</returns>
    public async Task<(Page Plan, Page Receipts)> Sign()
    {
        var plan = await ShowPlan();
        if (plan.Status != HttpStatusCode.OK) return (plan, plan);
        var signed = await Confirm(plan);
        return (plan, await Settled(browser, signed.Url));
    }

    /// <summary>What would be written, before anything is.</summary>
    public Task<Page> ShowPlan() => browser.Submit($"{Url}/plan", Fields());

    /// <summary>Signs what was shown; the page that comes may still be waiting.</summary>
    public Task<Page> Confirm(Page plan) => browser.Submit($"{Url}/sign", new ReviewPage(browser, plan).Fields());

    /// <summary>The receipts of this session, once there are any; or the review, when nothing is being written.</summary>
    public Task<Page> Receipts() => Settled(browser, $"{Url}/receipts");

    private static async Task<Page> Settled(Browser browser, string url)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            var page = await browser.Open(url);
            if (!page.Html.Contains("data-wait", StringComparison.Ordinal)) return page;
            await Task.Delay(200);
        }
        throw new TimeoutException($"{url} never came to an end.");
    }

    private List<KeyValuePair<string, string>> Fields()
    {
        var form = Regex.Match(page.Html, "<form method=\"post\".*?</form>", RegexOptions.Singleline).Value;
        var inputs = Regex.Matches(form, "<input ([^>]*)>").Select(input => input.Groups[1].Value)
            .Where(attributes => !attributes.Contains("type=\"radio\"", StringComparison.Ordinal) || Regex.IsMatch(attributes, "\\bchecked\\b"));
        static string Value(string attributes, string name) => WebUtility.HtmlDecode(Regex.Match(attributes, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value);
        return [.. inputs.Select(attributes => KeyValuePair.Create(Value(attributes, "name"), Value(attributes, "value"))).Where(field => field.Key.Length > 0)];
    }
}
