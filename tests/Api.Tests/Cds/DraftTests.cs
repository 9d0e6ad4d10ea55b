using System.Net;
using System.Text.Json.Nodes;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Drafts are medicines-to-be and a biopsy-to-be; one that is incomplete spoils nothing beside itself.</summary>
public sealed class DraftTests(SharedWorld shared) : IClassFixture<SharedWorld>
{
    [Fact]
    public async Task H_61_Ketorolac_ordered_before_a_pending_biopsy_is_noticed()
    {
        var world = shared.Fresh;
        var call = HookBodies.Select("MedicationRequest/draft-2", HookBodies.Drug("Ketorolac 30 mg injection", "draft-2", "draft"))
            .With("prefetch", HookBodies.Prefetch(("serviceRequests", HookBodies.Searchset(HookBodies.Marrow(id: "sr-1", status: "active")))));
        Assert.Contains("ketorolac", await TextAsync(world, HookWorld.OrderSelect, call), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_61_A_biopsy_among_the_drafts_is_context_for_the_one_chosen()
    {
        var world = shared.Fresh;
        var call = HookBodies.Select("MedicationRequest/draft-2", HookBodies.Marrow(), HookBodies.Drug("Eliquis 5 mg", "draft-2", "draft")).With("prefetch", HookBodies.Prefetch());
        Assert.Contains("apixaban", await TextAsync(world, HookWorld.OrderSelect, call), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_62_Orders_signed_again_need_not_be_drafts()
    {
        var world = shared.Fresh;
        var call = HookBodies.Sign(HookBodies.Marrow(status: "active"), HookBodies.Drug("Eliquis 5 mg", "m1")).With("prefetch", HookBodies.Prefetch());
        Assert.Contains("apixaban", await TextAsync(world, HookWorld.OrderSign, call), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task H_64_An_appointment_to_be_booked_gives_the_day()
    {
        var world = shared.Fresh;
        var prefetch = HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1"))), ("serviceRequests", HookBodies.Searchset(HookBodies.Marrow(day: null, id: "sr-1", status: "active"))));
        var early = await TextAsync(world, HookWorld.AppointmentBook, Booking("2026-03-20").With("prefetch", prefetch.DeepClone()));
        var late = await TextAsync(world, HookWorld.AppointmentBook, Booking("2026-04-20").With("prefetch", prefetch));
        Assert.Contains("March", early, StringComparison.Ordinal);
        Assert.Contains("April", late, StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_64_The_appointment_being_booked_goes_before_the_day_that_the_order_says()
    {
        var world = shared.Fresh;
        var prefetch = HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1"))), ("serviceRequests", HookBodies.Searchset(HookBodies.Marrow(id: "sr-1", status: "active"))));
        Assert.Contains("April 2026", await TextAsync(world, HookWorld.AppointmentBook, Booking("2026-04-20").With("prefetch", prefetch)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_64_An_appointment_for_something_else_says_nothing()
    {
        var world = shared.Fresh;
        var other = HookBodies.Appointment("2026-03-20").With("description", "Flu vaccination");
        var call = HookBodies.Call("appointment-book", ("appointments", HookBodies.Collection(other))).With("prefetch", HookBodies.Prefetch());
        Assert.Empty((await world.CardsAsync(HookWorld.AppointmentBook, call))["cards"]!.AsArray());
    }

    [Fact]
    public async Task H_65_The_first_body_of_the_public_sandbox_is_taken()
    {
        // Observed: Bundle without type, MedicationRequest with id, status, subject and authoredOn only.
        var world = shared.Fresh;
        var drafts = HookBodies.Collection(new JsonObject
        {
            ["resourceType"] = "MedicationRequest",
            ["id"] = "request-123",
            ["status"] = "draft",
            ["subject"] = new JsonObject { ["reference"] = "Patient/pat-1" },
            ["authoredOn"] = "2026-03-11",
        }).Without("type");
        var call = HookBodies.Call("order-select", ("selections", new JsonArray("MedicationRequest/request-123")), ("draftOrders", drafts)).With("prefetch", HookBodies.Prefetch());
        Assert.Empty((await world.CardsAsync(HookWorld.OrderSelect, call))["cards"]!.AsArray());
    }

    public static TheoryData<string, string> Incomplete => new()
    {
        { "no product", """{"resourceType":"MedicationRequest","id":"d9","status":"draft"}""" },
        { "no id", """{"resourceType":"MedicationRequest","status":"draft","medicationCodeableConcept":{"text":"Aspirin"}}""" },
        { "no status", """{"resourceType":"MedicationRequest","id":"d9","medicationCodeableConcept":{"text":"Aspirin"}}""" },
        { "contained product missing", """{"resourceType":"MedicationRequest","id":"d9","status":"draft","medicationReference":{"reference":"#m"}}""" },
        { "contained product", """{"resourceType":"MedicationRequest","id":"d9","status":"draft","contained":[{"resourceType":"Medication","id":"m","code":{"text":"Aspirin"}}],"medicationReference":{"reference":"#m"}}""" },
        { "no resource", "null" },
        { "a number", "5" },
        { "no type", """{"id":"d9"}""" },
        { "unknown type", """{"resourceType":"VisionPrescription","id":"d9"}""" },
        { "status is an object", """{"resourceType":"MedicationRequest","id":"d9","status":{}}""" },
        { "same id as the biopsy", """{"resourceType":"ServiceRequest","id":"draft-1","status":"draft","code":{"text":"Chest X-ray"}}""" },
        { "dosage is a text", """{"resourceType":"MedicationRequest","id":"d9","status":"draft","dosageInstruction":"one","medicationCodeableConcept":{"text":"Aspirin"}}""" },
    };

    [Theory, MemberData(nameof(Incomplete))]
    public async Task H_65_An_incomplete_draft_does_not_spoil_the_call(string what, string resource)
    {
        _ = what;
        var world = shared.Fresh;
        var drafts = HookBodies.Collection(HookBodies.Marrow());
        drafts["entry"]!.AsArray().Add(new JsonObject { ["resource"] = JsonNode.Parse(resource) });
        var call = HookBodies.Call("order-sign", ("draftOrders", drafts))
            .With("prefetch", HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1")))));
        Assert.Contains("apixaban", await TextAsync(world, HookWorld.OrderSign, call), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, InlineData(null), InlineData("2026-03-01"), InlineData("2026")]
    public async Task H_65_A_biopsy_without_a_usable_day_still_gets_its_warnings_and_the_day_is_said_to_be_assumed(string? day)
    {
        var world = shared.Fresh;
        var call = HookBodies.Sign(HookBodies.Marrow(day)).With("prefetch", HookBodies.Prefetch(("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1")))));
        var cards = await TextAsync(world, HookWorld.OrderSign, call);
        Assert.Contains("apixaban", cards, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("the day of the biopsy", cards, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("2026-03-01", null, false)] // dated in the past: over
    [InlineData(null, "2026-03-01", true)]
    [InlineData(null, "2025-01-01", false)] // forgotten
    [InlineData(null, null, true)]
    public async Task H_67_A_pending_order_of_the_chart_counts_while_it_is_not_over(string? day, string? written, bool counts)
    {
        var world = shared.Fresh;
        var order = HookBodies.Marrow(day, "sr-1", "active");
        if (written is not null) order["authoredOn"] = written;
        var call = HookBodies.Call("patient-view").With("prefetch", HookBodies.Prefetch(("serviceRequests", HookBodies.Searchset(order)), ("medicationRequests", HookBodies.Searchset(HookBodies.Drug("Eliquis 5 mg", "m1")))));
        Assert.Equal(counts, (await world.CardsAsync(HookWorld.PatientView, call))["cards"]!.AsArray().Count > 0);
    }

    [Fact]
    public async Task H_65_Orders_of_another_kind_say_nothing()
    {
        var world = shared.Fresh;
        var call = HookBodies.Sign(new JsonObject { ["resourceType"] = "ServiceRequest", ["id"] = "d1", ["status"] = "draft", ["code"] = new JsonObject { ["text"] = "Ferritin" } }, HookBodies.Drug("Eliquis 5 mg", "d2", "draft"))
            .With("prefetch", HookBodies.Prefetch());
        using var answer = await world.CallAsync(HookWorld.OrderSign, call);
        Assert.Equal((HttpStatusCode.OK, """{"cards":[]}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    private static JsonObject Booking(string day) => HookBodies.Call("appointment-book", ("appointments", HookBodies.Collection(HookBodies.Appointment(day))));

    private static async Task<string> TextAsync(HookWorld world, string service, JsonObject call) => (await world.CardsAsync(service, call)).ToJsonString();
}
