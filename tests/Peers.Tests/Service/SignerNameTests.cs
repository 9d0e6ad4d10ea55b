using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>The ID token of this authorization server names nobody (no scope profile): who signs is read from the EHR's own record.</summary>
public sealed class SignerNameTests(Hospital hospital) : IClassFixture<Hospital>, IAsyncLifetime, IDisposable
{
    private const string Chart = """
        {"resourceType":"Bundle","type":"collection","entry":[
          {"resource":{"resourceType":"Patient","id":"p","name":[{"family":"Quitte","given":["Ada"]}],"gender":"female","birthDate":"1950-01-01"}},
          {"resource":{"resourceType":"Practitioner","id":"dr","name":[{"family":"Nikolaidou","given":["Eleni"],"prefix":["Dr"]}]}},
          {"resource":{"resourceType":"MedicationRequest","id":"r","status":"active","intent":"order","subject":{"reference":"Patient/p"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"text":"apixaban 5 MG Oral Tablet"}}}]}
        """;

    private readonly Browser _browser = new();

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers) is not null) return;
        await hospital.Reset();
        await hospital.R4.Load(Chart);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _browser.Dispose();

    private async Task<ReviewPage> Review() => await ReviewPage.Launch(_browser, await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = "p" }));

    [PeersFact]
    public async Task The_name_stands_on_the_review_the_plan_and_the_CarePlan()
    {
        var review = await Review();
        Assert.Contains("You are signing as Eleni Nikolaidou.", review.Page.Text, StringComparison.Ordinal);
        await review.Sign();
        var author = Assert.Single(await hospital.R4.Stored("CarePlan")).GetProperty("author");
        Assert.Equal("Practitioner/dr", author.GetProperty("reference").GetString());
        Assert.Equal("Eleni Nikolaidou", author.GetProperty("display").GetString());
    }

    [PeersFact]
    public async Task It_is_read_together_with_the_chart_and_with_the_sessions_token()
    {
        await Review();
        var requests = hospital.Proxy().Requests;
        var practitioner = Assert.Single(requests, r => r.Request is { Type: "Practitioner", Id: "dr" });
        Assert.NotNull(practitioner.TokenHash);
        var chart = requests.Where(r => r.Request.Type is "Patient" or "MedicationRequest" or "Observation").ToList();
        Assert.True(practitioner.Began < chart.Max(r => r.Ended), "the Practitioner was asked for after the chart");
    }

    [PeersTheory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Where_it_cannot_be_read_the_reference_stands_as_before(int status)
    {
        hospital.Proxy().Add(Fault.Status(status).On("Practitioner"));
        Assert.Contains("You are signing as Practitioner/dr.", (await Review()).Page.Text, StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task A_name_that_does_not_come_does_not_hold_the_review_up()
    {
        hospital.Proxy().Add(Fault.Slow(TimeSpan.FromSeconds(20)).On("Practitioner"));
        var since = TimeProvider.System.GetTimestamp();
        Assert.Contains("You are signing as Practitioner/dr.", (await Review()).Page.Text, StringComparison.Ordinal);
        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(15));
    }
}
