using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Peers.Tests.Deliveries;
using BiopsyFhir.Peers.Tests.Service;

namespace BiopsyFhir.Peers.Tests.Upgrades;

/// <summary>One thing a user or the EHR did.</summary>
/// <param name="Kind">hook, page or signature.</param>
/// <param name="Wrong">Null when it went as it should.</param>
/// <param name="EhrSlow">The page said that the EHR could not be reached in time: on a busy machine the one of the test, which is no fault of an upgrade.</param>
internal sealed record Seen(string Phase, string Kind, double Milliseconds, string? Wrong, bool EhrSlow);

/// <summary>A day in seconds: hooks are called, a review stays open and is looked at again and again, plans are signed, biopsies ordered.</summary>
internal sealed class Traffic(Cluster cluster, string url) : IDisposable
{
    /// <summary>More than will be reached.</summary>
    public const int Patients = 80;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly CancellationTokenSource _end = new();
    private readonly List<Seen> _seen = [];

    /// <summary>What is being done to the services meanwhile.</summary>
    public string Phase { get; set; } = "before";

    public int Ordered { get; private set; }

    /// <summary>Patients whose plan was signed and said to be written.</summary>
    public List<int> Signed { get; } = [];

    public IReadOnlyList<Seen> Seen
    {
        get { lock (_seen) return [.. _seen]; }
    }

    public async Task Run()
    {
        await Prepared(async () =>
        {
            await cluster.Admit(Patients);
            return Patients;
        });
        await Task.WhenAll(Hooks(), Hooks(), Review(), Sign(), Order());
    }

    public void End() => _end.Cancel();

    public void Dispose()
    {
        _http.Dispose();
        _end.Dispose();
    }

    private async Task Hooks()
    {
        var call = await Call();
        string? first = null;
        while (!_end.IsCancellationRequested)
        {
            await Note("hook", async () =>
            {
                using var content = new StringContent(call, Encoding.UTF8, "application/json");
                using var answer = await _http.PostAsync($"{url}/cds-services/bone-marrow-biopsy-order-select", content);
                if (answer.StatusCode != HttpStatusCode.OK) return $"{(int)answer.StatusCode}";
                var said = string.Join(" | ", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["cards"]!.AsArray().Select(card => (string?)card!["summary"]));
                first ??= said;
                return said == first && said.Contains("pixaban", StringComparison.Ordinal) ? null : $"other cards: {said}";
            });
            await Task.Delay(50);
        }
    }

    /// <summary>An order of a biopsy for a patient on apixaban, with every prefetch that discovery asks for.</summary>
    private async Task<string> Call()
    {
        var services = JsonNode.Parse(await _http.GetStringAsync($"{url}/cds-services"))!["services"]!.AsArray();
        var templates = services.Single(s => (string?)s!["id"] == "bone-marrow-biopsy-order-select")!["prefetch"]!.AsObject();
        var prefetch = new JsonObject();
        foreach (var (key, template) in templates)
            prefetch[key] = template!.GetValue<string>().StartsWith("Patient", StringComparison.Ordinal)
                ? JsonNode.Parse("""{"resourceType":"Patient","id":"s0","gender":"female","birthDate":"1950-01-01"}""")
                : JsonNode.Parse($$"""{"resourceType":"Bundle","type":"searchset","entry":[{{(template.GetValue<string>().StartsWith("MedicationRequest", StringComparison.Ordinal)
                    ? """{"resource":{"resourceType":"MedicationRequest","id":"m0","status":"active","intent":"order","subject":{"reference":"Patient/s0"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"}}}""" : "")}}]}""");
        var day = TimeProvider.System.GetUtcNow().AddDays(10).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        return $$$"""{"hook":"order-select","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/dr","patientId":"s0","selections":["ServiceRequest/draft-1"],"draftOrders":{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/s0"},"occurrenceDateTime":"{{{day}}}"} }]}},"prefetch":{{{prefetch.ToJsonString()}}} }""";
    }

    /// <summary>One session, launched before anything is replaced.</summary>
    private async Task Review()
    {
        using var browser = new Browser();
        ReviewPage? opened = null;
        while (opened is null && !_end.IsCancellationRequested)
        {
            await Note("launch", async () =>
            {
                var review = await Launch(browser, 0);
                if (Wrong(review) is { } wrong) return wrong;
                opened = review;
                return null;
            });
        }
        while (!_end.IsCancellationRequested)
        {
            await Note("page", async () =>
            {
                var again = await ReviewPage.Open(browser, opened!.Url, Cluster.DaysToSigned);
                return Wrong(again) ?? (again.Verdict == opened.Verdict && again.Findings.SequenceEqual(opened.Findings) ? null : $"{again.Verdict} {string.Join(',', again.Findings)}");
            });
            await Task.Delay(250);
        }
    }

    private async Task Sign()
    {
        for (var patient = 1; !_end.IsCancellationRequested && patient < Patients; patient++)
        {
            await Note("signature", async () =>
            {
                using var browser = new Browser();
                var review = await Launch(browser, patient);
                if (Wrong(review) is { } wrong) return wrong;
                var (_, receipts) = await review.Sign();
                if (!receipts.Text.Contains("Written to the chart", StringComparison.Ordinal)) return $"{receipts.Url}: {(int)receipts.Status} {receipts.Text}";
                Signed.Add(patient);
                return null;
            });
            await Task.Delay(1000);
        }
    }

    private async Task<ReviewPage> Launch(Browser browser, int patient)
    {
        var launch = await Prepared(() => cluster.Authorization.Launch(new { user = "Practitioner/dr", patient = $"s{patient}", encounter = "e1" }));
        return await ReviewPage.Launch(browser, $"{url}/launch?iss={Uri.EscapeDataString(cluster.Proxy.FhirBase)}&launch={launch}", Cluster.DaysToSigned);
    }

    private static string? Wrong(ReviewPage review) => review.Page.Status == HttpStatusCode.OK && review.Findings.Contains("R-HOLD:apixaban") ? null : $"{(int)review.Page.Status} {review.Page.Text}";

    private async Task Order()
    {
        while (!_end.IsCancellationRequested)
        {
            await Prepared(async () =>
            {
                await cluster.Order(Ordered, 1);
                return ++Ordered;
            });
            await Note("notification", async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}/subscriptions/general") { Headers = { { "X-Subscription-Secret", Cluster.Secret } } };
                using var answer = await _http.SendAsync(request);
                return answer.IsSuccessStatusCode ? null : $"{(int)answer.StatusCode}";
            });
            await Task.Delay(1000);
        }
    }

    /// <summary>What the test asks of its own EHR; on a busy machine that one lets a connection go now and then. Asking again does no harm.</summary>
    private static async Task<T> Prepared<T>(Func<Task<T>> ask)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ask();
            }
            catch (HttpRequestException) when (tries < 5)
            {
                await Task.Delay(500);
            }
        }
    }

    private async Task Note(string kind, Func<Task<string?>> what)
    {
        var (phase, watch) = (Phase, Stopwatch.StartNew());
        string? wrong;
        try
        {
            wrong = await what();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or TimeoutException or InvalidOperationException or Xunit.Sdk.XunitException)
        {
            wrong = $"{e.GetType().Name}: {e.Message}";
        }
        var slow = wrong?.Contains("The EHR cannot be reached", StringComparison.Ordinal) is true || wrong?.Contains("did not answer in time", StringComparison.Ordinal) is true;
        lock (_seen) _seen.Add(new(phase, kind, watch.Elapsed.TotalMilliseconds, slow ? null : wrong, slow));
    }
}
