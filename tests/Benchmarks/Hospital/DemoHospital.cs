using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Sandbox;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Benchmarks.Hospital;

/// <summary>A request that reached the EHR.</summary>
/// <param name="Began">Stopwatch ticks, as <paramref name="Ended"/>.</param>
/// <param name="Headers">Those that the answer depends on.</param>
internal sealed record Asked(string Method, string PathAndQuery, IReadOnlyDictionary<string, string> Headers, byte[] Body, long Began, long Ended)
{
    public bool IsToken => PathAndQuery.StartsWith("/sandbox/auth/token", StringComparison.Ordinal);
}

/// <summary>A browser's part of one session.</summary>
internal sealed record Opened(string Path, string Cookie);

/// <summary>
/// The demo EHR in this process and the service in another, with invented patients: who measures the service's processor time does not
/// measure the EHR's. Every request of the service to the EHR is kept while <see cref="RecordAsync"/> runs.
/// </summary>
internal sealed partial class DemoHospital : IAsyncDisposable
{
    private static readonly string[] s_kept = ["Authorization", "Accept", "Content-Type", "Prefer"];

    private readonly WebApplication _ehr;
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None });
    private ConcurrentQueue<Asked>? _recording;

    private DemoHospital(WebApplication ehr, MeasuredService service) => (_ehr, Service) = (ehr, service);

    public MeasuredService Service { get; }

    /// <summary>Scheme, host and port of the EHR.</summary>
    public string Ehr => _ehr.Urls.First();

    /// <summary>Every request waits so long at the EHR, as if it were far away.</summary>
    public TimeSpan Distance { get; set; }

    public static async Task<DemoHospital> OpenAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var (at, ours) = ($"http://127.0.0.1:{FreePort()}", $"http://127.0.0.1:{FreePort()}");
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.Services.AddRouting().AddSandboxEhr(ehr =>
        {
            (ehr.PublicBaseUrl, ehr.LaunchUrl, ehr.RedirectUri) = (new(at + "/"), new(ours + "/launch"), new(ours + "/callback"));
            (ehr.DefaultPageSize, ehr.MaxPageSize) = (50, 1000); // as most EHRs: a chart of usual size is one page of each kind
        });
        var app = builder.Build();
        app.Urls.Add(at);
        DemoHospital? hospital = null;
        app.Use((context, next) => hospital is null ? next(context) : hospital.KeepAsync(context, next));
        app.MapSandboxEhr();
        await app.StartAsync();
        var service = await MeasuredService.StartAsync(ours,
        [
            ("Sandbox:Enabled", "false"), ("PublicBaseUrl", ours), ("Cds:RequireToken", "false"), ("Education:Chromium", "off"), ("Education:AllowUnreviewed", "true"),
            ("Ehrs:0:Id", "demo"), ("Ehrs:0:Issuer", at + "/sandbox/fhir"), ("Ehrs:0:ClientId", new SandboxOptions().ClientId), ("Ehrs:0:ClientAuth", "none"), .. settings,
        ]);
        return hospital = new(app, service);
    }

    /// <summary>A chart of that size under a number of its own, its days moved to now.</summary>
    /// <returns>The patient's id.</returns>
    public string Admit(ChartSize size, int number)
    {
        var patient = $"bench-{number}";
        var later = Today.DayNumber - GenerateChart.AsOf.DayNumber;
        string Moved(Match day) => DateOnly.TryParseExact(day.Value, "yyyy-MM-dd", out var was) ? was.AddDays(later).ToString("yyyy-MM-dd") : day.Value;
        _ehr.Services.GetRequiredService<ResourceStore>().Write(draft =>
        {
            foreach (var resource in GenerateChart.Resources(size))
            {
                var own = JsonNode.Parse(Day().Replace(resource.ToJsonString(), Moved).Replace(GenerateChart.Patient, $"Patient/{patient}", StringComparison.Ordinal))!.AsObject();
                var (type, id) = ((string)own["resourceType"]!, (string)own["id"]!);
                own["id"] = type == "Patient" ? patient : $"{number}-{id}";
                draft.Put(new(type, (string)own["id"]!), own);
            }
            return 0;
        });
        return patient;
    }

    /// <summary>From the EHR's button to the session; the page is not asked for.</summary>
    public async Task<Opened> LaunchAsync(string patient)
    {
        var launch = _ehr.Services.GetRequiredService<GrantStore>().Start(new(patient, null, null, [], InFrame: false));
        using var begun = await _browser.GetAsync($"{Service.Address}launch?iss={Uri.EscapeDataString(Ehr + "/sandbox/fhir")}&launch={launch}");
        using var signedIn = await _browser.GetAsync(begun.Headers.Location ?? throw new InvalidDataException(await begun.Content.ReadAsStringAsync()));
        using var callback = await SendAsync(HttpMethod.Get, signedIn.Headers.Location ?? throw new InvalidDataException(await signedIn.Content.ReadAsStringAsync()), CookieOf(begun));
        return new((callback.Headers.Location ?? throw new InvalidDataException(await callback.Content.ReadAsStringAsync())).PathAndQuery, CookieOf(callback));
    }

    /// <summary>The review page, once the chart is read.</summary>
    public async Task<string> PageAsync(Opened session)
    {
        while (true)
        {
            using var answer = await SendAsync(HttpMethod.Get, new(Service.Address, session.Path), session.Cookie);
            var html = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode is not HttpStatusCode.OK) throw new InvalidDataException(html);
            if (!html.Contains("data-wait", StringComparison.Ordinal)) return html;
        }
    }

    private static DateOnly Today { get; } = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    /// <summary>Everything accepted, signed and written: the JSON twin of the page's button.</summary>
    /// <returns>The receipts.</returns>
    public async Task<string> SignAsync(Opened session, string page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Service.Address, $"/api/v1/sessions/{session.Path.Split('/', '?')[2]}/write-back"))
        {
            Content = new StringContent($$"""{"language":"en","settings":{"procedureAt":"{{Today.AddDays(7):yyyy-MM-dd}}"} }""", Encoding.UTF8, "application/json"),
            Headers = { { "Cookie", session.Cookie }, { BiopsyFhir.Api.Smart.Sessions.PageTokens.Header, WebUtility.HtmlDecode(Token().Match(page).Groups[1].Value) } },
        };
        using var answer = await _browser.SendAsync(request);
        var said = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? said : throw new InvalidDataException(said);
    }

    /// <summary>What the service asks the EHR for while <paramref name="work"/> runs.</summary>
    public async Task<IReadOnlyList<Asked>> RecordAsync(Func<Task> work)
    {
        _recording = new();
        await work();
        var kept = _recording;
        _recording = null;
        return [.. kept.OrderBy(a => a.Began)];
    }

    public async ValueTask DisposeAsync()
    {
        Service.Dispose();
        _browser.Dispose();
        await _ehr.DisposeAsync();
    }

    private async Task KeepAsync(HttpContext context, RequestDelegate next)
    {
        var began = Stopwatch.GetTimestamp();
        if (Distance > TimeSpan.Zero) await Task.Delay(Distance);
        // The browser's own hop to the sign-in is nobody's round trip but hers.
        if (_recording is not { } kept || context.Request.Path.StartsWithSegments("/sandbox/auth/authorize"))
        {
            await next(context);
            return;
        }
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        request.Body = new MemoryStream(body.ToArray());
        await next(context);
        kept.Enqueue(new(request.Method, request.Path + request.QueryString, s_kept.Where(h => request.Headers.ContainsKey(h)).ToDictionary(h => h, h => request.Headers[h].ToString()), body.ToArray(), began, Stopwatch.GetTimestamp()));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, string cookie)
    {
        using var request = new HttpRequestMessage(method, address) { Headers = { { "Cookie", cookie }, { "Accept", "text/html" } } };
        return await _browser.SendAsync(request);
    }

    private static string CookieOf(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.TryGetValues("Set-Cookie", out var lines) ? lines.Select(l => l.Split(';')[0]).Where(c => !c.EndsWith('=')) : []);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    private static partial Regex Day();

    [GeneratedRegex("name=\"token\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
