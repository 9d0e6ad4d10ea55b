using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using Xunit.Abstractions;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>
/// How many requests wait for another between the launch and the page: each is a round trip to an EHR that may be far away. Counted at
/// the proxy from beginnings and ends (<see cref="FaultProxy.Waves"/>); every answer is held back a little, so that what is asked side
/// by side also overlaps here.
/// </summary>
public sealed class RoundTripTests(Hospital hospital, ITestOutputHelper output) : IClassFixture<Hospital>, IDisposable
{
    private static int s_patients;

    private readonly Browser _browser = new();
    private readonly string _patient = $"w{Interlocked.Increment(ref s_patients)}";

    public void Dispose() => _browser.Dispose();

    private string Patient => $$"""{"resource":{"resourceType":"Patient","id":"{{_patient}}","gender":"female","birthDate":"1950-01-01"} }""";

    private string Order(string id, string medication) =>
        $$"""{"resource":{"resourceType":"MedicationRequest","id":"{{id}}{{_patient}}","status":"active","intent":"order","subject":{"reference":"Patient/{{_patient}}"},"authoredOn":"2026-01-10",{{medication}} } }""";

    private const string ByReference = "\"medicationReference\":{\"reference\":\"Medication/apixaban\"}";

    private const string Apixaban = """{"resource":{"resourceType":"Medication","id":"apixaban","code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"} } }""";

    private async Task<string> Admit(TimeSpan delay, IEnumerable<Rule> faults, params IEnumerable<string> entries)
    {
        await hospital.Reset();
        await hospital.R4.Load($$"""{"resourceType":"Bundle","type":"collection","entry":[{{string.Join(',', entries.Prepend(Patient))}}]}""");
        hospital.Proxy().Reset();
        hospital.Proxy().Add(Rule.Changing("held back", _ => true, answer => answer) with
        {
            Do = async (request, next) =>
            {
                await Task.Delay(delay);
                return await next(request);
            },
        }).Add(faults);
        return await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = _patient, encounter = "e1" });
    }

    /// <summary>Requests of FHIR data and of what the server announces; not those of its sign-in.</summary>
    private int Waves() => hospital.Proxy().Waves(recorded => recorded.Request.Type != ".well-known");

    [PeersTheory]
    [InlineData("one page, medicines included", 3)]
    [InlineData("medicines that come by themselves", 4)]
    [InlineData("orders on two pages", 4)]
    public async Task From_launch_to_page_few_requests_wait_for_another(string chart, int most)
    {
        var launch = await Admit(TimeSpan.FromMilliseconds(300),
            chart.StartsWith("medicines", StringComparison.Ordinal) ? [Fault.ParameterIgnored("MedicationRequest", "_include")] : [],
            [Apixaban, .. chart.StartsWith("orders", StringComparison.Ordinal) ? Enumerable.Range(0, 250).Select(i => Order($"n{i}", ByReference)) : [Order("n", ByReference)]]);
        var review = await ReviewPage.Launch(_browser, launch);
        Assert.Contains("R-HOLD:apixaban", review.Findings);
        output.WriteLine($"{chart}: {Waves()} round trips, {hospital.Proxy().Requests.Count} requests");
        Assert.InRange(Waves(), 1, most);
        Assert.InRange(hospital.Proxy().Requests.Count, 12, 40);
    }

    /// <summary>The proxy's count is no constant: what waits is seen to wait.</summary>
    [PeersFact]
    public async Task A_chain_of_pages_is_counted_page_by_page()
    {
        var launch = await Admit(TimeSpan.FromMilliseconds(300), [], [Apixaban, .. Enumerable.Range(0, 650).Select(i => Order($"n{i}", ByReference))]);
        await ReviewPage.Launch(_browser, launch);
        Assert.InRange(hospital.Proxy().Waves(recorded => recorded.Request.Type == "MedicationRequest"), 4, 4);
    }

    [PeersFact]
    public async Task While_it_takes_long_the_page_says_what_has_come_and_judges_nothing()
    {
        var launch = await Admit(TimeSpan.Zero, [Fault.Slow(TimeSpan.FromSeconds(4)).On("Observation")], Apixaban, Order("n", ByReference));
        var early = await _browser.Open(launch);
        Assert.Contains("data-wait", early.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"verdict", early.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("choice:", early.Html, StringComparison.Ordinal);
        var later = await _browser.Open(early.Url);
        Assert.Contains("MedicationRequest: 2", later.Text, StringComparison.Ordinal); // the order and its medicine
        Assert.DoesNotContain("class=\"verdict", later.Html, StringComparison.Ordinal);
        var review = await ReviewPage.Open(_browser, early.Url);
        Assert.Contains("R-HOLD:apixaban", review.Findings);
    }
}
