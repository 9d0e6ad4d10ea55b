using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Cds;

public sealed class TrustTests
{
    private const string Path = $"/cds-services/{HookWorld.OrderSign}";

    [Fact]
    public async Task H_30_H_31_No_forgery_opens_a_hook_or_causes_a_download()
    {
        Assert.True(Forgeries.All.Count >= 40);
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode); // the keys are known now
        var downloads = world.KeyDownloads;
        var opened = new List<string>();
        foreach (var (name, forge) in Forgeries.All)
        {
            using var answer = await SendAsync(world, forge(world));
            if (answer.StatusCode is not HttpStatusCode.Unauthorized) opened.Add($"{name}: {(int)answer.StatusCode}");
            // H-37: nothing but that it is refused.
            var said = (await HookWorld.OutcomeAsync(answer))["issue"]!.AsArray();
            Assert.Equal("A valid token is required.", (string?)Assert.Single(said)!["diagnostics"]);
        }
        Assert.Empty(opened);
        Assert.Equal(downloads, world.KeyDownloads);
        Assert.DoesNotContain(world.Ehr.Requests, r => r.Path != "/cds/jwks");
    }

    [Fact]
    public async Task H_31_What_can_be_refused_without_a_key_causes_no_download_at_all()
    {
        await using var world = await HookWorld.StartAsync();
        foreach (var (name, forge) in Forgeries.All.Where(f => !f.Key.Contains("sign", StringComparison.OrdinalIgnoreCase) && !f.Key.Contains("key", StringComparison.Ordinal) && !f.Key.StartsWith("kid is", StringComparison.Ordinal)))
        {
            using var answer = await SendAsync(world, forge(world));
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized, name);
            Assert.True(world.KeyDownloads is 0, name);
        }
    }

    [Fact]
    public async Task H_29_A_call_without_a_token_is_refused()
    {
        await using var world = await HookWorld.StartAsync();
        using var answer = await world.SendAsync(HttpMethod.Post, Path, HookWorld.Json("{}"), null);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Empty(answer.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task H_29_A_call_needs_no_token_where_none_is_required_and_a_wrong_one_counts_as_none()
    {
        await using var world = await HookWorld.StartAsync(("Cds:RequireToken", "false"));
        foreach (var authorization in new[] { null, "Bearer nonsense" })
        {
            using var answer = await SendAsync(world, authorization);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task H_30_ES384_and_RS384_are_accepted()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        var (header, claims) = world.Parts(Path);
        header["alg"] = "RS384";
        header["kid"] = "rsa-1";
        var token = HookWorld.SignWith(header.ToJsonString(), claims.ToJsonString(), input => world.RsaKey.SignData(input, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {token}")).StatusCode);
    }

    [Fact]
    public async Task H_31_Without_jku_the_agreed_key_set_is_used()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path, (h, _) => h.Remove("jku"))}")).StatusCode);
        Assert.Equal(1, world.KeyDownloads);
    }

    [Fact]
    public async Task H_31_The_key_of_one_EHR_does_not_sign_for_another()
    {
        await using var other = await FakeEhr.StartAsync();
        using var theirKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        other.Instead = _ => (200, "application/json", new JsonObject { ["keys"] = new JsonArray(HookWorld.EcJwk(theirKey, "ec-1")) }.ToJsonString());
        await using var world = await HookWorld.StartAsync(("Ehrs:1:Issuer", other.FhirBase), ("Ehrs:1:Id", "south"),
            ("Ehrs:1:CdsClients:0:Issuer", "https://south.example.org"), ("Ehrs:1:CdsClients:0:JwksUrl", $"{other.Origin}/cds/jwks"));
        string Token(string issuer, string? jku)
        {
            var (header, claims) = world.Parts(Path);
            claims["iss"] = issuer;
            header.Remove("jku");
            if (jku is not null) header["jku"] = jku;
            return HookWorld.SignWith(header.ToJsonString(), claims.ToJsonString(), input => theirKey.SignData(input, HashAlgorithmName.SHA384));
        }
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {Token("https://south.example.org", null)}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {Token("https://ehr.example.org", null)}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {Token("https://ehr.example.org", $"{other.Origin}/cds/jwks")}")).StatusCode);
    }

    [Fact]
    public async Task H_32_aud_may_be_a_list_that_holds_the_called_address()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => c["aud"] = new JsonArray("https://other.example", world.Address(Path)))}")).StatusCode);
    }

    [Fact]
    public async Task H_32_aud_is_the_public_address_behind_a_proxy()
    {
        await using var world = await HookWorld.StartAsync(("PublicBaseUrl", "https://biopsy.example.org"));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => c["aud"] = $"https://biopsy.example.org{Path}")}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => c["aud"] = $"{world.Client.BaseAddress!.ToString().TrimEnd('/')}{Path}")}")).StatusCode);
    }

    [Fact]
    public async Task H_32_Another_aud_is_accepted_only_from_the_client_it_was_agreed_with()
    {
        await using var world = await HookWorld.StartAsync(("Ehrs:0:CdsClients:0:Audience", "biopsy-hooks"));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => c["aud"] = "biopsy-hooks")}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => c["aud"] = "biopsy-hook")}")).StatusCode);
    }

    [Fact]
    public async Task H_33_Clocks_may_differ_by_a_little()
    {
        await using var world = await HookWorld.StartAsync();
        var now = world.Host.Clock.GetUtcNow().ToUnixTimeSeconds();
        foreach (var (iat, exp, nbf) in new[] { (now + 30, now + 330, now + 30), (now - 330, now - 30, now - 330), (now, now + 300, now - 300) })
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => { c["iat"] = iat; c["exp"] = exp; c["nbf"] = nbf; })}")).StatusCode);
    }

    [Fact]
    public async Task H_34_A_token_counts_once_also_when_it_comes_twenty_times_at_once()
    {
        await using var world = await HookWorld.StartAsync();
        var token = world.Token(Path);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(world, $"Bearer {token}")));
        Assert.Equal(1, answers.Count(a => a.StatusCode is HttpStatusCode.OK));
        Assert.Equal(19, answers.Count(a => a.StatusCode is HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task H_34_A_replay_is_refused_on_another_node_with_the_same_database()
    {
        await using var world = await HookWorld.StartAsync(("PublicBaseUrl", "https://biopsy.example.org"));
        await using var second = await HookWorld.StartAsync(("PublicBaseUrl", "https://biopsy.example.org"), ("Database:Folder", world.Host.Folder),
            ("Ehrs:0:CdsClients:0:JwksUrl", $"{world.Ehr.Origin}/cds/jwks"));
        var token = $"Bearer {world.Token(Path)}";
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(second, token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(second, $"Bearer {world.Token(Path)}")).StatusCode);
    }

    [Theory, InlineData("north", 200), InlineData("east", 401), InlineData(null, 401)]
    public async Task H_35_A_tenant_is_on_the_list_when_there_is_one(string? tenant, int status)
    {
        await using var world = await HookWorld.StartAsync(("Ehrs:0:CdsClients:0:Tenants:0", "north"), ("Ehrs:0:CdsClients:0:Tenants:1", "south"));
        Assert.Equal(status, (int)(await SendAsync(world, $"Bearer {world.Token(Path, (_, c) => { if (tenant is not null) c["tenant"] = tenant; })}")).StatusCode);
    }

    [Fact]
    public async Task H_36_Keys_are_kept_and_a_rotation_is_noticed_without_a_restart()
    {
        await using var world = await HookWorld.StartAsync();
        for (var call = 0; call < 3; call++) Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        Assert.Equal(1, world.KeyDownloads);

        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        world.KeySet = new JsonArray(HookWorld.EcJwk(fresh, "ec-2"), HookWorld.EcJwk(world.Key, "ec-1"));
        string New()
        {
            var (header, claims) = world.Parts(Path);
            header["kid"] = "ec-2";
            return HookWorld.SignWith(header.ToJsonString(), claims.ToJsonString(), input => fresh.SignData(input, HashAlgorithmName.SHA384));
        }
        world.Host.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {New()}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        Assert.Equal(2, world.KeyDownloads);
    }

    [Fact]
    public async Task H_36_Unknown_keys_do_not_make_us_ask_more_than_once_a_minute()
    {
        await using var world = await HookWorld.StartAsync();
        await SendAsync(world, $"Bearer {world.Token(Path)}");
        world.Host.Clock.Advance(TimeSpan.FromMinutes(2));
        foreach (var number in Enumerable.Range(0, 20))
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path, (h, _) => h["kid"] = $"guess-{number}")}")).StatusCode);
        Assert.Equal(2, world.KeyDownloads);
    }

    [Fact]
    public async Task H_36_A_withdrawn_key_is_over_after_an_hour_and_a_stopped_key_server_is_not_the_end()
    {
        await using var world = await HookWorld.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        var usual = world.Ehr.Instead;
        world.Ehr.Instead = r => r.Path is "/cds/jwks" ? (500, "text/html", "down") : usual(r);
        world.Host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        world.Ehr.Instead = usual;
        world.KeySet = [];
        world.Host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
        world.Host.Clock.Advance(TimeSpan.FromHours(20));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
    }

    [Theory]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":"none"}""")]
    [InlineData("not json")]
    [InlineData("""{"keys":[null,5,{"kty":"EC"},{"kty":"EC","kid":"ec-1","crv":"P-384","x":"AA","y":"AA"},{"kty":"oct","kid":"ec-1","k":"AAAA"}]}""")]
    public async Task H_36_A_key_set_that_cannot_be_used_refuses_and_breaks_nothing(string body)
    {
        await using var world = await HookWorld.StartAsync();
        world.Ehr.Instead = _ => (200, "application/json", body);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(world, $"Bearer {world.Token(Path)}")).StatusCode);
    }

    [Fact]
    public async Task H_37_The_log_names_issuer_tenant_and_a_hash_never_the_token()
    {
        await using var world = await HookWorld.StartAsync();
        var token = world.Token(Path, (_, c) => { c["aud"] = "elsewhere"; c["tenant"] = "north"; c["jti"] = "secret-jti"; });
        await SendAsync(world, $"Bearer {token}");
        var line = Assert.Single(world.Host.Log, l => l.Contains("Hook token refused", StringComparison.Ordinal));
        Assert.Contains("https://ehr.example.org", line, StringComparison.Ordinal);
        Assert.Contains("north", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-jti", line, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Host.Log, l => l.Contains(token.Split('.')[1], StringComparison.Ordinal) || l.Contains(token.Split('.')[2], StringComparison.Ordinal));
    }

    [Theory, InlineData("/cds-services"), InlineData(Path), InlineData($"{Path}/feedback")]
    public async Task H_38_A_preflight_needs_no_token(string path)
    {
        await using var world = await HookWorld.StartAsync();
        using var answer = await world.SendAsync(HttpMethod.Options, path, null, null,
            ("Origin", "https://orders.example.org"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type"));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("https://orders.example.org", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("authorization", answer.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_38_Refusals_and_faults_carry_the_headers_too_and_a_stranger_gets_none()
    {
        await using var world = await HookWorld.StartAsync();
        async Task<(int, bool)> AskAsync(string origin, string path, string? body, string? token, string? coding = null)
        {
            var content = body is null ? null : HookWorld.Json(body);
            if (coding is not null) content!.Headers.ContentEncoding.Add(coding);
            using var answer = await world.SendAsync(body is null ? HttpMethod.Get : HttpMethod.Post, path, content, token, ("Origin", origin));
            return ((int)answer.StatusCode, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
        const string Ours = "https://orders.example.org";
        Assert.Equal((200, true), await AskAsync(Ours, "/cds-services", null, null));
        Assert.Equal((401, true), await AskAsync(Ours, Path, "{}", null));
        Assert.Equal((400, true), await AskAsync(Ours, Path, "{}", world.Token(Path)));
        Assert.Equal((404, true), await AskAsync(Ours, "/cds-services/other", "{}", null));
        Assert.Equal((405, true), await AskAsync(Ours, "/cds-services", "{}", null));
        Assert.Equal((415, true), await AskAsync(Ours, Path, "{}", null, "gzip"));
        Assert.Equal((412, true), await AskAsync(Ours, $"/cds-services/{HookWorld.PatientView}", HookBodies.Call("patient-view").ToJsonString(), world.Token($"/cds-services/{HookWorld.PatientView}")));
        Assert.Equal((200, false), await AskAsync("https://evil.example", "/cds-services", null, null));
        Assert.Equal((401, false), await AskAsync("https://orders.example.org.evil.example", Path, "{}", null));
    }

    private static async Task<HttpResponseMessage> SendAsync(HookWorld world, string? authorization)
    {
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch());
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = HookWorld.Json(call) };
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await world.Client.SendAsync(request);
    }
}
