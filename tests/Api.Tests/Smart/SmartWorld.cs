using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>One EHR, one service that trusts it, one browser. A setting without section (or Quirks, FrameOrigins) belongs to <c>Ehrs:0</c>.</summary>
public sealed class SmartWorld : IAsyncDisposable
{
    private SmartWorld(FakeEhr ehr, ServiceHost host) => (Ehr, Host, Browser) = (ehr, host, new(host));

    public FakeEhr Ehr { get; }
    public ServiceHost Host { get; }
    public Browser Browser { get; }

    /// <summary>For a test that makes its own ID token.</summary>
    public string Nonce { get; set; } = "";

    public static async Task<SmartWorld> StartAsync(params (string Key, string Value)[] settings) => With(await FakeEhr.StartAsync(), settings);

    public static SmartWorld With(FakeEhr ehr, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Ehrs:0:Issuer"] = ehr.FhirBase, ["Ehrs:0:Id"] = "north", ["Ehrs:0:ClientId"] = "biopsy" };
        foreach (var (key, value) in settings) all[key.Split(':')[0] is "Quirks" or "FrameOrigins" || !key.Contains(':') ? $"Ehrs:0:{key}" : key] = value;
        var host = new ServiceHost(all);
        ehr.Clock = host.Clock;
        return new(ehr, host);
    }

    public async Task<SmartSession> SessionAsync(string id) => (await Host.Get<SessionStore>().FindAsync(id, default))!.Session;

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await Host.DisposeAsync();
        await Ehr.DisposeAsync();
    }
}
