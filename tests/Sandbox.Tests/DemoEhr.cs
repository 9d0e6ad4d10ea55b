using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Sandbox.Tests;

/// <summary>The sandbox EHR alone, on a real socket, with a clock that stands until a test moves it.</summary>
public sealed class DemoEhr : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 11, 12, 0, 0, TimeSpan.Zero);

    private readonly WebApplication app;

    public TestClock Clock { get; }
    public string Root { get; }
    public string Fhir => $"{Root}/sandbox/fhir";
    public string Auth => $"{Root}/sandbox/auth";
    public HttpClient Http { get; } = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
    public IServiceProvider Services => app.Services;

    private DemoEhr(WebApplication app, TestClock clock)
    {
        this.app = app;
        Clock = clock;
        Root = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public static async Task<DemoEhr> StartAsync(Action<SandboxOptions>? configure = null, DateTimeOffset? now = null, Action<WebApplication>? more = null)
    {
        var clock = new TestClock(now ?? Noon);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSandboxEhr(configure);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapSandboxEhr();
        more?.Invoke(app);
        await app.StartAsync();
        return new(app, clock);
    }

    /// <summary>A token with these scopes, as if a launch had given it.</summary>
    public string Token(string scopes, string? patient = null) => Services.GetRequiredService<GrantStore>().IssueAccess(new Grant
    {
        ClientId = "biopsyfhir-sandbox",
        Scopes = scopes.Split(' '),
        Patient = patient,
        User = AuthorizeEndpoint.DemoUser,
    }).Token;

    /// <summary>A caller of the FHIR server that may do everything.</summary>
    public FhirCaller AsAnyone() => As("user/*.cruds");

    public FhirCaller As(string scopes, string? patient = null) => new(this, Token(scopes, patient));

    internal StoreState Stored => Services.GetRequiredService<ResourceStore>().Now;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

public sealed class TestClock(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);
    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
