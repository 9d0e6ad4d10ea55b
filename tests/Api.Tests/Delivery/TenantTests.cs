using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>Two EHRs with patients and orders of the same ids, one service: what one causes is never read or written at the other.</summary>
public sealed class TenantTests
{
    private const string OtherSecret = "the-other-0123456789";

    private static async Task<(DeliveryWorld General, FakeEhr Other)> WorldAsync(params (string Key, string Value)[] more)
    {
        var other = await FakeEhr.StartAsync();
        return (await DeliveryWorld.DaytimeAsync([("Ehrs:1:Id", "other"), ("Ehrs:1:Issuer", other.FhirBase), ("Ehrs:1:BackendClientId", "robot"), ("Ehrs:1:SubscriptionSecret", OtherSecret), .. more]), other);
    }

    private static List<Recorded> Of(FakeEhr ehr) => [.. ehr.Requests.Where(r => r.Path.StartsWith("/fhir/", StringComparison.Ordinal))];

    [Fact]
    public async Task A_notification_of_one_EHR_has_only_that_one_looked_at_and_its_secret_opens_no_other()
    {
        // No poll: whoever is asked is asked because of a notification.
        var (general, other) = await WorldAsync(("Education:Automatic", "true"), ("Education:PollMinutes", "0"), ("Education:SeenMinutes", "0"));
        await using var _ = general;
        await using var __ = other;
        using var client = general.Host.Client();
        async Task<int> NotifyAsync(string ehr, string secret)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/subscriptions/{ehr}") { Headers = { { "X-Subscription-Secret", secret } } };
            using var answer = await client.SendAsync(request);
            return (int)answer.StatusCode;
        }
        general.Order("1", "2026-03-18T09:00:00-04:00");
        Assert.Equal(401, await NotifyAsync("other", DeliveryWorld.Secret));
        Assert.Equal(401, await NotifyAsync("general", OtherSecret));
        Assert.Equal(200, await NotifyAsync("general", DeliveryWorld.Secret));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await general.RowsAsync() is []) await Task.Delay(100, patience.Token); // seen and queued by the service itself
        await general.DeliverAsync();
        Assert.Empty(Of(other));
        Assert.Equal("general", Assert.Single(await general.RowsAsync()).EhrId);
    }

    [Theory]
    [InlineData("EHR")]
    [InlineData("patient")]
    [InlineData("words")]
    public async Task A_row_that_was_changed_to_another_EHR_or_patient_is_written_nowhere(string what)
    {
        var (general, other) = await WorldAsync();
        await using var _ = general;
        await using var __ = other;
        general.Order("1", "2026-03-18T09:00:00-04:00");
        await general.LookAsync();
        await general.SignAsync("en");
        string? swapped = null;
        await using (var db = await general.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync())
        {
            var rows = await db.Deliveries.OrderBy(r => r.Kind).ToListAsync();
            Assert.Contains(rows, r => r.Kind is "leaflet");
            var messages = rows.Where(r => r.Payload is not null).ToList();
            Assert.True(messages.Count > 1, $"{messages.Count} messages");
            foreach (var row in rows)
            {
                if (what is "EHR") row.EhrId = "other";
                else if (what is "patient") row.Patient = "Patient/pat-2";
                row.DueAt = general.Host.Clock.GetUtcNow();
            }
            if (what is "words") (messages[0].Payload, swapped) = (messages[1].Payload, messages[0].Id); // another message's
            await db.SaveChangesAsync();
        }
        var before = Of(other).Count;
        await general.DeliverAsync();
        Assert.Equal(before, Of(other).Count);
        var changed = (await general.RowsAsync()).Where(r => swapped is null || r.Id == swapped).ToList();
        Assert.NotEmpty(changed);
        Assert.All(changed, r => Assert.Equal(("failed", "its row was changed behind the service; nothing was sent"), (r.State, r.Reason)));
        if (swapped is null) Assert.Empty(general.Written);
    }

    [Fact]
    public async Task What_is_queued_for_one_EHR_goes_there_only_though_the_other_has_the_same_patient_and_order()
    {
        var (general, other) = await WorldAsync();
        await using var _ = general;
        await using var __ = other;
        general.Order("1", "2026-03-18T09:00:00-04:00");
        await general.LookAsync();
        await general.SignAsync("en");
        general.Host.Clock.Advance(TimeSpan.FromDays(4));
        var before = Of(other).Count;
        Assert.NotEqual(0, await general.DeliverAsync());
        Assert.NotEmpty(general.Written);
        Assert.Equal(before, Of(other).Count);
        Assert.DoesNotContain(Of(other), r => r.Method is not "GET");
    }
}
