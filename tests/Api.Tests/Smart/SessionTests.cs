using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>A session from its cookie to its end: rows L-32, L-36, L-37, L-41, L-43 to L-47, L-51.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task L_36_a_chart_is_read_with_the_session_s_token_in_the_header_and_nowhere_else()
    {
        await using var world = await SmartWorld.StartAsync();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        var read = await world.Host.Get<EhrCharts>().For(session).ReadAsync(session.Patient, default);
        Assert.True(read.Failure is null, read.ToString());
        var request = Assert.Single(world.Ehr.To("/fhir/Patient/pat-1"));
        Assert.StartsWith("Bearer access-token-", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.DoesNotContain(world.Ehr.Requests, r => (r.Path + r.Query).Contains("access-token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_36_a_reference_to_another_host_gets_no_request_at_all()
    {
        await using var world = await SmartWorld.StartAsync();
        await using var stranger = await FakeEhr.StartAsync();
        var session = await world.SessionAsync(await world.Browser.LaunchAsync(world.Ehr));
        await world.Host.Get<EhrCharts>().For(session).ReadAsync($"{stranger.FhirBase}/Patient/pat-1", default);
        Assert.Empty(stranger.Requests);
    }

    [Fact]
    public async Task L_37_tokens_and_context_are_nowhere_in_the_database_cookies_or_log_as_text()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.TokenFields["patient"] = "patient-4711";
        var id = await world.Browser.LaunchAsync(world.Ehr);
        await world.Browser.StartAsync(world.Ehr, launch: "launch-secret-1");
        await using (var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync())
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)");
            var row = await db.Sessions.SingleAsync();
            foreach (var text in new[] { row.Context, row.Tokens, row.CookieHash! })
                Assert.DoesNotMatch("token-|patient-4711|Lovelace", text);
        }
        // The audit trail names the patient, for it says who saw whom; nothing else in the file does.
        var file = await File.ReadAllTextAsync(Path.Combine(world.Host.Folder, "biopsyfhir.db"), System.Text.Encoding.Latin1);
        Assert.DoesNotContain("access-token-", file, StringComparison.Ordinal);
        Assert.DoesNotContain("refresh-token-", file, StringComparison.Ordinal);
        Assert.DoesNotContain("Lovelace", file, StringComparison.Ordinal);
        Assert.All(world.Browser.SetCookies, line => Assert.DoesNotMatch("token-|4711|Lovelace|north", line));
        Assert.NotEmpty(world.Host.Log);
        foreach (var secret in new[] { "token-", "4711", "Lovelace", "launch-secret-1", "code-1", id })
            Assert.DoesNotContain(world.Host.Log, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_43_two_patients_open_in_one_browser_never_mix()
    {
        await using var world = await SmartWorld.StartAsync();
        var first = await world.Browser.StartAsync(world.Ehr);
        var second = await world.Browser.StartAsync(world.Ehr);
        world.Ehr.TokenFields["patient"] = "pat-B";
        using var b = await world.Browser.ReturnAsync(second["state"], ("code", world.Ehr.Authorize(second)));
        world.Ehr.TokenFields["patient"] = "pat-A";
        using var a = await world.Browser.ReturnAsync(first["state"], ("code", world.Ehr.Authorize(first)));
        var (idA, idB) = (a.Headers.Location!.Segments[^1], b.Headers.Location!.Segments[^1]);
        Assert.Equal(("pat-A", "pat-B"), ((await world.SessionAsync(idA)).PatientId, (await world.SessionAsync(idB)).PatientId));

        using var own = await world.Browser.GetAsync($"/review/{idA}/ehr-style.css");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        // The cookie of one session under the path of the other.
        var cookie = world.Browser.Cookies.First(c => c.Path == $"/review/{idB}");
        world.Browser.Cookies.Clear();
        world.Browser.Cookies.Add(cookie with { Path = $"/review/{idA}" });
        using var mixed = await world.Browser.GetAsync($"/review/{idA}/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, mixed.StatusCode);
    }

    [Theory]
    [InlineData("/review/{id}/ehr-style.css")]
    [InlineData("/review/unknown/ehr-style.css")]
    public async Task L_43_without_its_cookie_a_session_does_not_exist(string path)
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        using var other = new Browser(world.Host);
        using var answer = await other.GetAsync(path.Replace("{id}", id, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("not open in this browser", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_44_every_cookie_is_Secure_HttpOnly_SameSite_None_and_Partitioned_and_confined_to_its_path()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        Assert.All(world.Browser.SetCookies, line =>
        {
            foreach (var attribute in new[] { "secure", "httponly", "samesite=none", "partitioned", "max-age=" })
                Assert.Contains($"; {attribute}", line, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Equal([$"/api/v1/sessions/{id}", $"/review/{id}"], world.Browser.Cookies.Select(c => c.Path).Order(StringComparer.Ordinal)); // the launch's own is gone
    }

    [Fact]
    public async Task Cookies_with_the_prefix_that_the_next_version_writes_are_read_already()
    {
        await using var world = await SmartWorld.StartAsync();
        var asked = await world.Browser.StartAsync(world.Ehr);
        void Rename()
        {
            for (var n = 0; n < world.Browser.Cookies.Count; n++) world.Browser.Cookies[n] = world.Browser.Cookies[n] with { Name = $"__Secure-{world.Browser.Cookies[n].Name}" };
        }
        Rename();
        using var back = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        Assert.Equal(HttpStatusCode.SeeOther, back.StatusCode);
        Rename();
        using var page = await world.Browser.GetAsync($"{back.Headers.Location!.AbsolutePath}/ehr-style.css");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task A_session_whose_row_was_changed_or_mixed_with_another_s_is_none()
    {
        await using var world = await SmartWorld.StartAsync();
        var mine = await world.Browser.LaunchAsync(world.Ehr);
        world.Ehr.TokenFields["patient"] = "pat-2";
        using var another = new Browser(world.Host);
        var hers = await another.LaunchAsync(world.Ehr);
        async Task<HttpStatusCode> MineAsync()
        {
            using var page = await world.Browser.GetAsync($"/review/{mine}/ehr-style.css");
            return page.StatusCode;
        }
        async Task ChangeAsync(Action<SessionRow, SessionRow> change)
        {
            await using var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            change(await db.Sessions.SingleAsync(r => r.Id == mine), await db.Sessions.SingleAsync(r => r.Id == hers));
            await db.SaveChangesAsync();
        }
        Assert.Equal(HttpStatusCode.OK, await MineAsync());
        var kept = (Context: "", Tokens: "", Cookie: (string?)"");
        foreach (var change in (Action<SessionRow, SessionRow>[])
        [
            (me, her) => (me.Context, me.CookieHash) = (her.Context, me.CookieHash), // her chart under my cookie
            (me, _) => me.CookieHash = Secrets.Hash("a cookie of the thief's"),
            (me, _) => me.CookieHash = null,
        ])
        {
            await ChangeAsync((me, her) =>
            {
                kept = (me.Context, me.Tokens, me.CookieHash);
                change(me, her);
            });
            Assert.Equal(HttpStatusCode.Unauthorized, await MineAsync());
            await ChangeAsync((me, _) => (me.Context, me.Tokens, me.CookieHash) = kept);
        }
        Assert.Equal(HttpStatusCode.OK, await MineAsync());
        Assert.NotNull(await world.Host.Get<SessionStore>().GrantAsync(mine, default));
        await ChangeAsync((me, her) => me.Tokens = her.Tokens); // her token for my session
        Assert.Null(await world.Host.Get<SessionStore>().GrantAsync(mine, default));
        Assert.Contains(world.Host.Log, line => line.Contains("A session at north is not opened: its row was changed behind the service", StringComparison.Ordinal));
    }

    [Fact]
    public async Task L_44_a_browser_that_refuses_every_cookie_is_served_only_where_the_site_allows_it()
    {
        await using var strict = await SmartWorld.StartAsync();
        strict.Browser.RefusesCookies = true;
        await strict.Browser.StopsAsync(strict.Ehr, HttpStatusCode.BadRequest, "no-cookie");

        await using var lenient = await SmartWorld.StartAsync(("Quirks:0", "cookieless-launch"));
        lenient.Browser.RefusesCookies = true;
        var id = await lenient.Browser.LaunchAsync(lenient.Ehr);
        using var page = await lenient.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.True((await lenient.SessionAsync(id)).Cookieless);
        using var guessed = await lenient.Browser.GetAsync($"/review/{id[..^1]}x/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, guessed.StatusCode);
    }

    [Fact]
    public async Task L_44_with_the_quirk_a_cookie_of_another_browser_is_still_refused()
    {
        await using var world = await SmartWorld.StartAsync(("Quirks:0", "cookieless-launch"));
        var asked = await world.Browser.StartAsync(world.Ehr);
        var cookie = Assert.Single(world.Browser.Cookies);
        world.Browser.Cookies[0] = cookie with { Value = Secrets.New() };
        using var answer = await world.Browser.ReturnAsync(asked["state"], ("code", world.Ehr.Authorize(asked)));
        await Browser.StoppedAsync(answer, HttpStatusCode.BadRequest, "wrong-browser");
    }

    [Fact]
    public async Task L_45_only_the_EHR_s_own_origins_may_frame_its_session_and_X_Frame_Options_is_not_sent()
    {
        await using var world = await SmartWorld.StartAsync(("FrameOrigins:0", "https://north.example"),
            ("Ehrs:1:Issuer", "https://south.example/fhir"), ("Ehrs:1:ClientId", "x"), ("Ehrs:1:FrameOrigins:0", "https://frames.south.example"));
        var id = await world.Browser.LaunchAsync(world.Ehr);
        using var page = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.EndsWith("frame-ancestors 'self' https://north.example", policy, StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("X-Frame-Options"));
        using var anywhere = await world.Browser.GetAsync("/callback");
        Assert.EndsWith("frame-ancestors 'self' https://north.example https://frames.south.example", anywhere.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void L_46_no_script_of_ours_opens_windows_or_reaches_for_the_frame_above()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "src", "Api", "wwwroot"), "*.js", SearchOption.AllDirectories))
            Assert.DoesNotMatch(@"window\.(top|parent|open|opener)|\btop\.location|localStorage|sessionStorage|alert\(|confirm\(", File.ReadAllText(file));
    }

    [Fact]
    public void L_51_no_secret_is_part_of_the_program()
    {
        var api = Path.Combine(Repository.Root, "src", "Api");
        foreach (var file in Directory.GetFiles(api, "*", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/data/", StringComparison.Ordinal)))
            Assert.DoesNotMatch("-----BEGIN [A-Z ]*PRIVATE KEY|\"ClientSecret\"\\s*:|eyJ[A-Za-z0-9_-]{20,}\\.", File.ReadAllText(file));
    }

    [Theory]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public async Task L_47_an_idle_session_ends_after_an_hour(int minutes, bool alive)
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(minutes));
        using var answer = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(alive ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        if (!alive) Assert.Contains("Nothing was done here for a while", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L_47_a_session_in_use_ends_eight_hours_after_its_launch()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        for (var half = 0; half < 15; half++)
        {
            world.Host.Clock.Advance(TimeSpan.FromMinutes(30));
            using var used = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
            Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        }
        world.Host.Clock.Advance(TimeSpan.FromMinutes(30));
        using var over = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, over.StatusCode);
    }

    [Fact]
    public async Task L_47_signing_out_ends_the_session_and_revokes_its_tokens()
    {
        await using var world = await SmartWorld.StartAsync();
        var id = await world.Browser.LaunchAsync(world.Ehr);
        var token = world.Host.Get<PageTokens>().For(await world.SessionAsync(id));
        using var out_ = await world.Browser.PostAsync($"/review/{id}/sign-out", ("token", token));
        Assert.Equal(HttpStatusCode.OK, out_.StatusCode);
        Assert.Empty(world.Ehr.LiveTokens);
        Assert.Empty(world.Ehr.LiveRefreshTokens);
        using var after = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Contains("You signed out.", await after.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await using var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        Assert.Equal("", (await db.Sessions.SingleAsync()).Tokens);
        Assert.Equal(["launch", "sign-out"], await db.Audit.OrderBy(r => r.Number).Select(r => r.Action).ToListAsync());
    }

    [Fact]
    public async Task L_47_signing_out_works_where_nothing_can_be_revoked()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.Configuration.Remove("revocation_endpoint");
        var id = await world.Browser.LaunchAsync(world.Ehr);
        using var out_ = await world.Browser.PostAsync($"/review/{id}/sign-out", ("token", world.Host.Get<PageTokens>().For(await world.SessionAsync(id))));
        Assert.Equal(HttpStatusCode.OK, out_.StatusCode);
    }

    [Fact]
    public async Task A_change_needs_the_token_of_this_very_session()
    {
        await using var world = await SmartWorld.StartAsync();
        var (id, other) = (await world.Browser.LaunchAsync(world.Ehr), await world.Browser.LaunchAsync(world.Ehr));
        var foreign = world.Host.Get<PageTokens>().For(await world.SessionAsync(other));
        foreach (var fields in new (string, string)[][] { [], [("token", "")], [("token", "made-up")], [("token", foreign)] })
        {
            using var answer = await world.Browser.PostAsync($"/review/{id}/sign-out", fields);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/review/{id}/sign-out");
        request.Headers.Add("X-Page-Token", world.Host.Get<PageTokens>().For(await world.SessionAsync(id)));
        using var good = await world.Browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Fact]
    public async Task L_41_a_clear_no_from_introspection_ends_the_session()
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"));
        world.Ehr.ExpiresIn = 3600;
        var id = await world.Browser.LaunchAsync(world.Ehr);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        using var before = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Contains("client_assertion", Assert.Single(world.Ehr.To("/auth/introspect")).Form.Keys);
        world.Ehr.LiveTokens.Clear();
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        using var after = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Contains("You signed out of the EHR.", await after.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "text/html", "<h1>oops</h1>")]
    [InlineData(200, "application/json", "[]")]
    [InlineData(200, "application/json", """{"active":"false"}""")]
    [InlineData(401, "application/json", """{"active":false}""")]
    public async Task L_41_anything_but_a_clear_no_changes_nothing(int status, string type, string body)
    {
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "private-key"));
        world.Ehr.ExpiresIn = 3600;
        world.Ehr.Instead = request => request.Path is "/auth/introspect" ? (status, type, body) : null;
        var id = await world.Browser.LaunchAsync(world.Ehr);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        using var answer = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task L_41_a_public_client_has_no_credentials_and_does_not_ask()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.ExpiresIn = 3600;
        var id = await world.Browser.LaunchAsync(world.Ehr);
        world.Host.Clock.Advance(TimeSpan.FromMinutes(6));
        using var answer = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Empty(world.Ehr.To("/auth/introspect"));
    }

    [Fact]
    public async Task L_32_a_style_comes_from_the_FHIR_host_only_and_only_values_of_known_shape_pass()
    {
        await using var world = await SmartWorld.StartAsync();
        world.Ehr.TokenFields["smart_style_url"] = $"{world.Ehr.Origin}/style.json";
        world.Ehr.Instead = request => request.Path is "/style.json" ? FakeEhr.Json(200, new JsonObject
        {
            ["color_background"] = "#edeae3",
            ["color_text"] = "red;} body{background:url(https://evil.example)",
            ["dim_font_size"] = "13px",
            ["font_family_body"] = "Georgia, Times",
            ["dim_spacing_size"] = "calc(1px)",
            ["unknown"] = "#fff",
        }) : null;
        var id = await world.Browser.LaunchAsync(world.Ehr);
        using var answer = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal("text/css", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(":root{--ehr-color-background:#edeae3;--ehr-dim-font-size:13px;--ehr-font-family-body:Georgia, Times;}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task L_32_a_style_on_another_host_is_not_fetched()
    {
        await using var world = await SmartWorld.StartAsync();
        await using var stranger = await FakeEhr.StartAsync();
        world.Ehr.TokenFields["smart_style_url"] = $"{stranger.Origin}/style.json";
        var id = await world.Browser.LaunchAsync(world.Ehr);
        using var answer = await world.Browser.GetAsync($"/review/{id}/ehr-style.css");
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
        Assert.Empty(stranger.Requests);
    }

    [Fact]
    public void Every_endpoint_below_api_has_a_guard()
    {
        using var host = new ServiceHost();
        var endpoints = host.Get<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal) || e.RoutePattern.RawText.TrimStart('/').StartsWith("review/{", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(endpoints);
        Assert.All(endpoints, e => Assert.True(
            e.Metadata.GetMetadata<NeedsSession>() is not null
            || e.Metadata.GetOrderedMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>().Any(a => a.Policy == BiopsyFhir.Api.Security.ApiCaller.Policy),
            e.RoutePattern.RawText));
    }
}
