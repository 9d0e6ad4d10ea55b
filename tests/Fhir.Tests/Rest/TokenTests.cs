using BiopsyFhir.Fhir.Rest;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class TokenTests
{
    private const string Patient = """{"resourceType":"Patient","id":"1"}""";

    private static Task<ScriptedServer> ServerThatTakes(string token) => StartAsync(c =>
        c.Request.Headers.Authorization == $"Bearer {token}" ? Json($$"""{"resourceType":"Patient","id":"{{c.Request.Path.Value!.Split('/')[^1]}}"}""")(c) : Body(c, "text/plain", "Unauthorized"u8.ToArray(), 401));

    [Fact]
    public async Task After_a_401_there_is_one_refresh_and_one_more_try()
    {
        var tokens = new TestTokens();
        await using var server = await ServerThatTakes("token-2");
        using var patient = (await server.Client(tokens).ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal(["Bearer token-1", "Bearer token-2"], server.Requests.Select(r => r.Header("Authorization")));
    }

    [Fact]
    public async Task A_second_401_ends_it()
    {
        var tokens = new TestTokens();
        await using var server = await ServerThatTakes("token-9");
        Assert.IsType<FhirFailure.Unauthorised>((await server.Client(tokens).ReadAsync("Patient/1", CancellationToken.None)).Failure);
        Assert.Equal(1, tokens.Refreshes);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Without_a_fresh_token_nothing_more_is_sent()
    {
        await using var server = await ServerThatTakes("token-2");
        Assert.IsType<FhirFailure.Unauthorised>((await server.Client(new TestTokens(refreshable: false)).ReadAsync("Patient/1", CancellationToken.None)).Failure);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Parallel_calls_that_all_meet_a_401_refresh_once()
    {
        var tokens = new TestTokens();
        await using var server = await ServerThatTakes("token-2");
        var client = server.Client(tokens);
        var answers = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => client.ReadAsync($"Patient/{i}", CancellationToken.None)));
        Assert.All(answers, a => Assert.Null(a.Failure));
        Assert.Equal(1, tokens.Refreshes);
    }

    [Fact]
    public async Task A_403_is_not_a_reason_to_refresh()
    {
        var tokens = new TestTokens();
        await using var server = await StartAsync(Status(403));
        await server.Client(tokens).ReadAsync("Patient/1", CancellationToken.None);
        Assert.Equal(0, tokens.Refreshes);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await StartAsync(Json(Patient));
        await using var server = await StartAsync(Status(307, ("Location", elsewhere.Base + "/Patient/1")));
        Assert.IsType<FhirFailure.NotAllowedAddress>((await server.Client(new TestTokens()).ReadAsync("Patient/1", CancellationToken.None)).Failure);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_next_link_a_reference_an_attachment_or_a_location_elsewhere_is_never_asked()
    {
        await using var elsewhere = await StartAsync(Json(Patient));
        await using var server = await StartAsync(c => c.Request.Method == "POST"
            ? Status(201, ("Location", elsewhere.Base + "/CarePlan/7/_history/1"))(c)
            : Json($$"""{"resourceType":"Bundle","link":[{"relation":"next","url":"{{elsewhere.Base}}/Observation?page=2"}]}""")(c));
        var client = server.Client(new TestTokens());

        using var result = (await client.SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.IsType<FhirFailure.NotAllowedAddress>(result.Incomplete);
        Assert.False(result.ShowsAbsence);
        Assert.IsType<FhirFailure.NotAllowedAddress>((await client.ReadAsync(elsewhere.Base + "/Patient/1", CancellationToken.None)).Failure);
        Assert.IsType<FhirFailure.NotAllowedAddress>((await client.BinaryAsync(elsewhere.Base + "/Binary/1", "*/*", CancellationToken.None)).Failure);
        var written = (await client.CreateAsync("CarePlan", """{"resourceType":"CarePlan"}"""u8.ToArray(), null, CancellationToken.None)).Value;
        Assert.Equal(201, written.Status);
        Assert.Null(written.Address);
        Assert.Empty(elsewhere.Requests);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task No_token_at_all_is_unauthorised_without_a_request()
    {
        await using var server = await StartAsync(Json(Patient));
        Assert.IsType<FhirFailure.Unauthorised>((await server.Client(new NoTokens()).ReadAsync("Patient/1", CancellationToken.None)).Failure);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_token_never_prints_itself_and_carries_no_line_break()
    {
        Assert.Equal("(access token)", $"{new AccessToken("secret")}");
        Assert.DoesNotContain("a\r", Assert.Throws<ArgumentException>(() => new AccessToken("a\r\nX: y")).Message, StringComparison.Ordinal);
    }

    private sealed class NoTokens : IAccessTokens
    {
        public ValueTask<AccessToken?> GetAsync(CancellationToken ct) => default;

        public ValueTask<AccessToken?> RefreshAsync(AccessToken stale, CancellationToken ct) => default;
    }
}
