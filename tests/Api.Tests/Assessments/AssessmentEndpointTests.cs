using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>Contract section 2, line by line.</summary>
public class AssessmentEndpointTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    private static readonly string Good = Bundle(Patient, Order);

    [Fact]
    public async Task An_answer_has_every_member_of_the_contract()
    {
        using var response = await host.PostAsync(Good);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var answer = await JsonAsync(response);
        Assert.Equal(
            ["assessmentId", "asOf", "policy", "procedure", "patient", "readiness", "findings", "medications", "labs", "anaemia", "creatinineClearance", "notJudged"],
            answer.EnumerateObject().Select(m => m.Name));
        Assert.Matches("^sha256:[0-9a-f]{64}$", answer.GetProperty("assessmentId").GetString());
        Assert.Matches("^sha256:[0-9a-f]{64}$", answer.GetProperty("policy").GetProperty("hash").GetString());
        Assert.Equal(("2026-03-18", "2026-03-18T08:00:00+00:00", true, "posterior-iliac-crest", "not-stated"), (
            Text(answer, "procedure", "date"), Text(answer, "procedure", "at"), answer.GetProperty("procedure").GetProperty("timeAssumed").GetBoolean(),
            Text(answer, "procedure", "site"), Text(answer, "procedure", "indication")));
        Assert.Equal(("Patient/p", 72, "female", "2026-03-11", "P1"), (
            Text(answer, "patient", "reference"), answer.GetProperty("patient").GetProperty("ageYears").GetInt32(), Text(answer, "patient", "sex"),
            answer.GetProperty("asOf").GetString(), Text(answer, "policy", "id")));
        Assert.Equal("action-needed", answer.GetProperty("readiness").GetString()); // no medication list seen is never ready
    }

    [Fact]
    public async Task Every_finding_carries_its_facts_and_resolved_citations()
    {
        var answer = await host.AssessAsync(Good);
        var findings = answer.GetProperty("findings").EnumerateArray().ToList();
        Assert.NotEmpty(findings);
        foreach (var finding in findings)
        {
            Assert.Contains(finding.GetProperty("severity").GetString(), (string[])["critical", "high", "moderate", "low", "info"]);
            Assert.Contains(finding.GetProperty("action").GetString(), (string[])["hold", "continue", "no-hold", "ask-specialist", "order-test", "repeat-test", "review", "reschedule", "inform"]);
            Assert.NotEmpty(finding.GetProperty("because").EnumerateArray());
            Assert.All(finding.GetProperty("citations").EnumerateArray(), c => Assert.NotEqual(0, c.GetProperty("text").GetString()!.Length));
            Assert.NotEmpty(finding.GetProperty("citations").EnumerateArray());
        }
    }

    [Fact]
    public async Task Phases_are_timed_and_the_answer_is_not_stored_by_anyone()
    {
        using var response = await host.PostAsync(Good);
        Assert.Equal(["parse", "gather", "assess", "present"], response.Headers.GetValues("Server-Timing").Single().Split(", ").Select(p => p.Split(';')[0]));
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("application/fhir+json", HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.OK)]
    [InlineData("application/fhir+json; charset=utf-8; fhirVersion=4.0", HttpStatusCode.OK)]
    [InlineData("APPLICATION/JSON; charset=\"UTF-8\"", HttpStatusCode.OK)]
    [InlineData("application/json; charset=iso-8859-1", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/fhir+xml", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    public async Task Media_types_are_FHIR_or_plain_JSON(string? type, HttpStatusCode status)
    {
        using var response = await host.PostAsync(Good, type: type);
        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity")]
    [InlineData("br")]
    public async Task Any_content_encoding_is_refused(string coding)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) await gzip.WriteAsync(Encoding.UTF8.GetBytes(Good));
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add(coding);
        using var response = await host.Client.PostAsync("/api/v1/assessments", content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task A_byte_order_mark_is_accepted()
    {
        using var response = await host.PostAsync([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Good)]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "body: is empty" },
        { "{", "line 1, byte 2: is not JSON (#)" },
        { "[]", "#/resourceType: A FHIR Bundle is expected." },
        { "{\"resourceType\":\"Patient\"}", "#/resourceType: A FHIR Bundle is expected." },
        { "null", "#/resourceType: A FHIR Bundle is expected." },
        { Good.Replace("\"type\"", "\"entry\":[],\"type\"", StringComparison.Ordinal), "#/entry: the key is there twice" },
        { Bundle(Order), "body: There is no Patient." },
        { Bundle(Patient, Patient.Replace("\"p\"", "\"q\"", StringComparison.Ordinal)), "#/entry/1/resource: One Patient is expected; there are 2." },
        { Bundle("{\"resource\":" + new string('[', 62) + new string(']', 62) + "}"), "nested deeper than 64 levels" },
        { Bundle(Patient), "query procedureAt: There is no order and no booked appointment for a marrow biopsy; state the date." },
        { "{\"resourceType\":\"Bundle\"}", "body: There is no Patient." },
        { "{\"resourceType\":\"Bundle\",\"entry\":7}", "body: There is no Patient." },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_that_cannot_be_used_is_refused_with_what_and_where(string body, string error)
    {
        using var response = await host.PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(await ErrorsAsync(response), e => e.Contains(error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_refused_with_their_place()
    {
        using var response = await host.PostAsync([.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        Assert.Equal(["byte 7: is not UTF-8"], await ErrorsAsync(response));
    }

    [Theory]
    [InlineData("asOf=2026-02-30")]
    [InlineData("asOf=")]
    [InlineData("asOf=2026-03")]
    [InlineData("asOf=1026-03-11")]
    [InlineData("procedureAt=2026-03-18T08:00:00")]
    [InlineData("procedureAt=18.03.2026")]
    [InlineData("procedureAt=2026-03-10")]
    [InlineData("policy=p1")]
    [InlineData("indication=anaemia")]
    [InlineData("site=hip")]
    [InlineData("sedation=deep")]
    [InlineData("escort=YES")]
    [InlineData("elevationMeters=high")]
    [InlineData("elevationMeters=1e3")]
    [InlineData("elevationMeters=9000")]
    [InlineData("timeZone=Mars/Base")]
    [InlineData("timeZone=../../etc/passwd")]
    [InlineData("policy=P1&policy=P2")]
    [InlineData("procedurAt=2026-03-18")]
    public async Task A_query_value_that_is_unknown_or_impossible_is_refused_by_name(string query)
    {
        using var response = await host.PostAsync(Good, query.StartsWith("asOf", StringComparison.Ordinal) ? $"?{query}" : $"?asOf=2026-03-11&{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith($"query {query.Split('=')[0]}: ", Assert.Single(await ErrorsAsync(response)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_query_and_body_come_at_once()
    {
        using var response = await host.PostAsync("{\"a\":1,\"a\":2,\"b\":{\"c\":1,\"c\":2}}", "?asOf=x&policy=y&site=z&escort=w");
        Assert.Equal(["query asOf", "query site", "query escort", "query policy", "#/a", "#/b/c"], (await ErrorsAsync(response)).Select(e => e.Split(": ")[0]));
    }

    [Theory]
    [InlineData("procedureAt=2026-04-01T09:30:00-05:00", "2026-04-01T14:30:00+00:00", false)]
    [InlineData("procedureAt=2026-04-01T09:30:00%2B02:00", "2026-04-01T07:30:00+00:00", false)]
    [InlineData("procedureAt=2026-04-01T09:30:00+02:00", "2026-04-01T07:30:00+00:00", false)] // '+' not escaped: arrives as a blank
    [InlineData("procedureAt=2026-04-01T23:30:00-05:00&timeZone=America/Chicago", "2026-04-01T23:30:00-05:00", false)]
    [InlineData("procedureAt=2026-04-01T23:30:00-05:00", "2026-04-02T04:30:00+00:00", false)]
    [InlineData("PROCEDUREAT=2026-04-01", "2026-04-01T08:00:00+00:00", true)]
    public async Task The_time_of_the_biopsy_is_read_in_the_facilitys_zone(string query, string at, bool assumed)
    {
        var procedure = (await host.AssessAsync(Good, $"?asOf=2026-03-11&{query}")).GetProperty("procedure");
        Assert.Equal((at, at[..10], assumed), (procedure.GetProperty("at").GetString(), procedure.GetProperty("date").GetString(), procedure.GetProperty("timeAssumed").GetBoolean()));
    }

    [Fact]
    public async Task Without_as_of_the_clock_says_what_day_it_is()
    {
        var answer = await host.AssessAsync(Good, "?timeZone=Asia/Tokyo");
        Assert.Equal("2026-03-11", answer.GetProperty("asOf").GetString()); // 09:00 UTC is 18:00 in Tokyo
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read_and_one_byte_more_is_not()
    {
        var start = Encoding.UTF8.GetBytes(Good);
        var whole = new byte[20_971_520];
        Array.Fill(whole, (byte)' ');
        start.CopyTo(whole, 0);
        using var accepted = await host.PostAsync(whole);
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        using var refused = await host.PostAsync([.. whole, (byte)' ']);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_measured_while_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/assessments") { Content = new StreamContent(new Blanks(25_000_000)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = true;
        using var response = await host.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task An_entry_that_cannot_be_used_is_said_and_is_no_error()
    {
        var answer = await host.AssessAsync(Bundle(Patient, Order, "{\"resource\":{\"resourceType\":\"Mystery\"}}", "7",
            """{"resource":{"resourceType":"Observation","id":"other","subject":{"reference":"Patient/q"},"status":"final","code":{"text":"INR"}}}"""));
        var said = answer.GetProperty("notJudged").EnumerateArray().Select(n => n.GetProperty("what").GetString()).ToList();
        Assert.Contains("1 Mystery", said);
        Assert.Contains("Entry at #/entry/3", said);
        Assert.Contains("Observation/other", said);
    }

    [Fact]
    public async Task A_dead_patient_cannot_be_judged()
    {
        var answer = await host.AssessAsync(Bundle(Patient.Replace("\"gender\"", "\"deceasedBoolean\":true,\"gender\"", StringComparison.Ordinal), Order));
        Assert.Equal(("cannot-judge", 0), (answer.GetProperty("readiness").GetString(), answer.GetProperty("findings").GetArrayLength()));
        Assert.Contains(answer.GetProperty("notJudged").EnumerateArray(), n => n.GetProperty("why").GetString()!.Contains("died", StringComparison.Ordinal));
    }

    private static string? Text(JsonElement answer, string part, string name) => answer.GetProperty(part).GetProperty(name).GetString();

    /// <summary>A stream of blanks that does not know its length.</summary>
    private sealed class Blanks(long left) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, left);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            left -= read;
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
