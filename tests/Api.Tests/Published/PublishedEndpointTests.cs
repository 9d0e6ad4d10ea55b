using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Published;

/// <summary><c>/fhir</c> over HTTP: read, search, pages, and what is refused how.</summary>
public sealed class PublishedEndpointTests(PublishedEndpointTests.Open open) : IClassFixture<PublishedEndpointTests.Open>
{
    public sealed class Open : IDisposable
    {
        private readonly ServiceHost _host = new();

        public Open() => Client = _host.Client();

        public HttpClient Client { get; }
        public string Address => _host.Address;

        public void Dispose()
        {
            Client.Dispose();
            _host.Dispose();
        }
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> Get(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await open.Client.SendAsync(request);
        Assert.Equal("application/fhir+json", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement);
    }

    private static string[] Ids(JsonElement bundle) => bundle.TryGetProperty("entry", out var entries)
        ? [.. entries.EnumerateArray().Where(e => e.GetProperty("search").Text("mode") == "match").Select(e => e.GetProperty("resource").Text("id")!)] : [];

    [Fact]
    public async Task The_capability_statement_says_what_can_be_read_and_searched()
    {
        var (status, json) = await Get("/fhir/metadata");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("CapabilityStatement", "4.0.1", "instance", "2026-03-11"), (json.Text("resourceType"), json.Text("fhirVersion"), json.Text("kind"), json.Text("date")));
        Assert.Equal($"{open.Address}/fhir", json.GetProperty("implementation").Text("url"));
        var resources = json.GetProperty("rest")[0].GetProperty("resource").EnumerateArray().ToList();
        Assert.Equal(["PlanDefinition", "ActivityDefinition", "ValueSet", "Library"], resources.Select(r => r.Text("type")));
        Assert.All(resources, r => Assert.Equal(["read", "search-type"], r.GetProperty("interaction").EnumerateArray().Select(i => i.Text("code"))));
        // Every announced parameter works on every type.
        foreach (var type in resources.Select(r => r.Text("type")))
            foreach (var name in resources[0].GetProperty("searchParam").EnumerateArray().Select(p => p.Text("name")))
                Assert.Equal(HttpStatusCode.OK, (await Get($"/fhir/{type}?{name}=x", ("Prefer", "handling=strict"))).Status);
    }

    [Fact]
    public async Task A_resource_is_read_where_its_url_says_and_not_sent_again_when_it_is_known()
    {
        var (_, bundle) = await Get("/fhir/PlanDefinition?_id=P1");
        var url = bundle.GetProperty("entry")[0].GetProperty("resource").Text("url")!;
        Assert.Equal(bundle.GetProperty("entry")[0].Text("fullUrl"), url);
        using var read = await open.Client.GetAsync(url);
        Assert.Equal("P1", JsonDocument.Parse(await read.Content.ReadAsByteArrayAsync()).RootElement.Text("id"));
        using var again = new HttpRequestMessage(HttpMethod.Get, url);
        again.Headers.IfNoneMatch.Add(read.Headers.ETag!);
        using var known = await open.Client.SendAsync(again);
        Assert.Equal((HttpStatusCode.NotModified, 0), (known.StatusCode, (await known.Content.ReadAsByteArrayAsync()).Length));
    }

