using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Api.Tests.Cds;

public sealed class CallShapeTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    [Fact]
    public async Task H_08_An_unknown_service_is_404_and_a_wrong_method_405()
    {
        var world = shared.Fresh;
        foreach (var (method, path, status) in new[]
        {
            (HttpMethod.Post, "/cds-services/other", 404), (HttpMethod.Post, "/cds-services/other/feedback", 404), (HttpMethod.Get, $"/cds-services/{HookWorld.OrderSign}", 405),
            (HttpMethod.Put, $"/cds-services/{HookWorld.OrderSign}", 405), (HttpMethod.Post, "/cds-services", 405),
        })
        {
            using var answer = await world.SendAsync(method, path, method == HttpMethod.Get ? null : HookWorld.Json("{}"), world.Token(path));
            Assert.Equal(status, (int)answer.StatusCode);
            await HookWorld.OutcomeAsync(answer);
        }
    }

    public static TheoryData<string, string, string[]> Faults => new()
    {
        { "nothing", "{}", ["#/hook", "#/hookInstance", "#/context"] },
        { "no object", "[]", ["#"] },
        { "another hook", Sign(call => call.With("hook", "order-select")), ["#/hook"] },
        { "no UUID", Sign(call => call.With("hookInstance", "test")), ["#/hookInstance"] },
        { "hook is a number", Sign(call => call.With("hook", 1)), ["#/hook"] },
        { "context is a list", Sign(call => call.With("context", new JsonArray())), ["#/context"] },
        { "empty context", Sign(call => call.With("context", new JsonObject())), ["#/context/userId", "#/context/patientId", "#/context/draftOrders"] },
        { "null required", Sign(call => Context(call).With("userId", null)), ["#/context/userId"] },
        { "patient with a type", Sign(call => Context(call).With("patientId", "Patient/1")), ["#/context/patientId"] },
        { "path in the patient", Sign(call => Context(call).With("patientId", "../1")), ["#/context/patientId"] },
        { "drafts are a list", Sign(call => Context(call).With("draftOrders", new JsonArray())), ["#/context/draftOrders"] },
        { "draft entries are an object", Sign(call => Context(call).With("draftOrders", new JsonObject { ["resourceType"] = "Bundle", ["entry"] = new JsonObject() })), ["#/context/draftOrders/entry"] },
        { "prefetch is a list", Sign(call => call.With("prefetch", new JsonArray())), ["#/prefetch"] },
        { "server is relative", Sign(call => call.With("fhirServer", "fhir")), ["#/fhirServer"] },
        { "token without server", Sign(call => call.With("fhirAuthorization", Authorization())), ["#/fhirServer"] },
        { "empty authorization", Sign(call => call.With("fhirServer", "https://a.example.org/fhir").With("fhirAuthorization", new JsonObject())),
            ["#/fhirAuthorization/access_token", "#/fhirAuthorization/token_type", "#/fhirAuthorization/expires_in", "#/fhirAuthorization/scope", "#/fhirAuthorization/subject"] },
        { "token with a line break", Sign(call => call.With("fhirServer", "https://a.example.org/fhir").With("fhirAuthorization", Authorization().With("access_token", "a\r\nX: y"))), ["#/fhirAuthorization/access_token"] },
        { "token of another type", Sign(call => call.With("fhirServer", "https://a.example.org/fhir").With("fhirAuthorization", Authorization().With("token_type", "mac"))), ["#/fhirAuthorization/token_type"] },
        { "no JSON", "{", ["line 1"] },
        { "key twice", """{"hook":"order-sign","hook":"order-sign"}""", ["#/hook"] },
        { "nested too deep", new string('[', 100) + new string(']', 100), ["line 1"] },
        { "empty", "", ["body"] },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task H_08_H_09_H_13_What_is_wrong_with_a_call_is_said_all_at_once(string what, string body, string[] where)
    {
        _ = what;
        var world = shared.Fresh;
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{HookWorld.OrderSign}", HookWorld.Json(body), world.Token($"/cds-services/{HookWorld.OrderSign}"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var said = (await HookWorld.OutcomeAsync(answer))["issue"]!.AsArray().Select(i => (string)i!["diagnostics"]!).ToList();
        Assert.All(where, place => Assert.Contains(said, s => s.StartsWith(place, StringComparison.Ordinal)));
        Assert.True(said.Count >= where.Length);
    }

    [Fact]
    public async Task H_61_Order_select_needs_its_selections()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.OrderSelect, HookBodies.Call("order-select", ("draftOrders", HookBodies.Collection())));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("#/context/selections", (await HookWorld.OutcomeAsync(answer)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_10_Unknown_members_are_ignored_and_never_echoed()
    {
        var world = shared.Fresh;
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch()).With("extension", new JsonObject { ["com.example"] = "echo-me" }).With("more", "echo-me");
        Context(call)["more"] = "echo-me";
        Assert.DoesNotContain("echo-me", (await world.CardsAsync(HookWorld.OrderSign, call)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_11_H_12_Nothing_to_say_is_200_with_an_empty_list_of_cards()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.PatientView, HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch()));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"cards":[]}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task H_12_Phases_are_timed_in_the_answer()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch()));
        var timing = answer.Headers.GetValues("Server-Timing").Single();
        Assert.All(new[] { "parse;dur=", "gather;dur=", "assess;dur=", "present;dur=" }, phase => Assert.Contains(phase, timing, StringComparison.Ordinal));
    }

    [Fact]
    public async Task H_63_H_66_Any_kind_of_user_may_open_a_chart()
    {
        var world = shared.Fresh;
        foreach (var user in new[] { "PractitionerRole/1", "Patient/pat-1", "RelatedPerson/2", "Practitioner/a.b-c" })
        {
            var call = HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch());
            Context(call)["userId"] = user;
            await world.CardsAsync(HookWorld.PatientView, call);
        }
    }

    [Fact]
    public async Task H_68_A_body_of_several_megabytes_is_read_and_one_beyond_the_limit_is_413()
    {
        var world = shared.Fresh;
        var path = $"/cds-services/{HookWorld.PatientView}";
        var padding = new string(' ', 5_000_000);
        var good = HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch()).ToJsonString();
        using (var answer = await world.SendAsync(HttpMethod.Post, path, HookWorld.Json(good + padding), world.Token(path)))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var chunked in new[] { false, true })
        {
            var bytes = Encoding.UTF8.GetBytes(good + new string(' ', 20_971_520));
            using var content = chunked ? new StreamContent(new NoLength(bytes)) : (HttpContent)new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            using var answer = await world.SendAsync(HttpMethod.Post, path, content, world.Token(path));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            await HookWorld.OutcomeAsync(answer);
        }
    }

    [Theory, InlineData("gzip"), InlineData("br"), InlineData("deflate")]
    public async Task H_08_A_packed_body_is_415(string coding)
    {
        var world = shared.Fresh;
        var content = HookWorld.Json("{}");
        content.Headers.ContentEncoding.Add(coding);
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{HookWorld.OrderSign}", content, world.Token($"/cds-services/{HookWorld.OrderSign}"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        await HookWorld.OutcomeAsync(answer);
    }

    [Fact]
    public async Task H_08_A_form_is_415()
    {
        var world = shared.Fresh;
        using var answer = await world.SendAsync(HttpMethod.Post, $"/cds-services/{HookWorld.OrderSign}", new FormUrlEncodedContent([]), world.Token($"/cds-services/{HookWorld.OrderSign}"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        await HookWorld.OutcomeAsync(answer);
    }

    [Fact]
    public async Task H_69_The_same_call_gets_the_same_advice()
    {
        var world = shared.Fresh;
        async Task<string> AdviceAsync(string instance)
        {
            var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1")))));
            return string.Join('\n', (await world.CardsAsync(HookWorld.OrderSign, call.With("hookInstance", instance)))["cards"]!.AsArray().Select(c => $"{c!["summary"]} {c["indicator"]} {c["detail"]}"));
        }
        Assert.Equal(await AdviceAsync("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"), await AdviceAsync("d1577c69-dfbe-44ad-ba6d-3e05e953b2eb"));
    }

    private static string Sign(Action<JsonObject> change)
    {
        var call = HookBodies.Sign(HookBodies.Marrow());
        change(call);
        return call.ToJsonString();
    }

    private static JsonObject Context(JsonObject call) => (JsonObject)call["context"]!;

    private static JsonObject Authorization() => new() { ["access_token"] = "t", ["token_type"] = "Bearer", ["expires_in"] = 300, ["scope"] = "patient/*.rs", ["subject"] = "cds" };

    /// <summary>Sent in chunks, so that only reading shows how long it is.</summary>
    private sealed class NoLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
