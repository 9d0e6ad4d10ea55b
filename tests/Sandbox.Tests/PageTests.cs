using System.Text.RegularExpressions;

namespace BiopsyFhir.Sandbox.Tests;

public sealed partial class PageTests(SharedEhr shared) : IClassFixture<SharedEhr>
{
    [Theory]
    [InlineData("/sandbox")]
    [InlineData("/sandbox/chart/sbx-09")]
    [InlineData("/sandbox/frame/sbx-01")]
    [InlineData("/sandbox/orders/sbx-01")]
    [InlineData("/sandbox/resource/Observation/sbx-01-plt-1")]
    [InlineData("/sandbox/chart/nobody")]
    public async Task Pages_have_no_inline_script_or_style_and_a_strict_policy(string path)
    {
        var ehr = shared.Ehr;
        using var answer = await ehr.Http.GetAsync(ehr.Root + path);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith("text/html", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotMatch(Inline(), page);
        var policy = string.Join(";", answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Equal(1, Regex.Count(page, "<h1"));
    }

    [Fact]
    public async Task The_start_page_lists_every_patient_with_story_and_launch()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var page = await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox");
        Assert.Equal(10, Regex.Count(page, "action=\"/sandbox/launch\""));
        foreach (var name in new[] { "Marigold Zztest", "Pip Zztest", "biopsy ordered for 2026-03-20", "every core test in its window" }) Assert.Contains(name, page, StringComparison.Ordinal);
        Assert.Contains(ehr.Fhir, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chart_shows_what_an_app_wrote_and_shows_it_as_text()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var written = await ehr.AsAnyone().PostAsync("CarePlan", """{"resourceType":"CarePlan","status":"active","intent":"plan","title":"<script>alert(1)</script>","subject":{"reference":"Patient/sbx-01"}}""");
        var chart = await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox/chart/sbx-01");
        Assert.Contains($"/sandbox/resource/CarePlan/{written.Json.GetProperty("id").GetString()}", chart, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", chart, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", chart, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attachment_is_shown_under_a_policy_that_forbids_script()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var html = Convert.ToBase64String("<p>Do not eat</p>"u8);
        var written = await ehr.AsAnyone().PostAsync("DocumentReference",
            $$$"""{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/sbx-01"},"content":[{"attachment":{"contentType":"text/html","data":"{{{html}}}","title":"Handout"}}]}""");
        var url = $"{ehr.Root}/sandbox/resource/DocumentReference/{written.Json.GetProperty("id").GetString()}";
        Assert.Contains("Handout", await ehr.Http.GetStringAsync(url), StringComparison.Ordinal);
        using var shown = await ehr.Http.GetAsync($"{url}/attachment/0");
        Assert.Equal("<p>Do not eat</p>", await shown.Content.ReadAsStringAsync());
        Assert.StartsWith("sandbox;", Assert.Single(shown.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using var none = await ehr.Http.GetAsync($"{url}/attachment/7");
        Assert.Equal(404, (int)none.StatusCode);
    }

    [Fact]
    public async Task The_frame_shows_the_app_and_tells_it_that_the_banner_is_there()
    {
        await using var ehr = await DemoEhr.StartAsync();
        var page = await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox/frame/sbx-01");
        var launch = page.Split("launch=")[1].Split('"')[0];
        var app = new AppUnderLaunch(ehr);
        var (_, back, _) = await app.AuthorizeAsync(app.Request(launch));
        var (_, token) = await app.RedeemAsync(back["code"]);
        Assert.False(token.GetProperty("need_patient_banner").GetBoolean());
    }

    [Fact]
    public async Task Starting_over_forgets_what_was_written_and_dates_from_today()
    {
        await using var ehr = await DemoEhr.StartAsync();
        await ehr.AsAnyone().PostAsync("CarePlan", """{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/sbx-01"}}""");
        ehr.Clock.Advance(TimeSpan.FromDays(3));
        using var answer = await ehr.Http.PostAsync($"{ehr.Root}/sandbox/reset", null);
        Assert.Equal(303, (int)answer.StatusCode);
        Assert.Empty(ehr.Stored.All("CarePlan"));
        Assert.Contains("biopsy ordered for 2026-03-23", await ehr.Http.GetStringAsync($"{ehr.Root}/sandbox"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://127.0.0.1:5080;http://[::1]:5081", true)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://+:80", false)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://localhost:5080;http://10.0.0.7:80", false)]
    [InlineData("http://ehr.example.org", false)]
    [InlineData("nonsense", false)]
    public void Off_loopback_it_refuses_to_start(string addresses, bool allowed)
    {
        var fault = Record.Exception(() => SandboxEhr.RefuseOffLoopback([addresses]));
        Assert.Equal(allowed, fault is null);
        if (!allowed) Assert.Contains(addresses.Split(';')[^1], fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listening_on_every_address_stops_the_start_even_when_nobody_asked()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton<TimeProvider>(builder.Services, new TestClock(DemoEhr.Noon));
        builder.Services.AddSandboxEhr();
        await using var app = builder.Build();
        app.Urls.Add("http://*:0");
        await Assert.ThrowsAsync<InvalidOperationException>(() => app.StartAsync());
    }

    [GeneratedRegex("<script(?![^>]*src=)|<style|\\sstyle=|\\son[a-z]+=", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
