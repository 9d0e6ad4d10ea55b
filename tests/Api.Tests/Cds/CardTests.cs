using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Domain;
using static BiopsyFhir.Api.Tests.Cds.CardWorld;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Cards as a clinician and as an EHR get them; named by the rows of the CDS Hooks checklist.</summary>
public sealed class CardTests(CardWorld world) : IClassFixture<CardWorld>
{
    [Fact]
    public async Task H_11_a_ready_patient_gets_one_info_card_with_what_was_looked_at()
    {
        var found = world.Judge(Draft, Well());
        Assert.Equal(Verdict.Ready, found.Readiness.Verdict);
        var card = Assert.Single(await world.CardsAsync(found));
        Assert.Equal(("info", "ready"), (card.Indicator(), card.Topic()));
        Assert.Equal("Nothing to hold; tests are there", card.Summary());
        Assert.Contains("metformin 500 mg", card.Detail(), StringComparison.Ordinal);
        Assert.Contains("Platelet count 220 10\\*3/uL, Wednesday 11 March 2026 (Observation/l777-3)", card.Detail(), StringComparison.Ordinal);
        Assert.False(card.TryGetProperty("overrideReasons", out _));
    }

    [Fact]
    public async Task H_11_opening_the_chart_of_a_ready_patient_says_nothing() =>
        Assert.Equal("""{"cards":[]}""", await world.TextAsync(world.Call(Hook.PatientView), world.Judge(Draft, Well())));

    [Fact]
    public async Task H_23_nothing_unseen_ever_goes_with_an_all_clear()
    {
        var someMissing = world.Judge(Draft, [Metformin, .. Labs]); // no problem list, no allergies, no procedures
        Assert.Equal(Verdict.Ready, someMissing.Readiness.Verdict);
        var card = Assert.Single(await world.CardsAsync(someMissing));
        Assert.StartsWith("In what was seen: nothing to hold", card.Summary(), StringComparison.Ordinal);
        Assert.Contains("Allergies", card.Summary(), StringComparison.Ordinal);

        var notRead = world.Judge([Draft], Well(), [new("Medication list", "The EHR did not answer in time.")]);
        var cards = await world.CardsAsync(notRead);
        Assert.Equal(("warning", "not-checked"), (cards[0].Indicator(), cards[0].Topic()));
        Assert.Equal("Could not check: Medication list", cards[0].Summary());
        Assert.Contains("did not answer in time", cards[0].Detail(), StringComparison.Ordinal);
        Assert.DoesNotContain(cards, c => c.Topic() == "ready");
    }

    [Fact]
    public async Task H_23_an_entry_that_may_be_a_blood_thinner_gets_a_warning_also_when_the_chart_is_opened()
    {
        var found = world.Judge(Draft, Well("""{"resourceType":"MedicationRequest","id":"x","status":"active","intent":"order","medicationReference":{"reference":"Medication/gone"}}"""));
        foreach (var hook in new[] { Hook.PatientView, Hook.OrderSelect, Hook.OrderSign, Hook.AppointmentBook })
            Assert.Contains(await world.CardsAsync(world.Call(hook), found), c => c.Topic() == "not-checked" && c.Indicator() == "warning");
    }

