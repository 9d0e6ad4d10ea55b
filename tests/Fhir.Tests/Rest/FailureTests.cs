using System.IO.Compression;
using System.Text;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class FailureTests
{
    private const string Patient = """{"resourceType":"Patient","id":"1"}""";

    [Theory]
    [InlineData(400, typeof(FhirFailure.Refused))]
    [InlineData(401, typeof(FhirFailure.Unauthorised))]
    [InlineData(403, typeof(FhirFailure.Forbidden))]
    [InlineData(404, typeof(FhirFailure.NotFound))]
    [InlineData(408, typeof(FhirFailure.TimedOut))]
    [InlineData(409, typeof(FhirFailure.Conflict))]
    [InlineData(410, typeof(FhirFailure.Gone))]
    [InlineData(412, typeof(FhirFailure.PreconditionFailed))]
    [InlineData(413, typeof(FhirFailure.TooLarge))]
    [InlineData(422, typeof(FhirFailure.Refused))]
    [InlineData(429, typeof(FhirFailure.Busy))]
    [InlineData(500, typeof(FhirFailure.Unavailable))]
    [InlineData(501, typeof(FhirFailure.Refused))]
    [InlineData(503, typeof(FhirFailure.Unavailable))]
    [InlineData(302, typeof(FhirFailure.NotAllowedAddress))]
    public async Task Each_status_has_its_failure(int status, Type kind)
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Status(status, ("Location", "https://elsewhere.example/")));
        var failure = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.IsType(kind, failure);
        Assert.Equal(status, failure.Status);
        Assert.EndsWith(".", failure.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_denied_type_is_named()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Status(403));
        var failure = (await server.Client().SearchAsync("Observation", FhirQuery.Of(("patient", "1")), CancellationToken.None)).Failure;
        Assert.Equal("Observation", Assert.IsType<FhirFailure.Forbidden>(failure).Type);
    }

    [Fact]
    public async Task The_outcome_is_parsed_but_stays_out_of_the_sentence()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Json(
            """{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"text":"bad code"},"diagnostics":"Jane Doe has no such code","expression":["CarePlan.status"]}]}""", 422));
        var failure = Assert.IsType<FhirFailure.Refused>((await server.Client().CreateAsync("CarePlan", "{}"u8.ToArray(), null, CancellationToken.None)).Failure);
        var issue = Assert.Single(failure.Issues);
        Assert.Equal("invalid", issue.Code);
        Assert.Equal("CarePlan.status", Assert.Single(issue.Where));
        Assert.Equal("bad code (Jane Doe has no such code)", failure.OutcomeText);
        Assert.DoesNotContain("Jane", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Jane", $"{issue}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "<html>", "an HTML page instead of FHIR JSON")]
    [InlineData("text/plain", "Unauthorized", "plain text instead of FHIR JSON")]
    [InlineData("application/fhir+xml", "<Patient/>", "XML instead of FHIR JSON")]
    [InlineData("application/octet-stream", Patient, "a body that is not FHIR JSON")]
    [InlineData("application/fhir+json", "", "an empty body")]
    [InlineData("application/fhir+json", """{"resourceType":"Patient","id":"1" """, "its body is not JSON")]
    [InlineData("application/fhir+json", """{"resourceType":"Patient","id":"1","id":"2"}""", "in its body, the key is there twice")]
    [InlineData("application/fhir+json; charset=iso-8859-1", Patient, "text that is not UTF-8")]
    [InlineData("application/fhir+json", """{"resourceType":"Patient","id":"2"}""", "another resource than the one asked for")]
    [InlineData("application/fhir+json", """{"resourceType":"Observation","id":"1"}""", "another resource than the one asked for")]
    [InlineData("application/fhir+json", """{"resourceType":"Patient","id":"1","text":"\ud800"}""", "in its body, half a surrogate pair")]
    [InlineData("application/fhir+json", "[1]", "another resource than the one asked for")]
    public async Task What_is_not_the_resource_is_named(string type, string body, string what)
    {
        await using var server = await ScriptedServer.StartAsync(c => ScriptedServer.Body(c, type, Encoding.UTF8.GetBytes(body)));
        var failure = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.Equal(what, Assert.IsType<FhirFailure.Garbled>(failure).What);
    }

    [Theory]
    [InlineData("application/fhir+json")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("application/json+fhir; charset=\"utf-8\"")]
    [InlineData("text/json")]
    public async Task Names_that_servers_use_for_json_are_read(string type)
    {
        await using var server = await ScriptedServer.StartAsync(c => ScriptedServer.Body(c, type, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Patient)]));
        using var patient = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal("1", patient.Root.Member("id").GetString());
    }

    [Fact]
    public async Task Nesting_beyond_64_levels_is_refused()
    {
        var deep = """{"resourceType":"Patient","id":"1","x":""" + new string('[', 70) + new string(']', 70) + "}";
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Json(deep));
        var failure = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.Equal("in its body, nested deeper than 64 levels", Assert.IsType<FhirFailure.Garbled>(failure).What);
    }

    [Fact]
    public async Task A_search_answered_with_an_outcome_is_not_an_empty_result()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Json("""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}"""));
        var failure = (await server.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Failure;
        Assert.Equal("timeout", Assert.Single(Assert.IsType<FhirFailure.Refused>(failure).Issues).Code);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{\"resourceType\":\"Patient\",", "a body that ended early", 3)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"res\r\n", "a body that ended early", 3)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nConnection: close\r\n\r\n{\"resourceType\":", "its body is not JSON", 1)]
    [InlineData("220 smtp.example ESMTP\r\n", "not HTTP", 1)]
    public async Task A_body_that_breaks_off_is_named_and_asked_again_where_the_break_can_be_seen(string answer, string what, int asked)
    {
        await using var server = new RawServer(answer);
        var ehr = FhirServer.Of(server.Base, NetworkReach.Loopback);
        var client = new FhirConnection(ehr, new HttpMessageInvoker(FhirConnection.CreateHandler(ehr)), TimeProvider.System, () => 0.5, ScriptedServer.Quick).ClientFor(null);
        Assert.Equal(what, Assert.IsType<FhirFailure.Garbled>((await client.ReadAsync("Patient/1", CancellationToken.None)).Failure).What);
        Assert.Equal(asked, server.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thirty_megabytes_are_too_large(bool lengthAnnounced)
    {
        await using var server = await ScriptedServer.StartAsync(async c =>
        {
            c.Response.ContentType = "application/fhir+json";
            if (lengthAnnounced)
                c.Response.ContentLength = 30 * 1024 * 1024;
            var piece = new byte[1024 * 1024];
            Array.Fill(piece, (byte)' ');
            for (var i = 0; i < 30; i++)
                await c.Response.Body.WriteAsync(piece);
        });
        var failure = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.Equal("the answer has more than 20 MiB", Assert.IsType<FhirFailure.TooLarge>(failure).What);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_gzip_bomb_stops_at_the_limit()
    {
        var bomb = Compress(s => new GZipStream(s, CompressionLevel.Fastest), 400 * 1024 * 1024);
        Assert.True(bomb.Length < 4 * 1024 * 1024);
        await using var server = await ScriptedServer.StartAsync(c => ScriptedServer.Body(c, "application/fhir+json", bomb, 200, ("Content-Encoding", "gzip")));
        var ehr = FhirServer.Of(server.Base, NetworkReach.Loopback);
        var counting = new CountingHandler { InnerHandler = FhirConnection.CreateHandler(ehr) };
        var limits = new FhirLimits { BodyBytes = 1024 * 1024 };
        var client = new FhirConnection(ehr, new HttpMessageInvoker(counting), TimeProvider.System, () => 0.5, ScriptedServer.Quick, limits).ClientFor(null);
        Assert.Equal("the answer has more than 1 MiB", Assert.IsType<FhirFailure.TooLarge>((await client.ReadAsync("Patient/1", CancellationToken.None)).Failure).What);
        Assert.InRange(counting.BytesUnpacked, limits.BodyBytes, limits.BodyBytes * 2);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_gets_no_request()
    {
        await using var server = await ScriptedServer.StartAsync(selfSigned: true, ScriptedServer.Json(Patient));
        var ehr = FhirServer.Of(server.Base.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), NetworkReach.Loopback);
        Assert.StartsWith("https://", ehr.BaseUrl, StringComparison.Ordinal);
        var client = new FhirConnection(ehr, new HttpMessageInvoker(FhirConnection.CreateHandler(ehr)), TimeProvider.System, () => 0.5, ScriptedServer.Quick).ClientFor(new TestTokens());
        Assert.Equal("its certificate or TLS is not accepted", Assert.IsType<FhirFailure.Unavailable>((await client.ReadAsync("Patient/1", CancellationToken.None)).Failure).Why);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Compressed_answers_are_read(string encoding)
    {
        await using var server = await ScriptedServer.StartAsync(c =>
        {
            using var memory = new MemoryStream();
            using (Stream stream = encoding switch { "gzip" => new GZipStream(memory, CompressionLevel.Fastest), "br" => new BrotliStream(memory, CompressionLevel.Fastest), _ => new ZLibStream(memory, CompressionLevel.Fastest) })
                stream.Write(Encoding.UTF8.GetBytes(Patient));
            return ScriptedServer.Body(c, "application/fhir+json", memory.ToArray(), 200, ("Content-Encoding", encoding));
        });
        using var patient = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal("Patient", patient.Root.Member("resourceType").GetString());
        Assert.Contains(encoding, server.Requests.Single().Header("Accept-Encoding")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_or_unknown_compression_is_named()
    {
        await using var broken = await ScriptedServer.StartAsync(c => ScriptedServer.Body(c, "application/fhir+json", "not gzip at all"u8.ToArray(), 200, ("Content-Encoding", "gzip")));
        Assert.Equal("a broken compressed body", Assert.IsType<FhirFailure.Garbled>((await broken.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure).What);
        await using var unknown = await ScriptedServer.StartAsync(c => ScriptedServer.Body(c, "application/fhir+json", "xyz"u8.ToArray(), 200, ("Content-Encoding", "zstd")));
        Assert.Equal("an unknown compression", Assert.IsType<FhirFailure.Garbled>((await unknown.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure).What);
    }

    [Fact]
    public async Task Nobody_listening_is_unavailable_and_a_write_has_not_arrived()
    {
        string address;
        await using (var server = await ScriptedServer.StartAsync(ScriptedServer.Status(200)))
            address = server.Base;
        var gone = FhirServer.Of(address, NetworkReach.Loopback);
        var client = new FhirConnection(gone, new HttpMessageInvoker(FhirConnection.CreateHandler(gone)), TimeProvider.System, () => 0.5, ScriptedServer.Quick).ClientFor(null);
        var failure = (await client.CreateAsync("CarePlan", "{}"u8.ToArray(), null, CancellationToken.None)).Failure;
        Assert.Equal("it takes no connection", Assert.IsType<FhirFailure.Unavailable>(failure).Why);
        Assert.False(failure.OutcomeUnknown);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_thrown()
    {
        await using var server = await ScriptedServer.StartAsync(c => Task.Delay(Timeout.Infinite, c.RequestAborted));
        using var source = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Client().ReadAsync("Patient/1", source.Token));
    }

    /// <summary>Counts what was taken out of the decompressed body.</summary>
    private sealed class CountingHandler : DelegatingHandler
    {
        public long BytesUnpacked { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var answer = await base.SendAsync(request, ct);
            var counted = new StreamContent(new CountingStream(await answer.Content.ReadAsStreamAsync(ct), n => BytesUnpacked += n), 16 * 1024);
            foreach (var (name, values) in answer.Content.Headers)
                counted.Headers.TryAddWithoutValidation(name, values);
            answer.Content = counted;
            return answer;
        }

        private sealed class CountingStream(Stream inner, Action<int> read) : Stream
        {
            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => false;

            public override long Length => throw new NotSupportedException();

            public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
            {
                var count = await inner.ReadAsync(buffer, ct);
                read(count);
                return count;
            }

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush()
            {
            }

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        }
    }

    private static byte[] Compress(Func<Stream, Stream> with, int zeros)
    {
        using var memory = new MemoryStream();
        using (var stream = with(memory))
        {
            var piece = new byte[1024 * 1024];
            for (var i = 0; i < zeros / piece.Length; i++)
                stream.Write(piece);
        }

        return memory.ToArray();
    }
}
