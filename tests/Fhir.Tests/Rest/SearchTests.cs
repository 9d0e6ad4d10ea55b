using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using Microsoft.AspNetCore.Http;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class SearchTests
{
    private static Func<HttpContext, Task> Page(string id, string? next, string extra = "")
    {
        var links = next is null ? "[]" : $$"""[{"relation":"next","url":"{{next}}"}]""";
        var match = $$$"""{"resource":{"resourceType":"Observation","id":"{{{id}}}"},"search":{"mode":"match"}}""";
        return Json($$"""{"resourceType":"Bundle","type":"searchset","link":{{links}},"entry":[{{match}} {{extra}}]}""");
    }

    [Fact]
    public async Task Every_page_is_read_with_relative_and_absolute_links()
    {
        ScriptedServer? self = null;
        await using var server = self = await StartAsync(
            c => Page("1", self!.Base + "?_getpages=a")(c), Page("2", "Observation?page=3"), Page("3", null));
        using var result = (await server.Client(new TestTokens()).SearchAsync("Observation", FhirQuery.Of(("patient", "1"), ("code", "http://loinc.org|718-7,http://loinc.org|777-3")), CancellationToken.None)).Value;
        Assert.Equal(["1", "2", "3"], result.Matches.Select(m => m.Member("id").GetString()));
        Assert.Null(result.Incomplete);
        Assert.Equal(["/fhir/Observation?patient=1&code=http%3A%2F%2Floinc.org%7C718-7%2Chttp%3A%2F%2Floinc.org%7C777-3", "/fhir?_getpages=a", "/fhir/Observation?page=3"], server.Requests.Select(r => r.Target));
        Assert.All(server.Requests, r => Assert.Equal("Bearer token-1", r.Header("Authorization")));
    }

    [Fact]
    public async Task A_circle_of_pages_ends_as_incomplete()
    {
        await using var server = await StartAsync(Page("1", "Observation?page=2"), Page("2", "Observation?page=3"), Page("3", "Observation?page=2"));
        using var result = (await server.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.Equal("pages that lead in a circle", Assert.IsType<FhirFailure.Garbled>(result.Incomplete).What);
        Assert.Equal(3, result.Entries.Length);
    }

    [Fact]
    public async Task Pages_without_end_stop_at_the_limit()
    {
        var page = 0;
        await using var server = await StartAsync(c => Page("x", $"Observation?page={++page}")(c));
        using var result = (await server.Client(limits: new FhirLimits { Pages = 5 }).SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.IsType<FhirFailure.TooLarge>(result.Incomplete);
        Assert.Equal(5, server.Requests.Count);
        using var bytes = (await server.Client(limits: new FhirLimits { SearchBytes = 400 }).SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.IsType<FhirFailure.TooLarge>(bytes.Incomplete);
        Assert.InRange(bytes.Entries.Length, 2, 4);
    }

    [Fact]
    public async Task A_page_that_fails_leaves_the_first_ones_and_says_so()
    {
        await using var server = await StartAsync(Page("1", "Observation?page=2"), Status(404));
        using var result = (await server.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.Single(result.Matches);
        Assert.IsType<FhirFailure.NotFound>(result.Incomplete);
        Assert.False(result.ShowsAbsence);
    }

    [Fact]
    public async Task Matches_includes_notes_and_unreadable_entries_are_told_apart_and_none_is_dropped()
    {
        await using var server = await StartAsync(Page("1", null, """
            ,{"resource":{"resourceType":"Patient","id":"p"},"search":{"mode":"include"}},
            {"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"processing","diagnostics":"some data withheld"}]},"search":{"mode":"outcome"}},
            {"resource":{"resourceType":"Observation","id":"2"}},
            {"resource":{"resourceType":"Medication","id":"m"}},
            {"fullUrl":"urn:x"},
            null
            """));
        using var result = (await server.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.Equal(
            [EntryMode.Match, EntryMode.Include, EntryMode.Outcome, EntryMode.Match, EntryMode.Include, EntryMode.Unreadable, EntryMode.Unreadable],
            result.Entries.Select(e => e.Mode));
        Assert.Equal("some data withheld", Assert.Single(result.Notes).Text);
        Assert.False(result.ShowsAbsence);
    }

    [Fact]
    public async Task An_empty_bundle_is_an_answer_and_an_odd_one_is_not()
    {
        await using var empty = await StartAsync(Json("""{"resourceType":"Bundle","type":"searchset","total":0}"""));
        using var nothing = (await empty.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Value;
        Assert.Empty(nothing.Entries);
        Assert.True(nothing.ShowsAbsence);
        await using var odd = await StartAsync(Json("""{"resourceType":"Bundle","entry":{}}"""));
        Assert.IsType<FhirFailure.Garbled>((await odd.Client().SearchAsync("Observation", FhirQuery.Empty, CancellationToken.None)).Failure);
    }

    [Theory]
    [InlineData("patient=1&code=a,b&_count=50&_include=x", "https://x/Observation?patient=1&code=a%2Cb", SelfLinkVerdict.Honoured, "")]
    [InlineData("patient=1&code=a,b", "Observation?code=a,b&patient=Patient/1&_format=json", SelfLinkVerdict.Honoured, "")]
    [InlineData("patient=1&code=a,b", "https://x/Observation?patient=1", SelfLinkVerdict.ParametersIgnored, "code")]
    [InlineData("patient=1&code=a", "https://x/Observation?patient=1&code=", SelfLinkVerdict.ParametersIgnored, "code")]
    [InlineData("patient=1", "https://x/Observation", SelfLinkVerdict.ParametersIgnored, "patient")]
    [InlineData("date=ge2026&date=lt2027", "https://x/Observation?date=ge2026", SelfLinkVerdict.ParametersIgnored, "date")]
    [InlineData("code:in=v", "https://x/Observation?code=v", SelfLinkVerdict.ParametersIgnored, "code:in")]
    [InlineData("patient=1&_sort=-date", "https://x/Observation?patient=1", SelfLinkVerdict.ParametersIgnored, "_sort")]
    [InlineData("code=a,b,c", "https://x/Observation?code=a,b", SelfLinkVerdict.ValuesDropped, "code")]
    [InlineData("code=a\\,b", "https://x/Observation?code=a%5C%2Cb", SelfLinkVerdict.Honoured, "")]
    [InlineData("patient=1", null, SelfLinkVerdict.Unverified, "")]
    public async Task The_self_link_tells_what_the_server_used(string sent, string? self, SelfLinkVerdict verdict, string names)
    {
        var links = self is null ? "[]" : $$"""[{"relation":"self","url":"{{self.Replace("\\", "\\\\", StringComparison.Ordinal)}}"}]""";
        await using var server = await StartAsync(Json($$"""{"resourceType":"Bundle","link":{{links}}}"""));
        using var result = (await server.Client().SearchAsync("Observation", FhirQuery.Parse(sent), CancellationToken.None)).Value;
        Assert.Equal(verdict, result.Self.Verdict);
        Assert.Equal(names, string.Join(',', result.Self.Parameters));
        Assert.Equal(verdict != SelfLinkVerdict.ValuesDropped, result.ShowsAbsence);
    }

    [Fact]
    public async Task A_search_keeps_to_its_type()
    {
        await using var server = await StartAsync(Status(200));
        foreach (var type in new[] { "../oauth", "Patient/1", "Patient?x", "https://evil.test" })
            Assert.IsType<FhirFailure.NotAllowedAddress>((await server.Client().SearchAsync(type, FhirQuery.Empty, CancellationToken.None)).Failure);
        Assert.Empty(server.Requests);
    }
}
