using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Prefetch, its gaps, and what is said when neither can be seen. "Not seen" must never read as "not there".</summary>
public sealed class GatherTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    private static readonly JsonObject Apixaban = HookBodies.Drug("Eliquis 5 mg", "m1");

    [Fact]
    public async Task H_19_A_resource_that_was_sent_is_used_and_the_EHR_is_not_asked()
    {
        var world = shared.Fresh;
        var cards = await SignAsync(world, HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(Apixaban))), withAccess: true);
        Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(world.FhirCalls);
    }

    [Fact]
    public async Task H_19_Null_means_that_there_is_nothing_and_the_EHR_is_not_asked()
    {
        var world = shared.Fresh;
        var cards = await SignAsync(world, HookBodies.Prefetch(("medicationRequests", null), ("laboratory", null)), withAccess: true);
        Assert.DoesNotContain("medication orders", cards, StringComparison.Ordinal);
        Assert.Empty(world.FhirCalls);
    }

    [Fact]
    public async Task H_19_H_22_A_key_that_was_not_sent_is_read_with_the_token_of_the_call()
    {
        var world = shared.Fresh;
        world.Stored["MedicationRequest"] = [Apixaban];
        var cards = await SignAsync(world, HookBodies.Prefetch().Without("medicationRequests"), withAccess: true);
        Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
        var asked = Assert.Single(world.FhirCalls);
        Assert.Equal(("/fhir/MedicationRequest", "Bearer hook-access-token"), (asked.Path, asked.Headers["Authorization"]));
        Assert.Contains("patient=pat-1", asked.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_19_H_22_A_failed_prefetch_is_read_again()
    {
        var world = shared.Fresh;
        world.Stored["MedicationRequest"] = [Apixaban];
        Assert.Contains("apixaban", await SignAsync(world, HookBodies.Prefetch(("medicationRequests", HookBodies.Outcome())), withAccess: true), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, InlineData("\"text\""), InlineData("[]"), InlineData("5"), InlineData("{}"), InlineData("""{"resourceType":"Binary"}""")]
    public async Task H_19_A_prefetch_that_is_no_resource_counts_as_failed(string value)
    {
        var world = shared.Fresh;
        world.Stored["MedicationRequest"] = [Apixaban];
        Assert.Contains("apixaban", await SignAsync(world, HookBodies.Prefetch(("medicationRequests", JsonNode.Parse(value))), withAccess: true), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, InlineData("missing"), InlineData("failed"), InlineData("page")]
    public async Task H_19_H_20_H_23_What_can_be_seen_neither_way_is_named_on_a_card(string how)
    {
        var world = shared.Fresh;
        var prefetch = how switch
        {
            "missing" => HookBodies.Prefetch().Without("medicationRequests"),
            "failed" => HookBodies.Prefetch(("medicationRequests", HookBodies.Outcome())),
            _ => HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(Apixaban).Next("https://ehr.example.org/fhir?page=2"))),
        };
        var cards = await SignAsync(world, prefetch, withAccess: false);
        Assert.Contains("medication orders", cards, StringComparison.Ordinal);
        // What the page holds counts all the same.
        if (how is "page") Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_20_A_page_of_several_is_never_taken_for_all()
    {
        var world = shared.Fresh;
        world.Stored["MedicationRequest"] = [HookBodies.Drug("Aspirin 100 mg", "m0"), Apixaban];
        var page = HookBodies.Searchset(HookBodies.Drug("Aspirin 100 mg", "m0")).Next("https://elsewhere.example.org/fhir?page=2");
        Assert.Contains("apixaban", await SignAsync(world, HookBodies.Prefetch(("medicationRequests", page)), withAccess: true), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_20_A_total_beyond_what_was_sent_is_a_page_of_several()
    {
        var world = shared.Fresh;
        var page = HookBodies.Searchset(HookBodies.Drug("Aspirin 100 mg", "m0"));
        page["total"] = 2;
        Assert.Contains("medication orders", await SignAsync(world, HookBodies.Prefetch(("medicationRequests", page)), withAccess: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_20_A_page_of_results_sorted_newest_first_is_enough_when_it_reaches_back_beyond_the_window()
    {
        var world = shared.Fresh;
        JsonObject Page(string last) => HookBodies.Searchset(HookBodies.Platelets(210, "2026-03-09", "o1"), HookBodies.Platelets(200, last, "o2")).Next("https://ehr.example.org/fhir?page=2");
        Assert.DoesNotContain("laboratory results", await SignAsync(world, HookBodies.Prefetch(("laboratory", Page("2024-12-01"))), withAccess: false), StringComparison.Ordinal);
        Assert.Contains("laboratory results", await SignAsync(world, HookBodies.Prefetch(("laboratory", Page("2026-03-01"))), withAccess: false), StringComparison.Ordinal);
        // In another order the newest may be on the next page.
        var unsorted = HookBodies.Searchset(HookBodies.Platelets(200, "2024-12-01", "o2"), HookBodies.Platelets(210, "2026-03-09", "o1"), HookBodies.Platelets(200, "2024-11-01", "o3")).Next("https://ehr.example.org/fhir?page=2");
        Assert.Contains("laboratory results", await SignAsync(world, HookBodies.Prefetch(("laboratory", unsorted)), withAccess: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_21_An_outcome_and_included_resources_in_a_Bundle_are_told_apart()
    {
        var world = shared.Fresh;
        var medication = new JsonObject { ["resourceType"] = "Medication", ["id"] = "med-9", ["code"] = new JsonObject { ["text"] = "Xarelto 20 mg" } };
        var order = HookBodies.Drug("", "m2").Without("medicationCodeableConcept").With("medicationReference", new JsonObject { ["reference"] = "Medication/med-9" });
        var good = await SignAsync(world, HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(order, medication))), withAccess: false);
        Assert.Contains("rivaroxaban", good, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("medication orders", good, StringComparison.Ordinal);
        var bad = await SignAsync(world, HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(order, medication, HookBodies.Outcome()))), withAccess: false);
        Assert.Contains("rivaroxaban", bad, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("medication orders", bad, StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_22_A_Medication_that_was_not_sent_along_is_read_one_by_one()
    {
        var world = shared.Fresh;
        world.Stored["Medication"] = [new JsonObject { ["resourceType"] = "Medication", ["id"] = "med-9", ["code"] = new JsonObject { ["text"] = "Xarelto 20 mg" } }];
        var order = HookBodies.Drug("", "m2").Without("medicationCodeableConcept").With("medicationReference", new JsonObject { ["reference"] = "Medication/med-9" });
        Assert.Contains("rivaroxaban", await SignAsync(world, HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(order))), withAccess: true), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("/fhir/Medication/med-9", Assert.Single(world.FhirCalls).Path);
    }

    [Fact]
    public async Task H_22_H_23_Without_the_orders_nothing_can_be_said_and_the_answer_is_412()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.PatientView, HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch().Without("serviceRequests")));
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        await HookWorld.OutcomeAsync(answer);
    }

    [Fact]
    public async Task H_22_Without_the_patient_the_answer_is_412()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("patient")).WithAccess(world));
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
    }

    [Fact]
    public async Task H_23_A_marrow_order_that_must_not_be_interpreted_is_412_not_silence()
    {
        var world = shared.Fresh;
        var order = HookBodies.Marrow().With("modifierExtension", new JsonArray(new JsonObject { ["url"] = "https://example.org/not", ["valueBoolean"] = true }));
        using var answer = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(order).With("prefetch", HookBodies.Prefetch()));
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
    }

    [Fact]
    public async Task H_22_Without_a_marrow_biopsy_the_EHR_is_asked_for_orders_and_appointments_and_nothing_more()
    {
        var world = shared.Fresh;
        using var answer = await world.CallAsync(HookWorld.PatientView, HookBodies.Call("patient-view").WithAccess(world));
        Assert.Equal("""{"cards":[]}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["/fhir/Appointment", "/fhir/ServiceRequest"], world.FhirCalls.Select(c => c.Path).Order());
    }

    [Fact]
    public async Task H_22_A_pending_order_makes_opening_the_chart_worth_a_card()
    {
        var world = shared.Fresh;
        world.Stored["ServiceRequest"] = [HookBodies.Marrow(id: "sr-1", status: "active")];
        world.Stored["MedicationRequest"] = [Apixaban];
        world.Stored["Patient"] = [HookBodies.Person()];
        Assert.Contains("apixaban", (await world.CardsAsync(HookWorld.PatientView, HookBodies.Call("patient-view").WithAccess(world))).ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/fhir")]
    [InlineData("http://169.254.169.254/fhir")]
    [InlineData("https://ehr.example.org.evil.example/fhir")]
    public async Task H_24_Another_FHIR_server_than_the_caller_s_is_never_asked(string server)
    {
        var world = shared.Fresh;
        world.Stored["MedicationRequest"] = [Apixaban];
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("medicationRequests")).WithAccess(world).With("fhirServer", server);
        Assert.Contains("medication orders", (await world.CardsAsync(HookWorld.OrderSign, call)).ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(world.FhirCalls);
    }

    [Fact]
    public async Task H_24_The_FHIR_server_of_another_EHR_on_the_list_is_not_asked_either()
    {
        await using var other = await Hosting.FakeEhr.StartAsync();
        await using var world = await HookWorld.StartAsync(("Ehrs:1:Issuer", other.FhirBase), ("Ehrs:1:Id", "south"), ("Ehrs:1:ClientId", "x"));
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("medicationRequests")).WithAccess(world).With("fhirServer", other.FhirBase);
        Assert.Contains("medication orders", (await world.CardsAsync(HookWorld.OrderSign, call)).ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task H_24_The_token_follows_no_page_to_another_host()
    {
        await using var other = await Hosting.FakeEhr.StartAsync();
        var world = shared.Fresh;
        world.FhirInstead = r => r.Path is "/fhir/MedicationRequest" ? (200, "application/fhir+json", HookBodies.Searchset(Apixaban).Next($"{other.FhirBase}/MedicationRequest?page=2").ToJsonString()) : null;
        var cards = await SignAsync(world, HookBodies.Prefetch().Without("medicationRequests"), withAccess: true);
        Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("medication orders", cards, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task H_25_A_token_for_another_patient_or_one_that_has_expired_is_not_used()
    {
        var world = shared.Fresh;
        foreach (var (name, value) in new (string, JsonNode)[] { ("patient", "pat-2"), ("expires_in", 0) })
        {
            var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("medicationRequests")).WithAccess(world);
            call["fhirAuthorization"]![name] = value;
            Assert.Contains("medication orders", (await world.CardsAsync(HookWorld.OrderSign, call)).ToJsonString(), StringComparison.Ordinal);
        }
        Assert.Empty(world.FhirCalls);
    }

    [Theory, InlineData("patient/MedicationRequest.read"), InlineData("user/MedicationRequest.rs"), InlineData("patient/MedicationRequest.s launch"), InlineData("system/*.read")]
    public async Task H_26_Scopes_of_either_syntax_open_their_type_and_no_other(string scope)
    {
        var world = shared.Fresh;
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("medicationRequests").Without("conditions")).WithAccess(world, scope);
        var cards = (await world.CardsAsync(HookWorld.OrderSign, call)).ToJsonString();
        Assert.DoesNotContain("medication orders", cards, StringComparison.Ordinal);
        Assert.Equal(scope.Contains('*', StringComparison.Ordinal), world.FhirCalls.Any(c => c.Path is "/fhir/Condition"));
        Assert.Equal(!scope.Contains('*', StringComparison.Ordinal), cards.Contains("problems", StringComparison.Ordinal));
    }

    [Fact]
    public async Task H_26_A_type_that_the_EHR_denies_is_asked_once()
    {
        var world = shared.Fresh;
        world.FhirInstead = r => r.Path is "/fhir/MedicationRequest" ? (403, "text/html", "no") : null;
        Assert.Contains("medication orders", await SignAsync(world, HookBodies.Prefetch().Without("medicationRequests"), withAccess: true), StringComparison.Ordinal);
        Assert.Single(world.FhirCalls);
    }

    [Fact]
    public async Task H_27_The_access_token_is_neither_logged_nor_kept_nor_answered()
    {
        var world = shared.Fresh;
        world.FhirInstead = r => r.Path is "/fhir/MedicationRequest" ? (401, "text/plain", "no") : null;
        var cards = await SignAsync(world, HookBodies.Prefetch().Without("medicationRequests"), withAccess: true);
        Assert.DoesNotContain("hook-access-token", cards, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Host.Log, line => line.Contains("hook-access-token", StringComparison.Ordinal));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Assert.All(Directory.EnumerateFiles(world.Host.Folder, "*", SearchOption.AllDirectories), file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain("hook-access-token", reader.ReadToEnd(), StringComparison.Ordinal);
        });
        // The next call brings its own.
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch().Without("conditions")).WithAccess(world);
        call["fhirAuthorization"]!["access_token"] = "second-token";
        await world.CardsAsync(HookWorld.OrderSign, call);
        Assert.Equal("Bearer second-token", world.FhirCalls[^1].Headers["Authorization"]);
    }

    [Fact]
    public async Task H_27_Whose_chart_was_judged_for_whom_stands_in_the_audit_trail_and_a_call_about_nothing_does_not()
    {
        await using var world = await HookWorld.StartAsync();
        await world.CardsAsync(HookWorld.PatientView, HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch()));
        await SignAsync(world, HookBodies.Prefetch(), withAccess: false);
        List<AuditRow> rows = [];
        AuditPatientRow? whom = null;
        for (var wait = 0; wait < 100 && rows.Count is 0; wait++)
        {
            await using var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            rows = await db.Audit.AsNoTracking().Where(r => r.Action == "hook").ToListAsync();
            whom = await db.AuditPatients.SingleOrDefaultAsync(r => r.EhrId == "north" && r.Patient == "Patient/pat-1");
            if (rows.Count is 0) await Task.Delay(50);
        }
        var row = Assert.Single(rows);
        Assert.Equal(("Practitioner/doc-1", "north", $"{HookWorld.OrderSign} {whom!.Pseudonym}", "done"), (row.Actor, row.EhrId, row.Target, row.Outcome));
    }

    [Fact]
    public async Task H_28_What_the_EHR_does_not_answer_in_time_is_said_and_the_rest_is_answered()
    {
        await using var world = await HookWorld.StartAsync(("Cds:Deadline", "1000"));
        world.Stored["MedicationRequest"] = [Apixaban];
        world.FhirInstead = r =>
        {
            if (r.Path is "/fhir/Condition") Thread.Sleep(6000);
            return null;
        };
        await SignAsync(world, HookBodies.Prefetch(), withAccess: true); // the first call of a process is slow
        var began = Stopwatch.GetTimestamp();
        var cards = await SignAsync(world, HookBodies.Prefetch().Without("medicationRequests").Without("conditions"), withAccess: true);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 4);
        Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("problems", cards, StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_28_Gaps_are_read_side_by_side()
    {
        var world = shared.Fresh;
        ThreadPool.SetMinThreads(16, 16); // those that wait here keep a thread each; a pool of two cores would hand out no third one in time
        using var all = new CountdownEvent(3);
        var together = 0;
        world.FhirInstead = r =>
        {
            if (r.Path is "/fhir/metadata") return null;
            if (!all.IsSet) all.Signal();
            if (all.Wait(TimeSpan.FromSeconds(10))) Interlocked.Increment(ref together); // each waits for the other two
            return null;
        };
        await SignAsync(world, HookBodies.Prefetch().Without("conditions").Without("allergies").Without("procedures"), withAccess: true);
        Assert.Equal(3, together);
    }

    [Theory, InlineData("patient"), InlineData("medicationRequests")]
    public async Task H_19_Another_patient_s_data_is_never_assessed(string key)
    {
        var world = shared.Fresh;
        JsonNode stranger = key is "patient" ? HookBodies.Person("pat-2") : HookBodies.Searchset(HookBodies.Person("pat-2"));
        using var answer = await world.CallAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch((key, stranger))));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task H_19_An_order_of_another_patient_is_left_out_of_the_advice()
    {
        var world = shared.Fresh;
        var theirs = HookBodies.Drug("Eliquis 5 mg", "m1").With("subject", new JsonObject { ["reference"] = "Patient/pat-2" });
        var json = await world.CardsAsync(HookWorld.OrderSign, HookBodies.Sign(HookBodies.Marrow()).With("prefetch", HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(theirs)))));
        Assert.DoesNotContain("R-HOLD", json.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Hold apixaban", json.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> SignAsync(HookWorld world, JsonObject prefetch, bool withAccess)
    {
        var call = HookBodies.Sign(HookBodies.Marrow()).With("prefetch", prefetch);
        return (await world.CardsAsync(HookWorld.OrderSign, withAccess ? call.WithAccess(world) : call)).ToJsonString();
    }
}
