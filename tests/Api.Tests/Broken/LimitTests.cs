using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using BiopsyFhir.Api.Tests.Cds;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Smart;
using BiopsyFhir.Fhir.Rest;
using Repository = BiopsyFhir.Testing.Repository;

namespace BiopsyFhir.Api.Tests.Broken;

/// <summary>Each limit of docs/reliability.md from both sides: just below is taken, just above is refused in words.</summary>
public sealed class LimitTests : IClassFixture<OpenService>
{
    private const string Patient = """{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p","extension":[{"url":"x","valueString":"y"}]}}]""";

    private readonly HookWorld world;

    public LimitTests(OpenService open) => world = open.World;

    [Fact]
    public async Task A_body_is_nested_64_levels_and_no_more()
    {
        Assert.Equal(HttpStatusCode.OK, (await AssessAsync(Patient + $",\"x\":{Nested(63)}}}")).Status);
        var (status, words) = await AssessAsync(Patient + $",\"x\":{Nested(64)}}}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("deeper than 64 levels", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_has_256_KiB_and_500_entries_and_no_more()
    {
        Assert.Equal(HttpStatusCode.OK, (await FeedbackAsync("""{"feedback":[]}""".PadRight(256 * 1024))).Status);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, true), await FeedbackAsync("""{"feedback":[]}""".PadRight(256 * 1024 + 1)) is var (large, says) ? (large, says.Contains("262144 bytes", StringComparison.Ordinal)) : default);
        const string Entry = """{"card":"none","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00Z"}""";
        Assert.Equal(HttpStatusCode.OK, (await FeedbackAsync($$"""{"feedback":[{{string.Join(',', Enumerable.Repeat(Entry, 500))}}]}""")).Status);
        var (many, words) = await FeedbackAsync($$"""{"feedback":[{{string.Join(',', Enumerable.Repeat(Entry, 501))}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, many);
        Assert.Contains("More than 500 entries", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hooks_token_has_8_KiB_and_no_more()
    {
        await using var strict = await HookWorld.StartAsync();
        string Token(int length)
        {
            var pad = 0;
            string made;
            do made = strict.Token("/cds-services", (_, claims) => claims.With("pad", new string('x', pad))); while (made.Length < length && (pad += Math.Max(1, (length - made.Length) * 3 / 4)) < 20_000);
            return made;
        }
        var (fits, tooLong) = (Token(8 * 1024 - 6), Token(8 * 1024 + 1));
        Assert.InRange(fits.Length, 8 * 1024 - 6, 8 * 1024);
        using var taken = await strict.SendAsync(HttpMethod.Get, "/cds-services", null, fits);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using var refused = await strict.SendAsync(HttpMethod.Get, "/cds-services", null, tooLong);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_body_that_comes_more_slowly_than_240_bytes_a_second_is_given_up_in_words()
    {
        var address = new Uri(world.Host.Address);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /cds-services/{HookWorld.OrderSign} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"));
        using var reader = new StreamReader(connection.GetStream());
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("240 bytes a second", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_of_an_authorization_server_has_1_MiB_and_no_more()
    {
        await using var smart = await SmartWorld.StartAsync();
        var document = Encoding.UTF8.GetBytes(smart.Ehr.Configuration.ToJsonString().PadRight(1024 * 1024));
        smart.Ehr.Raw = request => request.Path.EndsWith("smart-configuration", StringComparison.Ordinal) ? document : null;
        await smart.Browser.StartAsync(smart.Ehr);
        document = [.. document, (byte)' '];
        smart.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        using var stopped = await smart.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(smart.Ehr.FhirBase)}&launch=x");
        Assert.Contains("larger than 1 MiB", await Browser.StoppedAsync(stopped, HttpStatusCode.GatewayTimeout, "unreachable"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_launch_has_4096_characters_and_no_more()
    {
        await using var smart = await SmartWorld.StartAsync();
        await smart.Browser.StartAsync(smart.Ehr, launch: new string('x', 4096));
        using var stopped = await smart.Browser.GetAsync($"/launch?iss={Uri.EscapeDataString(smart.Ehr.FhirBase)}&launch={new string('x', 4097)}");
        await Browser.StoppedAsync(stopped, HttpStatusCode.BadRequest, "no-launch");
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task A_search_has_50_pages_and_no_more(int pages, bool whole)
    {
        using var result = (await Client(request => Page(request, pages)).SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.Equal(50, result.Entries.Length);
        Assert.Equal(whole, result.Incomplete is null);
        if (!whole) Assert.Contains("more than 50 pages", result.Incomplete!.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task An_answer_of_an_EHR_has_20_MiB_and_no_more(int more, bool whole)
    {
        var body = """{"resourceType":"Patient","id":"1"}""".PadRight(20 * 1024 * 1024 + more);
        var read = await Client(_ => body).ReadAsync("Patient/1", CancellationToken.None);
        Assert.Equal(whole, read.Got(out var patient, out var failure));
        if (whole) patient!.Dispose();
        else Assert.Contains("more than 20 MiB", failure!.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_limit_of_the_page_has_its_tests()
    {
        var page = await File.ReadAllTextAsync(Repository.Path("docs/reliability.md"));
        var table = page[page.IndexOf("## Limits", StringComparison.Ordinal)..];
        var rows = table[..table.IndexOf("\n## ", 5, StringComparison.Ordinal)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
        Assert.True(rows.Count > 10);
        var tests = string.Concat(Directory.GetFiles(Repository.Path("tests"), "*Tests.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (var row in rows)
        {
            var names = row.TrimEnd(' ', '|').Split('|')[^1].Split('`').Where((_, i) => i % 2 == 1).ToList();
            Assert.True(names.Count > 0, row);
            Assert.All(names, name => Assert.Contains($" {name}(", tests, StringComparison.Ordinal));
        }
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private async Task<(HttpStatusCode Status, string Words)> AssessAsync(string body)
    {
        using var answer = await world.Client.PostAsync("/api/v1/assessments?procedureAt=2026-03-18", new StringContent(body, Encoding.UTF8, "application/fhir+json"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<(HttpStatusCode Status, string Words)> FeedbackAsync(string body)
    {
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{HookWorld.OrderSign}/feedback", HookWorld.Json(body), null);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Page(HttpRequestMessage request, int pages)
    {
        var number = int.Parse(request.RequestUri!.Query is { Length: > 0 } query ? query.Split('=')[^1] : "1", System.Globalization.CultureInfo.InvariantCulture);
        var next = number < pages ? $",\"link\":[{{\"relation\":\"next\",\"url\":\"http://127.0.0.1:9/fhir/Observation?page={number + 1}\"}}]" : "";
        return $$$"""{"resourceType":"Bundle","type":"searchset"{{{next}}},"entry":[{"resource":{"resourceType":"Observation","id":"o{{{number}}}"}}]}""";
    }

    private static FhirClient Client(Func<HttpRequestMessage, string> answer) =>
        new FhirConnection(FhirServer.Of("http://127.0.0.1:9/fhir", NetworkReach.Loopback), new HttpMessageInvoker(new Answers(answer)), TimeProvider.System, () => 0, new() { Retries = 0 }).ClientFor(null);

    private sealed class Answers(Func<HttpRequestMessage, string> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StringContent(answer(request), Encoding.UTF8) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } },
        });
    }
}

/// <summary>A service whose doors are open.</summary>
public sealed class OpenService : IAsyncLifetime
{
    public HookWorld World { get; private set; } = null!;

    public async Task InitializeAsync() => World = await HookWorld.StartAsync(("Sandbox:Enabled", "true"), ("Cds:RequireToken", "false"));

    public async Task DisposeAsync() => await World.DisposeAsync();
}
