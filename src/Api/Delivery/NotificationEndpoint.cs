using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Telemetry;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// EHRs whose orders should be looked at now. A notification only sets a mark, so ten thousand of them, doubled or out of order, are one
/// look; nothing that they carry is believed or kept.
/// </summary>
public sealed class LookSoon(WatchOrders watch, EhrRegistry registry, EducationOptions settings, TimeProvider clock, ILogger<LookSoon> log) : BackgroundService
{
    /// <summary>Between two looks at one EHR, however many notifications come.</summary>
    public static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(2);

    /// <summary>After one that came short, where no poll would look again.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    /// <summary>By EHR, from when on it should be looked at.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _marked = new(StringComparer.Ordinal);

    public void Mark(string ehr) => _marked[ehr] = clock.GetUtcNow();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(AtMostEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            foreach (var (id, from) in _marked)
                if (from <= clock.GetUtcNow() && _marked.TryRemove(new(id, from)) && !await LookAsync(id, stoppingToken) && settings.PollMinutes == 0)
                    _marked.TryAdd(id, clock.GetUtcNow() + Again);
    }

    private async Task<bool> LookAsync(string id, CancellationToken stopping)
    {
        try
        {
            return registry.ById(id) is not { BackendClientId: not null } ehr || await watch.LookAsync(ehr, stopping);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("{Ehr}: the look after a notification failed: {Kind}", id, e.GetType().Name);
            return false;
        }
    }
}

/// <summary>
/// <c>POST /subscriptions/{ehr}</c> and below it <c>/{anything}</c>, where an R4 rest-hook with a payload PUTs its resource: R4 rest-hook,
/// and handshake, heartbeat and events of the R5 Backport guide. All are one thing here: the EHR has news.
/// </summary>
public static class NotificationEndpoint
{
    /// <summary>Beside <c>Authorization: Bearer</c>; the EHR's Subscription carries it in <c>channel.header</c>.</summary>
    public const string SecretHeader = "X-Subscription-Secret";

    public static void MapNotifications(this WebApplication app)
    {
        foreach (var pattern in (string[])["/subscriptions/{ehr}", "/subscriptions/{ehr}/{type}/{id}"])
            app.MapMethods(pattern, [HttpMethods.Post, HttpMethods.Put], Receive).ExcludeFromDescription();
    }

    private static IResult Receive(string ehr, HttpContext http, EhrRegistry registry, SecretFiles secrets, LookSoon soon)
    {
        // An unknown EHR and a wrong secret look the same from outside.
        if (registry.ById(ehr) is not { } found || !Fits(http.Request, secrets.Texts(found.SubscriptionSecret, found.SubscriptionSecretFile)))
        {
            Instruments.Notified(taken: false);
            return new Failure(FailureKind.NotSignedIn, "The notification carries no valid secret.").ToOperationOutcome();
        }
        soon.Mark(found.Id);
        Instruments.Notified(taken: true);
        return Results.Ok();
    }

    private static bool Fits(HttpRequest request, IReadOnlyList<string> secrets)
    {
        var bearer = request.Headers.Authorization.ToString();
        var given = bearer.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? bearer["Bearer ".Length..] : request.Headers[SecretHeader].ToString();
        var hashed = SHA256.HashData(Encoding.UTF8.GetBytes(given));
        return secrets.Any(secret => CryptographicOperations.FixedTimeEquals(hashed, SHA256.HashData(Encoding.UTF8.GetBytes(secret))));
    }
}
