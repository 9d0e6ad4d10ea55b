using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Each EHR in one line, as check-ehr finds it, and its clock. What is not well is said by <c>check-ehr ID</c>.</summary>
public static class CheckConnections
{
    public static async IAsyncEnumerable<CheckLine> OfAsync(WebApplicationBuilder builder, ServiceOptions options, TimeProvider clock)
    {
        await using var app = await CheckEhrCommand.StartAsync(builder, options);
        var ehrs = app.Services.GetRequiredService<EhrRegistry>().All;
        if (ehrs is []) yield return CheckLine.Warning("EHR", "none is configured: nothing can be launched", "Set Ehrs:0:Issuer and Ehrs:0:ClientId.");
        foreach (var ehr in ehrs)
        {
            var report = await app.Services.GetRequiredService<ConnectionCheck>().RunAsync(ehr, null, CancellationToken.None);
            var first = report.Lines.FirstOrDefault(line => line.State == report.State && line.State is not CheckState.Ok);
            yield return new(report.State, $"EHR {ehr.Id}", report.Sum + (first is null ? "" : $"; first: {first.Part}: {first.Found}"), first is null ? null : $"check-ehr {ehr.Id} says all of it.");
            if (await AheadAsync(app.Services.GetRequiredService<EhrHttp>(), ehr, clock) is { } ahead) yield return CheckClock.Of($"the clock of {ehr.Id}", ahead);
        }
    }

    /// <summary>By the Date header of its CapabilityStatement (whole seconds); null without an answer or without the header.</summary>
    private static async Task<TimeSpan?> AheadAsync(EhrHttp http, EhrOptions ehr, TimeProvider clock)
    {
        using var client = new HttpClient(EhrHttp.Handler(http.Server(ehr))) { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var answer = await client.GetAsync(new Uri(ehr.Issuer.TrimEnd('/') + "/metadata"), HttpCompletionOption.ResponseHeadersRead);
            return answer.Headers.Date is { } theirs ? theirs - clock.GetUtcNow() : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }
}