    [Fact]
    public async Task H_41_one_card_for_each_topic_and_the_most_serious_first()
    {
        var found = world.Judge(Anaemia, [Warfarin, MitralValve, .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL"), Lab("777-3", "Platelets", 41, "10*3/uL")]);
        var cards = await world.CardsAsync(found);
        Assert.Equal(cards.Select(c => c.Topic()).Distinct(), cards.Select(c => c.Topic()));
        Assert.Equal("critical", cards[0].Indicator());
        var ranks = cards.Select(c => Array.IndexOf(["critical", "warning", "info"], c.Indicator())).ToList();
        Assert.Equal(ranks.Order(), ranks);
        Assert.Contains(cards, c => c.Topic() == "work-up");
    }

    [Fact]
    public async Task H_40_the_hold_with_its_weekday_is_in_the_summary_and_facts_rule_policy_and_source_in_the_detail()
    {
        var card = (await world.CardsAsync(world.Judge(Draft, Well(Apixaban)))).First(c => c.Topic() == "medicines");
        Assert.Equal("Hold apixaban: last dose Monday 16 March 2026", card.Summary());
        Assert.All(["MedicationRequest/a", "Rule R-HOLD", "https://doi.org/", "Preset P1", "Wednesday 18 March 2026"], part => Assert.Contains(part, card.Detail(), StringComparison.Ordinal));
        Assert.Equal("warning", card.Indicator());
    }

    [Fact]
    public async Task The_whole_assessment_s_rules_are_on_every_card()
    {
        var found = world.Judge(Anaemia, [Apixaban, .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL")]);
        var cards = await world.CardsAsync(found);
        Assert.True(cards.Length > 1);
        Assert.All(cards, card => Assert.Equal(found.Readiness.Findings.Select(f => f.Rule), card.Rules()));
    }

    [Fact]
    public async Task H_43_a_repeated_call_gets_the_same_bytes_and_another_call_never_the_same_ids()
    {
        var found = world.Judge(Draft, Well(Apixaban));
        var first = await world.TextAsync(world.Call(), found);
        Assert.Equal(first, await world.TextAsync(world.Call(), world.Judge(Draft, Well(Apixaban)))); // H-69
        var other = await world.TextAsync(world.Call(instance: Guid.Parse("99999999-2222-4333-8444-555555555555")), found);
        var elsewhere = await world.TextAsync(world.Call(Hook.AppointmentBook), found);
        var changed = await world.TextAsync(world.Call(), world.Judge(Draft, Well(Apixaban.Replace("2026-01-10", "2026-01-11", StringComparison.Ordinal))));
        Assert.All([other, elsewhere, changed], answer => Assert.Empty(Ids(first).Intersect(Ids(answer))));

        static HashSet<string> Ids(string answer) => [.. answer.Split("\"uuid\":\"").Skip(1).Select(s => s[..36])];
    }

    [Fact]
    public async Task H_49_the_note_keeps_every_element_of_the_draft_and_its_id()
    {
        var found = world.Judge(Draft, Well(Apixaban));
        var card = (await world.CardsAsync(found)).First(c => c.Topic() == "medicines");
        var action = card.Suggestions().Single(s => s.Actions()[0].GetProperty("type").GetString() == "update").Actions().Single();
        var resource = action.GetProperty("resource");
        var before = JsonElement.Parse(Draft);
        Assert.All(before.EnumerateObject(), member => Assert.Equal(member.Value.GetRawText(), resource.GetProperty(member.Name).GetRawText()));
        Assert.Equal(["note"], resource.EnumerateObject().Select(m => m.Name).Except(before.EnumerateObject().Select(m => m.Name)));
        Assert.Contains("Hold apixaban: last dose Monday 16 March 2026", resource.GetProperty("note")[0].GetProperty("text").GetString(), StringComparison.Ordinal);

        // Taken over, it is not suggested again; an older note stays in front of it.
        var taken = await world.CardsAsync(world.Judge(resource.GetRawText(), Well(Apixaban)));
        Assert.DoesNotContain(taken.SelectMany(c => c.Suggestions()).SelectMany(s => s.Actions()), a => a.GetProperty("type").GetString() == "update");
        var noted = await world.CardsAsync(world.Judge(Draft.Replace("\"priority\"", "\"note\":[{\"text\":\"call the ward\"}],\"priority\"", StringComparison.Ordinal), Well(Apixaban)));
        var notes = noted.SelectMany(c => c.Suggestions()).SelectMany(s => s.Actions()).Single(a => a.GetProperty("type").GetString() == "update").GetProperty("resource").GetProperty("note");
        Assert.Equal((2, "call the ward"), (notes.GetArrayLength(), notes[0].GetProperty("text").GetString()));
    }

    [Fact]
    public async Task H_49_no_note_for_an_order_that_is_placed_and_no_instruction_while_a_specialist_must_decide()
    {
        var placed = world.Judge([], [.. Well(Apixaban), Draft.Replace("\"status\":\"draft\"", "\"status\":\"active\"", StringComparison.Ordinal)], []);
        Assert.False(placed.OrderIsDraft);
        Assert.DoesNotContain((await world.CardsAsync(placed)).SelectMany(c => c.Suggestions()), s => s.Actions().Any(a => a.GetProperty("type").GetString() == "update"));
        var valve = await world.CardsAsync(world.Judge(Draft, Well(Warfarin, MitralValve)));
        Assert.Equal("critical", valve[0].Indicator());
        Assert.DoesNotContain(valve.SelectMany(c => c.Suggestions()), s => s.Actions().Any(a => a.GetProperty("type").GetString() == "update"));
    }

    [Fact]
    public async Task H_50_missing_tests_are_proposed_as_draft_orders_by_verified_code_once()
    {
        var found = world.Judge(Anaemia, [Metformin, .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL")]);
        var card = (await world.CardsAsync(found)).Single(c => c.Topic() == "work-up");
        var orders = card.Suggestions()[0].Actions();
        Assert.Contains("2276-4", Codes(orders));
        Assert.Equal(Codes(orders).Distinct(), Codes(orders));
        Assert.All(orders, order =>
        {
            var resource = order.GetProperty("resource");
            Assert.Equal(("ServiceRequest", "draft", "order", "Patient/p"), (resource.GetProperty("resourceType").GetString(), resource.GetProperty("status").GetString(),
                resource.GetProperty("intent").GetString(), resource.GetProperty("subject").GetProperty("reference").GetString()));
        });
        Assert.Equal("any", card.GetProperty("selectionBehavior").GetString());

        // Ferritin among the drafts is not proposed a second time.
        var ferritin = """{"resourceType":"ServiceRequest","id":"draft-2","status":"draft","intent":"order","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://loinc.org","code":"2276-4"}]}}""";
        var again = await world.CardsAsync(world.Judge([Anaemia, ferritin], [Metformin, .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL")], []));
        Assert.DoesNotContain("2276-4", Codes(again.SelectMany(c => c.Suggestions()).SelectMany(s => s.Actions())));

        static string[] Codes(IEnumerable<JsonElement> actions) => [.. actions.Where(a => a.GetProperty("type").GetString() == "create").Select(a => a.GetProperty("resource").GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString()!)];
    }

    [Fact]
    public async Task The_INR_of_the_day_before_is_ordered_for_that_day()
    {
        var cards = await world.CardsAsync(world.Judge(Draft, Well(Warfarin)));
        var inr = cards.Single(c => c.Topic() == "blood-tests").Suggestions().Single().Actions().Single().GetProperty("resource");
        Assert.Equal(("6301-6", "2026-03-17"), (inr.GetProperty("code").GetProperty("coding")[0].GetProperty("code").GetString(), inr.GetProperty("occurrenceDateTime").GetString()));
    }

    [Fact]
    public async Task H_49_a_draft_medicine_for_the_day_of_the_biopsy_can_be_taken_out_again()
    {
        var ketorolac = """{"resourceType":"MedicationRequest","id":"draft-2","status":"draft","intent":"order","medicationCodeableConcept":{"text":"ketorolac 30 mg IV"},"dosageInstruction":[{"text":"30 mg IV","timing":{"event":["2026-03-18"]}}]}""";
        var found = world.Judge([Draft, ketorolac], Well(), []);
        Assert.Contains(found.Readiness.Findings, f => f.Subject.Contains("ketorolac", StringComparison.Ordinal));
        var card = (await world.CardsAsync(found)).Single(c => c.Topic() == "medicines");
        var delete = card.Suggestions().SelectMany(s => s.Actions()).Single(a => a.GetProperty("type").GetString() == "delete");
        Assert.Equal("MedicationRequest/draft-2", delete.GetProperty("resourceId").GetString());
    }

    [Fact]
    public async Task H_48_opening_a_chart_proposes_no_orders()
    {
        var cards = await world.CardsAsync(world.Call(Hook.PatientView), world.Judge(Anaemia, [Apixaban, .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL")]));
        Assert.NotEmpty(cards);
        Assert.All(cards, c => Assert.Empty(c.Suggestions()));
    }

    [Fact]
    public void H_50_every_code_that_can_be_ordered_is_verified_for_writing_in_every_policy()
    {
        foreach (var policy in world.Host.Get<PolicyShelf>().Current.ById.Values)
            Assert.All(OrderableTests.All.SelectMany(t => t.Value), code => Assert.True(OrderableTests.IsVerified(code, policy.Catalogue.Labs, out _), code));
    }

    [Fact]
    public async Task H_53_the_link_is_the_registered_launch_address_and_its_context_opens_for_this_patient_only()
    {
        var card = (await world.CardsAsync(world.Judge(Draft, Well(Apixaban))))[0];
        var link = card.GetProperty("links").EnumerateArray().Single();
        Assert.Equal(($"{world.Host.Address}/launch", "smart"), (link.GetProperty("url").GetString(), link.GetProperty("type").GetString()));
        var context = link.GetProperty("appContext").GetString()!;
        Assert.DoesNotContain("draft-1", context, StringComparison.Ordinal);
        var orders = world.Host.Get<OrderContext>();
        var order = orders.Read(context, "sandbox", "p");
        Assert.Equal("ServiceRequest/draft-1", order!.Order);
        Assert.Equal([("indication", "lymphoma-staging"), ("procedureAt", "2026-03-18"), ("site", "posterior-iliac-crest")], order.Settings.Select(s => (s.Key, s.Value)).Order());
        Assert.Null(orders.Read(context, "sandbox", "q"));
        Assert.Null(orders.Read(context, "other", "p"));
        Assert.Null(orders.Read(context[..^4] + "AAAA", "sandbox", "p"));
        Assert.All([null, "", "{\"order\":1}", new string('x', 5_000), "a.b.c"], text => Assert.Null(orders.Read(text, "sandbox", "p")));
    }

    [Fact]
    public async Task H_53_the_context_is_for_a_day_or_two()
    {
        using var own = new CardWorld();
        var context = (await own.CardsAsync(own.Judge(Draft, Well(Apixaban))))[0].GetProperty("links")[0].GetProperty("appContext").GetString()!;
        own.Host.Clock.Advance(TimeSpan.FromHours(30));
        Assert.NotNull(own.Host.Get<OrderContext>().Read(context, "sandbox", "p"));
        own.Host.Clock.Advance(TimeSpan.FromHours(48));
        Assert.Null(own.Host.Get<OrderContext>().Read(context, "sandbox", "p"));
    }

    [Fact]
    public async Task H_67_a_list_that_could_not_be_read_at_all_is_a_warning_not_silence()
    {
        var found = world.Judge([Draft], [.. Labs, """{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","diagnostics":"timed out"}]}"""], [new("Medication list", "The EHR refused.")]);
        var cards = await world.CardsAsync(world.Call(Hook.OrderSign), found);
        Assert.Equal("not-checked", cards[0].Topic());
        Assert.Equal("warning", cards[0].Indicator());
    }
}
