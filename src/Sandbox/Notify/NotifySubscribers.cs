using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using BiopsyFhir.Sandbox.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Notify;

/// <summary>Tells rest-hook subscribers what was written. A bounded queue in memory: writing never waits for a subscriber, and what falls out
/// of a full queue or a stopped process is lost, as with real EHRs. Subscribers therefore also poll.</summary>
internal sealed class NotifySubscribers(ResourceStore store, SandboxAddresses at, IHttpClientFactory http, IOptions<SandboxOptions> options, TimeProvider clock,
    ILogger<NotifySubscribers> log) : BackgroundService
{
    /// <param name="Focus">Null: the subscription itself is new and is to be set up.</param>
    private sealed record Notification(ResourceKey Subscription, StoredResource? Focus);

    private readonly Channel<Notification> queue = Channel.CreateBounded<Notification>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly ConcurrentDictionary<ResourceKey, long> events = new();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        store.Written += Queue;
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var notification in queue.Reader.ReadAllAsync(stoppingToken))
                await HandleAsync(notification, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the rest of the queue goes with the process.
        }
        finally
        {
            store.Written -= Queue;
        }
    }

    private void Queue(IReadOnlyList<StoredResource> changes)
    {
        foreach (var change in changes.Where(c => !c.Deleted))
            if (change.Key.Type == "Subscription")
            {
                if (change.Body.Text("status") == "requested") queue.Writer.TryWrite(new(change.Key, null));
            }
            else
                foreach (var subscription in store.Now.All("Subscription"))
                    if (Wants(subscription, change)) queue.Writer.TryWrite(new(subscription.Key, change));
    }

    private bool Wants(StoredResource subscription, StoredResource change)
    {
        if (subscription.Body.Text("status") != "active") return false;
        var criteria = SubscriptionTerms.Read(subscription.Body, at.Fhir).Criteria;
        return criteria.Type.Name == change.Key.Type && criteria.IsMetBy(change);
    }

    private async Task HandleAsync(Notification notification, CancellationToken ct)
    {
        if (store.Now.Existing(notification.Subscription) is not { } subscription) return;
        var terms = SubscriptionTerms.Read(subscription.Body, at.Fhir);
        // Plain R4 has no handshake: a requested subscription is simply switched on.
        var fault = notification.Focus is null && terms.Content is null ? null : await DeliverAsync(subscription, terms, notification.Focus, ct);
        if (fault is not null && log.IsEnabled(LogLevel.Warning)) log.LogWarning("{Subscription} could not be notified: {Reason}", subscription.Key, fault);
        if (notification.Focus is null || fault is not null) SetStatus(subscription.Key, fault);
    }

    /// <summary>Null when the subscriber took it; else why not, after every retry.</summary>
    private async Task<string?> DeliverAsync(StoredResource subscription, SubscriptionTerms terms, StoredResource? focus, CancellationToken ct)
    {
        var number = focus is null ? 0 : events.AddOrUpdate(subscription.Key, 1, (_, n) => n + 1);
        var fault = "";
        foreach (var pause in options.Value.NotificationRetries.Prepend(TimeSpan.Zero))
        {
            await Task.Delay(pause, clock, ct);
            try
            {
                using var client = http.CreateClient(SandboxEhr.HttpClientName);
                using var request = Request(subscription, terms, number, focus);
                using var answer = await client.SendAsync(request, ct);
                if (answer.IsSuccessStatusCode) return null;
                fault = $"HTTP {(int)answer.StatusCode}";
            }
            catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !ct.IsCancellationRequested))
            {
                fault = "the endpoint does not answer";
            }
        }
        return fault;
    }

    /// <summary>Backport: POST of a notification bundle. Plain R4 without payload: an empty POST; with payload: PUT of the resource below the
    /// endpoint (hl7.org/fhir/R4/subscription.html, "REST Hook").</summary>
    private HttpRequestMessage Request(StoredResource subscription, SubscriptionTerms terms, long number, StoredResource? focus)
    {
        var below = new Uri($"{terms.Endpoint.AbsoluteUri.TrimEnd('/')}/{focus?.Key}");
        var (method, url, body) = (terms.Content, terms.HasPayload, focus) switch
        {
            ({ }, _, _) => (HttpMethod.Post, terms.Endpoint, FhirJson.Write(NotificationBundle.Of(subscription, terms, at.Fhir, focus is null ? "handshake" : "event-notification", number, focus, clock.GetUtcNow()))),
            (null, true, { }) => (HttpMethod.Put, below, focus.Json),
            _ => (HttpMethod.Post, terms.Endpoint, null),
        };
        var request = new HttpRequestMessage(method, url);
        foreach (var (name, value) in terms.Headers) request.Headers.TryAddWithoutValidation(name, value);
        request.Content = new ByteArrayContent(body ?? []);
        if (body is not null) request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        return request;
    }

    private void SetStatus(ResourceKey key, string? fault) => store.Write(draft =>
    {
        if (draft.State.Existing(key) is not { } current) return false;
        var body = FhirJson.Read(current.Json);
        body["status"] = fault is null ? "active" : "error";
        if (fault is null) body.Remove("error");
        else body["error"] = JsonValue.Create(fault);
        draft.Put(key, body);
        return true;
    });
}
