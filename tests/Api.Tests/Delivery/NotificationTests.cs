using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>Notifications of an EHR: believed only as "there is news", and only with the secret.</summary>
public sealed class NotificationTests
{
    [Theory]
    [InlineData("POST", "/subscriptions/general", "")]
    [InlineData("PUT", "/subscriptions/general/ServiceRequest/1", """{"resourceType":"ServiceRequest","id":"1"}""")]
    [InlineData("POST", "/subscriptions/general", """{"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"name":"type","valueCode":"handshake"}]}}]}""")]
    [InlineData("POST", "/subscriptions/general", """{"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"name":"type","valueCode":"heartbeat"}]}}]}""")]
    [InlineData("POST", "/subscriptions/general", "not json at all")]
    public async Task Handshake_heartbeat_and_events_are_taken_with_the_secret(string method, string path, string body)
    {
        await using var world = await DeliveryWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync(world, method, path, body, DeliveryWorld.Secret));
    }

    [Theory]
    [InlineData("/subscriptions/general", null)]
    [InlineData("/subscriptions/general", "")]
    [InlineData("/subscriptions/general", "notify-me-0123456780")]
    [InlineData("/subscriptions/nowhere", "notify-me-0123456789")]
    public async Task A_missing_or_forged_secret_and_an_unknown_EHR_look_the_same(string path, string? secret)
    {
        await using var world = await DeliveryWorld.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(world, "POST", path, "", secret));
    }

    [Fact]
    public async Task The_secret_may_come_as_a_header_of_its_own()
    {
        await using var world = await DeliveryWorld.StartAsync();
        using var client = world.Host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/subscriptions/general") { Headers = { { "X-Subscription-Secret", DeliveryWorld.Secret } } };
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<HttpStatusCode> SendAsync(DeliveryWorld world, string method, string path, string body, string? secret)
    {
        using var client = world.Host.Client();
        using var request = new HttpRequestMessage(new(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/fhir+json") };
        if (secret is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret.Length == 0 ? " " : secret);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
