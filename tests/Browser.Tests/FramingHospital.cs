using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using BiopsyFhir.Testing.Peers;
using BiopsyFhir.Testing.Service;
using Microsoft.Playwright;

namespace BiopsyFhir.Browser.Tests;

/// <summary>
/// An EHR on another site than the service, as in a hospital: its pages, its sign-in and its FHIR server are at 127.0.0.1, the service
/// is at localhost. To a browser these are two sites, so that in the EHR's frame the service's cookies are a third party's.
/// </summary>
public sealed class FramingHospital : IAsyncLifetime
{
    private FaultProxy? _pages;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public R4Peer R4 { get; } = new();

    public AuthorizationPeer Authorization { get; } = new();

    public ServiceProcess Service { get; private set; } = null!;

    private string ServiceUrl => Service.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public async Task InitializeAsync()
    {
        if (Machine.Lacks(Needs.Peers | Needs.Chromium) is not null) return;
        await R4.InitializeAsync();
        await Authorization.InitializeAsync();
        _pages = await FaultProxy.Start(R4.Origin);
        Service = await ServiceProcess.Start(
            ("PublicBaseUrl", "http://localhost:{port}"), ("Ehrs:0:Id", "other-site"), ("Ehrs:0:Issuer", R4.FhirBase), ("Ehrs:0:ClientId", "app"), ("Ehrs:0:FrameOrigins:0", _pages.Origin),
            ("Facility:TimeZone", "America/Chicago"));
        await R4.Configure(authorizationServer: Authorization.Origin);
        await Authorization.Configure(new { fhirBases = new[] { R4.FhirBase } });
        await Authorization.Register(new { client_id = "app", token_endpoint_auth_method = "none", redirect_uris = new[] { $"{ServiceUrl}/callback" } });
        await R4.Load($$"""
            {"resourceType":"Bundle","type":"collection","entry":[{{Patient("ada", "Quitte", "apixaban 5 MG Oral Tablet")}},{{Patient("ben", "Schlehe", "warfarin 5 MG Oral Tablet")}}]}
            """);
        _playwright = await Playwright.CreateAsync();
        _browser = await Demo.StartChromiumAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_pages is not null) await _pages.DisposeAsync();
        if (Service is not null) await Service.DisposeAsync();
        await Authorization.DisposeAsync();
        await R4.DisposeAsync();
    }

    /// <summary>A browser of its own.</summary>
    public Task<IBrowserContext> NewBrowserAsync() => _browser!.NewContextAsync(new() { ViewportSize = new() { Width = 1200, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });

    /// <summary>Where a launch for this patient begins; the biopsy is a week from now.</summary>
    public async Task<string> LaunchUrlAsync(string patient) =>
        $"{ServiceUrl}/launch?iss={Uri.EscapeDataString(R4.FhirBase)}&launch={await Authorization.Launch(new { user = "Practitioner/dr", patient, encounter = "e1" })}";

    /// <summary>The EHR's page with the service in frames, sandboxed as EHRs do it.</summary>
    public async Task<IPage> OpenEhrAsync(IBrowserContext browser, params string[] launches)
    {
        var frames = string.Concat(launches.Select((launch, i) => $"<iframe id=f{i} src=\"{launch}\" sandbox=\"allow-forms allow-scripts allow-same-origin\" style=\"width:{96 / launches.Length}%;height:820px\"></iframe>"));
        _pages!.Reset();
        _pages.Add(Rule.Answering("the EHR's page", _ => true, _ => ProxyResponse.Of(200, $"<!doctype html><title>EHR</title><h1>The EHR</h1>{frames}", "text/html")));
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"{_pages.Origin}/chart");
        return page;
    }

    private static string Patient(string id, string family, string medication)
    {
        var day = TimeProvider.System.GetUtcNow().AddDays(7);
        return $$"""
            {"resource":{"resourceType":"Patient","id":"{{id}}","name":[{"family":"{{family}}"}],"gender":"female","birthDate":"1950-01-01"} },
            {"resource":{"resourceType":"ServiceRequest","id":"o-{{id}}","status":"active","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"Patient/{{id}}"},"occurrenceDateTime":"{{day:yyyy-MM-dd}}"} },
            {"resource":{"resourceType":"MedicationRequest","id":"m-{{id}}","status":"active","intent":"order","subject":{"reference":"Patient/{{id}}"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"text":"{{medication}}"} } }
            """;
    }
}
