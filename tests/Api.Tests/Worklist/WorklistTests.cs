using System.Net;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Worklist;

namespace BiopsyFhir.Api.Tests.Worklist;

/// <summary>The unit's list over the demo EHR, read through its backend client.</summary>
public sealed class WorklistTests : IDisposable
{
    private readonly ServiceHost host = new(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Every_patient_of_the_demo_is_on_the_list_and_what_comes_first_stands_first()
    {
        var list = await ReadAsync();
        Assert.Equal(10, list.Rows.Length);
        Assert.Empty(list.NotSeen);
        Assert.All(list.Rows, r => Assert.NotNull(r.Next));
        Assert.Equal(list.Rows.Select(r => r.Next!.Due).Order(), list.Rows.Select(r => r.Next!.Due));
        using var client = host.Client();
        var page = await client.GetStringAsync("/worklist");
        Assert.Contains("10 of 10, first step first.", page, StringComparison.Ordinal);
        Assert.Contains("Last dose of rivaroxaban", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verdict=ready", 1)]
    [InlineData("verdict=nonsense", 10)]
    [InlineData("find=marigold", 1)]
    [InlineData("find=SBX-0003", 1)]
    [InlineData("within=0", 7)]
    [InlineData("within=365", 10)]
    public async Task A_filter_lets_through_what_it_says_and_an_unknown_one_hides_nobody(string query, int rows)
    {
        await ReadAsync();
        using var client = host.Client();
        Assert.Contains($"{rows} of 10, first step first.", await client.GetStringAsync($"/worklist?{query}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_visit_begins_a_reading_and_shows_its_progress()
    {
        using var client = host.Client();
        Assert.Contains("<progress", await client.GetStringAsync("/worklist"), StringComparison.Ordinal);
        await host.Get<WorklistShelf>().Refresh(default);
        Assert.NotNull((await host.Get<WorklistShelf>().NewestAsync(default)).List);
    }

    [Fact]
    public async Task A_review_from_the_list_can_be_read_but_not_signed()
    {
        using var client = host.Client();
        var page = await client.GetStringAsync("/worklist/sandbox/Patient/sbx-01");
        Assert.Contains("Hold rivaroxaban", page, StringComparison.Ordinal);
        Assert.Contains("This page is to read.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("method=\"post\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Your decision on", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/worklist/nowhere/Patient/sbx-01", HttpStatusCode.NotFound)]
    [InlineData("/worklist/sandbox/Patient/nobody", HttpStatusCode.BadGateway)]
    [InlineData("/worklist/sandbox/Patient/a%2F..%2Fb", HttpStatusCode.NotFound)]
    public async Task A_patient_that_is_not_there_is_a_page_that_says_so(string path, HttpStatusCode status)
    {
        using var client = host.Client();
        using var answer = await client.GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Outside_the_sandbox_nobody_sees_it_without_signing_in()
    {
        using var other = new ServiceHost();
        using var client = other.Client();
        using var answer = await client.GetAsync("/worklist");
        Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Redirect]);
    }

    [Fact]
    public async Task An_EHR_that_does_not_answer_leaves_a_list_that_says_what_is_missing()
    {
        await using var ehr = await FakeEhr.StartAsync();
        using var other = new ServiceHost(new Dictionary<string, string?>
        {
            ["Ehrs:0:Id"] = "general",
            ["Ehrs:0:Issuer"] = ehr.FhirBase,
            ["Ehrs:0:ClientId"] = "app",
            ["Ehrs:0:BackendClientId"] = "back",
        });
        await ehr.DisposeAsync();
        await other.Get<WorklistShelf>().Refresh(default);
        var list = (await other.Get<WorklistShelf>().NewestAsync(default)).List!;
        Assert.Empty(list.Rows);
        Assert.Contains(list.NotSeen, n => n.StartsWith("general: Orders by code:", StringComparison.Ordinal));
        Assert.Contains(list.NotSeen, n => n.StartsWith("general: Appointments:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_name_and_no_patient_id_of_the_list_is_in_a_log()
    {
        await ReadAsync();
        using var client = host.Client();
        await client.GetStringAsync("/worklist?find=marigold");
        await client.GetStringAsync("/worklist/sandbox/Patient/sbx-01");
        Assert.DoesNotContain(host.Log, line => line.Contains("marigold", StringComparison.OrdinalIgnoreCase) || line.Contains("sbx-", StringComparison.OrdinalIgnoreCase));
    }

    private async Task<Api.Worklist.Worklist> ReadAsync()
    {
        await host.Get<WorklistShelf>().Refresh(default);
        return (await host.Get<WorklistShelf>().NewestAsync(default)).List!;
    }
}
