using System.Net;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace BiopsyFhir.Api.Tests.Errors;

public sealed class ErrorHandlingTests : IDisposable
{
    private readonly ServiceHost host = new(new Dictionary<string, string?> { ["Limits:RequestBytes"] = "2048" },
        replace: services => services.AddSingleton<IStartupFilter, ProbeEndpoints>());

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task A_defect_tells_the_caller_nothing_but_a_trace_id()
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("/api/probe/throw");
        var problem = await ProblemAsync(answer, HttpStatusCode.InternalServerError);
        Assert.Equal("urn:biopsyfhir:problem:defect", problem.GetProperty("type").GetString());
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("Ada Lovelace", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Log, line => line.Contains("Ada Lovelace", StringComparison.Ordinal));
        Assert.Contains(host.Log, line => line.Contains("InvalidOperationException", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_fault_is_listed_with_its_place()
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("/api/probe/faults");
        var errors = (await ProblemAsync(answer, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(["query asOf", "body #/entry/3"], errors.Select(e => e.GetProperty("where").GetString()));
        Assert.Equal("not a date", errors[0].GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_caller_that_speaks_FHIR_gets_an_OperationOutcome()
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("/cds-services/unknown/path");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/fhir+json", answer.Content.Headers.ContentType?.MediaType);
        var outcome = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("OperationOutcome", outcome.GetProperty("resourceType").GetString());
        Assert.Equal("not-found", outcome.GetProperty("issue")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_browser_gets_a_page()
    {
        using var client = host.Client();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var answer = await client.GetAsync("/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Missing_address_wrong_method_wrong_type_and_too_large_are_problems()
    {
        using var client = host.Client();
        using var missing = await client.GetAsync("/api/v1/nothing");
        await ProblemAsync(missing, HttpStatusCode.NotFound);
        using var method = await client.DeleteAsync("/api/probe/faults");
        await ProblemAsync(method, HttpStatusCode.MethodNotAllowed);
        Assert.Contains("GET", method.Content.Headers.Allow);
        using var type = await client.PostAsync("/api/probe/json", new StringContent("<a/>", Encoding.UTF8, "application/xml"));
        await ProblemAsync(type, HttpStatusCode.UnsupportedMediaType);
        using var large = await client.PostAsync("/api/probe/json", new StringContent($"\"{new string('x', 4000)}\"", Encoding.UTF8, "application/json"));
        await ProblemAsync(large, HttpStatusCode.RequestEntityTooLarge);
        using var broken = await client.PostAsync("/api/probe/json", new StringContent("{", Encoding.UTF8, "application/json"));
        await ProblemAsync(broken, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_compressed_body_is_refused_with_415_and_the_codings_we_take()
    {
        using var client = host.Client();
        var content = new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = new("application/json"), ContentEncoding = { "gzip" } } };
        using var answer = await client.PostAsync("/api/probe/json", content);
        var problem = await ProblemAsync(answer, HttpStatusCode.UnsupportedMediaType);
        Assert.Equal("header Content-Encoding", problem.GetProperty("errors")[0].GetProperty("where").GetString());
        Assert.Equal("identity", answer.Headers.GetValues("Accept-Encoding").Single());
    }

    [Fact]
    public void Every_kind_of_failure_has_a_place_on_the_wire()
    {
        foreach (var kind in Enum.GetValues<FailureKind>())
        {
            var (status, issue, title, type) = FailureWire.Of(kind);
            Assert.InRange(status, 400, 599);
            Assert.NotEmpty(issue + title + type);
        }
        Assert.Equal(Enum.GetValues<FailureKind>().Length, Enum.GetValues<FailureKind>().Select(k => FailureWire.Of(k).Type).Distinct().Count());
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }

    /// <summary>Endpoints that fail in chosen ways, in the service's own pipeline.</summary>
    private sealed class ProbeEndpoints : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.UseEndpoints(routes =>
            {
                routes.MapGet("/api/probe/throw", string () => throw new InvalidOperationException("could not read Ada Lovelace"));
                routes.MapGet("/api/probe/faults", () => new Failure(FailureKind.BadRequest, "Two faults.",
                    [new("query asOf", "not a date"), new("body #/entry/3", "no resource")]).ToProblem());
                routes.MapPost("/api/probe/json", (JsonElement body) => body.ToString());
            });
        };
    }
}