    [Theory]
    [InlineData("PlanDefinition?status=active", "P1")]
    [InlineData("PlanDefinition?status=draft", "P2 P3")]
    [InlineData("PlanDefinition?status=active,draft&_id=P2", "P2")]
    [InlineData("PlanDefinition?status=active&status=draft", "")]
    [InlineData("PlanDefinition?name=bonemarrowbiopsyplanp3", "P3")]
    [InlineData("PlanDefinition?name:exact=bonemarrowbiopsyplanp3", "")]
    [InlineData("PlanDefinition?name:exact=BoneMarrowBiopsyPlanP3", "P3")]
    [InlineData("PlanDefinition?title:contains=conservative,%20institutional", "P3")]
    [InlineData("PlanDefinition?title:contains=conservative%5C,%20institutional", "P3")]
    [InlineData("PlanDefinition?version=1.0.0", "P1 P2 P3")]
    [InlineData("PlanDefinition?version=9", "")]
    [InlineData("ValueSet?_id=medicine-apixaban", "medicine-apixaban")]
    [InlineData("ValueSet?name=MedicineApixaban", "medicine-apixaban")]
    [InlineData("ValueSet?identifier=urn:ietf:rfc:3986%7Curn:biopsyfhir:list:medicine-apixaban", "medicine-apixaban")]
    [InlineData("ValueSet?identifier=urn:biopsyfhir:list:medicine-apixaban", "medicine-apixaban")]
    [InlineData("ValueSet?identifier=urn:other%7Curn:biopsyfhir:list:medicine-apixaban", "")]
    [InlineData("Library?_id=P2&_format=json", "P2")]
    [InlineData("ActivityDefinition?_id=hold-warfarin", "hold-warfarin")]
    public async Task Search_finds(string query, string ids)
    {
        var (status, bundle) = await Get($"/fhir/{query}", ("Prefer", "handling=strict"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), Ids(bundle));
        Assert.Equal(("Bundle", "searchset", Ids(bundle).Length), (bundle.Text("resourceType"), bundle.Text("type"), bundle.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task Search_by_url_finds_one()
    {
        var (_, bundle) = await Get($"/fhir/ValueSet?url={Uri.EscapeDataString($"{open.Address}/fhir/ValueSet/result-platelets")}");
        Assert.Equal(["result-platelets"], Ids(bundle));
    }

    [Fact]
    public async Task The_pages_together_hold_everything_once()
    {
        var (total, ids, next) = (0, new List<string>(), "/fhir/ValueSet?_count=97&status=active");
        while (next is not null)
        {
            var (_, page) = await Get(next);
            total = page.GetProperty("total").GetInt32();
            Assert.InRange(Ids(page).Length, 1, 97);
            ids.AddRange(Ids(page));
            next = page.GetProperty("link").EnumerateArray().Where(l => l.Text("relation") == "next").Select(l => l.Text("url")).SingleOrDefault();
        }
        Assert.True(total > 200);
        Assert.Equal(total, ids.Count);
        Assert.Equal(total, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("_count=0")]
    [InlineData("_summary=count")]
    public async Task Only_the_number_is_sent_when_that_is_asked_for(string query)
    {
        var (_, bundle) = await Get($"/fhir/PlanDefinition?{query}");
        Assert.Equal((3, false), (bundle.GetProperty("total").GetInt32(), bundle.TryGetProperty("entry", out _)));
    }

    [Fact]
    public async Task A_parameter_that_is_not_known_is_told_and_left_out_or_refused_as_the_caller_prefers()
    {
        var (status, lenient) = await Get("/fhir/PlanDefinition?flavour=sweet&_id=P1");
        Assert.Equal((HttpStatusCode.OK, "P1"), (status, Assert.Single(Ids(lenient))));
        var outcome = lenient.GetProperty("entry").EnumerateArray().Single(e => e.GetProperty("search").Text("mode") == "outcome").GetProperty("resource");
        Assert.Equal(("OperationOutcome", "warning"), (outcome.Text("resourceType"), outcome.GetProperty("issue")[0].Text("severity")));
        Assert.Contains("flavour", outcome.GetProperty("issue")[0].Text("diagnostics"), StringComparison.Ordinal);
        Assert.DoesNotContain("flavour", lenient.GetProperty("link")[0].Text("url"), StringComparison.Ordinal);
        Assert.Contains("_id=P1", lenient.GetProperty("link")[0].Text("url"), StringComparison.Ordinal);

        var (refused, strict) = await Get("/fhir/PlanDefinition?flavour=sweet&_id=P1", ("Prefer", "return=minimal; handling=strict"));
        Assert.Equal((HttpStatusCode.BadRequest, "OperationOutcome"), (refused, strict.Text("resourceType")));
    }

    [Theory]
    [InlineData("/fhir/PlanDefinition?name:missing=true", HttpStatusCode.BadRequest)]
    [InlineData("/fhir/PlanDefinition?status:exact=active", HttpStatusCode.BadRequest)]
    [InlineData("/fhir/PlanDefinition?_count=many", HttpStatusCode.BadRequest)]
    [InlineData("/fhir/PlanDefinition?_offset=-1", HttpStatusCode.BadRequest)]
    [InlineData("/fhir/PlanDefinition?_summary=text", HttpStatusCode.BadRequest)]
    [InlineData("/fhir/PlanDefinition?_format=xml", HttpStatusCode.NotAcceptable)]
    [InlineData("/fhir/PlanDefinition/P1?_format=application/fhir%2Bxml", HttpStatusCode.NotAcceptable)]
    [InlineData("/fhir/PlanDefinition/P9", HttpStatusCode.NotFound)]
    [InlineData("/fhir/Patient", HttpStatusCode.NotFound)]
    [InlineData("/fhir/Patient/1", HttpStatusCode.NotFound)]
    [InlineData("/fhir/PlanDefinition/P1/_history", HttpStatusCode.NotFound)]
    public async Task What_cannot_be_answered_gets_an_operation_outcome(string path, HttpStatusCode expected)
    {
        var (status, outcome) = await Get(path);
        Assert.Equal((expected, "OperationOutcome"), (status, outcome.Text("resourceType")));
        Assert.NotEmpty(outcome.GetProperty("issue")[0].Text("diagnostics")!);
    }

    [Theory]
    [InlineData("application/fhir+xml", HttpStatusCode.NotAcceptable)]
    [InlineData("application/fhir+xml, application/fhir+json;q=0.5", HttpStatusCode.OK)]
    [InlineData("*/*", HttpStatusCode.OK)]
    [InlineData("application/fhir+json; fhirVersion=4.0", HttpStatusCode.OK)]
    [InlineData("text/html,application/xhtml+xml", HttpStatusCode.OK)]
    public async Task The_accept_header_is_heard(string accept, HttpStatusCode expected) => Assert.Equal(expected, (await Get("/fhir/PlanDefinition/P1", ("Accept", accept))).Status);

    [Fact]
    public async Task A_search_can_come_as_a_form_and_nothing_can_be_written()
    {
        using var form = new FormUrlEncodedContent([new("_id", "P3")]);
        using var found = await open.Client.PostAsync("/fhir/PlanDefinition/_search", form);
        Assert.Equal(["P3"], Ids(JsonDocument.Parse(await found.Content.ReadAsByteArrayAsync()).RootElement));
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/fhir/PlanDefinition"), (HttpMethod.Put, "/fhir/PlanDefinition/P1"), (HttpMethod.Delete, "/fhir/PlanDefinition/P1") })
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent("{}", new MediaTypeHeaderValue("application/fhir+json")) };
            using var answer = await open.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/fhir+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
    }

    [Fact]
    public async Task A_site_can_ask_for_the_sign_in_of_its_api_or_publish_nothing()
    {
        using var guarded = new ServiceHost(new Dictionary<string, string?> { ["Policy:Publish"] = "signed-in" });
        using var client = guarded.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/fhir/metadata")).StatusCode);
        foreach (var path in (string[])["/fhir/PlanDefinition", "/fhir/PlanDefinition/P1"])
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.Unauthorized, "application/fhir+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
        using var off = new ServiceHost(new Dictionary<string, string?> { ["Policy:Publish"] = "off" });
        using var other = off.Client();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("/fhir/metadata")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("/fhir/PlanDefinition")).StatusCode);
    }

    [Fact]
    public async Task A_policy_of_the_site_is_published_when_it_is_put_in_its_folder()
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-policy-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ours.json"), """{"id":"our site","name":"Ours","version":"2.1","basedOn":"P1","change":{"medicines":{"ingredients":{"apixaban":{"hold":{"days":{">50":2}}}}}}}""");
            using var host = new ServiceHost(new Dictionary<string, string?> { ["Policy:Folder"] = folder.FullName, ["Policy:Default"] = "our site" });
            using var client = host.Client();
            var plan = JsonDocument.Parse(await client.GetByteArrayAsync("/fhir/PlanDefinition/our-site")).RootElement;
            Assert.Equal(("2.1", "active"), (plan.Text("version"), plan.Text("status")));
            var offset = PublishedWorld.Action(plan, "medicine-apixaban-1").GetProperty("relatedAction")[0].GetProperty("offsetDuration").GetProperty("value").GetInt32();
            Assert.Equal(3, offset); // two drug-free days
            Assert.Equal("draft", JsonDocument.Parse(await client.GetByteArrayAsync("/fhir/PlanDefinition/P1")).RootElement.Text("status"));

            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ours.json"), """{"id":"our site","name":"Ours","version":"2.2","basedOn":"P1","change":{}}""");
            Assert.Empty(host.Get<BiopsyFhir.Api.Assessments.PolicyShelf>().Refresh()!);
            Assert.Equal("2.2", JsonDocument.Parse(await client.GetByteArrayAsync("/fhir/PlanDefinition/our-site")).RootElement.Text("version"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
