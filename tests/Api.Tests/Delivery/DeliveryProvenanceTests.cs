using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Delivery;

/// <summary>What went out by itself says of whom and why it came, where the EHR keeps that; where it does not, it goes out all the same.</summary>
public sealed class DeliveryProvenanceTests
{
    [Fact]
    public async Task A_leaflet_names_the_program_its_text_and_its_order_and_no_clinician()
    {
        await using var world = await DeliveredAsync(w => w.TakesProvenance = true);
        var provenance = Assert.Single(world.Written, w => Type(w) == "Provenance");
        Assert.Equal("DocumentReference/DocumentReference-1", provenance["target"]![0]!["reference"]!.ToString());
        Assert.StartsWith("BiopsyFhir", Assert.Single(provenance["agent"]!.AsArray())!["who"]!["display"]!.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("urn:biopsyfhir:education-text:en:", provenance["policy"]![0]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("ServiceRequest/1", provenance["entity"]![0]!["what"]!["reference"]!.ToString());
        Assert.Equal(["education created", "provenance created"], await ReceiptsAsync(world));
    }

    [Fact]
    public async Task A_reminder_names_who_signed_its_dates_and_the_word_that_they_no_longer_count_nobody()
    {
        await using var world = await DeliveredAsync(w => w.TakesProvenance = true);
        await world.SignAsync("es");
        world.Host.Clock.Advance(new DateTimeOffset(2026, 3, 16, 13, 0, 1, TimeSpan.Zero) - world.Host.Clock.GetUtcNow());
        await world.DeliverAsync();
        var reminder = world.Written.Last(w => Type(w) == "Provenance");
        Assert.Equal(["author", "attester"], Agents(reminder));
        Assert.Equal("Practitioner/7", reminder["agent"]![1]!["who"]!["reference"]!.ToString());
        Assert.Equal(["urn:biopsyfhir:policy:P1", "urn:biopsyfhir:education-text:es"], reminder["policy"]!.AsArray().Select(p => string.Join(':', p!.ToString().Split(':')[..4])));
        world.Order("1", "2026-03-25");
        await world.LookAsync();
        await world.DeliverAsync();
        Assert.Contains("ya no valen", world.Written.Last(w => Type(w) == "Communication")["payload"]![0]!["contentString"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["author"], Agents(world.Written.Last(w => Type(w) == "Provenance")));
    }

    [Fact]
    public async Task Where_the_EHR_takes_none_the_leaflet_goes_out_and_the_receipt_says_so()
    {
        await using var world = await DeliveredAsync(_ => { });
        Assert.Equal(["leaflet sent"], await world.StatesAsync());
        Assert.DoesNotContain("provenance", Assert.Single(await world.RowsAsync()).Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["education created", "provenance not-supported"], await ReceiptsAsync(world));
    }

    [Fact]
    public async Task One_that_the_EHR_does_not_take_just_now_comes_later_and_the_leaflet_stays_single()
    {
        await using var world = await DeliveredAsync(w => (w.TakesProvenance, w.ProvenanceFault) = (true, () => 503));
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal(("queued", "DocumentReference/DocumentReference-1"), (row.State, row.Reference));
        Assert.Contains("without provenance", row.Reason, StringComparison.Ordinal);
        world.ProvenanceFault = () => null;
        world.Host.Clock.Advance(TimeSpan.FromMinutes(10));
        await world.DeliverAsync();
        Assert.Equal(["leaflet sent"], await world.StatesAsync());
        Assert.Equal(["DocumentReference", "Provenance"], world.Written.Select(Type));
    }

    [Fact]
    public async Task One_that_never_comes_does_not_make_the_leaflet_a_failure()
    {
        await using var world = await DeliveredAsync(w => (w.TakesProvenance, w.ProvenanceFault) = (true, () => 503));
        for (var i = 1; i < DeliverDue.MostAttempts; i++)
        {
            world.Host.Clock.Advance(TimeSpan.FromHours(8));
            await world.DeliverAsync();
        }
        var row = Assert.Single(await world.RowsAsync());
        Assert.Equal("sent", row.State);
        Assert.Contains("without provenance", row.Reason, StringComparison.Ordinal);
        Assert.Equal(["DocumentReference"], world.Written.Select(Type));
    }

    [Fact]
    public async Task A_reminder_that_reached_the_patient_and_lacks_only_its_Provenance_is_sent_even_when_the_biopsy_moves()
    {
        await using var world = await DeliveredAsync(w => (w.TakesProvenance, w.ProvenanceFault) = (true, () => null));
        await world.SignAsync("en");
        world.ProvenanceFault = () => 503;
        world.Host.Clock.Advance(new DateTimeOffset(2026, 3, 16, 13, 0, 1, TimeSpan.Zero) - world.Host.Clock.GetUtcNow());
        await world.DeliverAsync();
        world.Order("1", "2026-03-25");
        await world.LookAsync();
        Assert.Equal(["leaflet sent", "reminder-after superseded", "reminder-hold sent", "withdrawal queued"], (await world.StatesAsync()).Order());
    }

    private static async Task<DeliveryWorld> DeliveredAsync(Action<DeliveryWorld> ehr)
    {
        var world = await DeliveryWorld.DaytimeAsync();
        ehr(world);
        world.Order("1", "2026-03-18");
        await world.LookAsync();
        await world.DeliverAsync();
        return world;
    }

    private static string Type(System.Text.Json.Nodes.JsonObject resource) => resource["resourceType"]!.ToString();

    private static IEnumerable<string> Agents(System.Text.Json.Nodes.JsonObject provenance) => provenance["agent"]!.AsArray().Select(a => a!["type"]!["coding"]![0]!["code"]!.ToString());

    private static async Task<List<string>> ReceiptsAsync(DeliveryWorld world)
    {
        await using var db = await world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        return await db.WriteReceipts.OrderBy(r => r.Id).Select(r => $"{r.Part} {r.State}").ToListAsync();
    }
}
