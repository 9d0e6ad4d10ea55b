using System.Text.Json;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using Microsoft.EntityFrameworkCore;
using static BiopsyFhir.Api.Tests.Cds.CardWorld;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>H-06, H-43: at signing, what was read when the order was chosen is said shortly, and only then.</summary>
public sealed class QuietTests : IDisposable
{
    private static readonly string[] s_chart = Well(Apixaban, Medicine("naproxen 500 mg twice daily", "n"));
    private readonly CardWorld _world = new();

    public void Dispose() => _world.Dispose();

    private HookCall Select(string user = "Practitioner/1") => _world.Call(Hook.OrderSelect, NewId(), user);

    private HookCall Sign(string user = "Practitioner/1") => _world.Call(Hook.OrderSign, NewId(), user);

    [Fact]
    public async Task H_06_signing_repeats_in_one_line_what_was_read_and_keeps_every_rule_in_the_extension()
    {
        var found = _world.Judge(Draft, s_chart);
        var full = Assert.Single(await _world.CardsAsync(Select(), found));
        var brief = Assert.Single(await _world.CardsAsync(Sign(), found));
        Assert.Equal($"Still open: {full.Summary()}", brief.Summary());
        Assert.Equal((full.Indicator(), full.Topic()), (brief.Indicator(), brief.Topic()));
        Assert.True(brief.Detail().Length < full.Detail().Length / 2);
        Assert.Empty(brief.Suggestions());
        Assert.Equal(full.Rules(), brief.Rules());
        Assert.True(brief.GetProperty("extension").GetProperty("org.biopsyfhir.repeated").GetBoolean());
        Assert.True(brief.TryGetProperty("overrideReasons", out _));
    }

    [Fact]
    public async Task H_43_advice_and_information_that_was_read_is_not_repeated_at_all()
    {
        var naproxen = _world.Judge(Draft, Well(Medicine("naproxen 500 mg twice daily", "n")));
        Assert.Equal("info", Assert.Single(await _world.CardsAsync(Select(), naproxen)).Indicator());
        Assert.Empty(await _world.CardsAsync(Sign(), naproxen));

        var ready = _world.Judge(Draft.Replace("draft-1", "draft-9", StringComparison.Ordinal), Well());
        Assert.Single(await _world.CardsAsync(Select(), ready));
        Assert.Empty(await _world.CardsAsync(Sign(), ready));
    }

    [Fact]
    public async Task H_06_without_choosing_before_everything_is_said_in_full()
    {
        var card = Assert.Single(await _world.CardsAsync(Sign(), _world.Judge(Draft, s_chart)));
        Assert.StartsWith("Hold apixaban", card.Summary(), StringComparison.Ordinal);
        // and signing again does not count as having chosen
        Assert.StartsWith("Hold apixaban", Assert.Single(await _world.CardsAsync(Sign(), _world.Judge(Draft, s_chart))).Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_06_another_user_another_order_and_another_patient_read_everything()
    {
        var found = _world.Judge(Draft, s_chart);
        await _world.CardsAsync(Select(), found);
        Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign("Practitioner/2"), found))[0].Summary(), StringComparison.Ordinal);
        Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign(), found with { Order = "ServiceRequest/other" }))[0].Summary(), StringComparison.Ordinal);
        Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign() with { PatientId = "other" }, found))[0].Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_06_a_changed_fact_speaks_in_full_again()
    {
        await _world.CardsAsync(Select(), _world.Judge(Draft, s_chart));
        string[] changes =
        [
            Medicine("clopidogrel 75 mg", "new"),
            """{"resourceType":"Condition","id":"af","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Pulmonary embolism"},"onsetDateTime":"2026-02-01"}""",
        ];
        foreach (var change in changes)
            Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign(), _world.Judge(Draft, [.. s_chart, change])))[0].Summary(), StringComparison.Ordinal);
        var newlyUnseen = _world.Judge([Draft], s_chart, [new("Allergies", "timed out")]);
        Assert.All(await _world.CardsAsync(Sign(), newlyUnseen), c => Assert.DoesNotContain("Still open", c.Summary(), StringComparison.Ordinal));
        var policy = _world.Judge(Draft, s_chart);
        var other = policy with { Readiness = policy.Readiness with { Policy = policy.Readiness.Policy with { Hash = "sha256:other" } } };
        Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign(), other))[0].Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task H_06_after_half_an_hour_everything_is_said_again()
    {
        var found = _world.Judge(Draft, s_chart);
        await _world.CardsAsync(Select(), found);
        _world.Host.Clock.Advance(TimeSpan.FromMinutes(29));
        Assert.StartsWith("Still open", (await _world.CardsAsync(Sign(), found))[0].Summary(), StringComparison.Ordinal);
        _world.Host.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.DoesNotContain("Still open", (await _world.CardsAsync(Sign(), found))[0].Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_high_or_critical_ever_disappears()
    {
        foreach (var found in new[]
        {
            _world.Judge(Draft, s_chart), _world.Judge(Anaemia, [Warfarin, MitralValve, Lab("718-7", "Hemoglobin", 9.1m, "g/dL"), Lab("777-3", "Platelets", 15, "10*3/uL")]),
            _world.Judge([Draft], Well(), [new("Medication list", "timed out")]),
        })
        {
            await _world.CardsAsync(Select(), found);
            var cards = await _world.CardsAsync(Sign(), found);
            var serious = PlanCards.For(Hook.OrderSign, found).Where(c => c.Severity >= Severity.High).Select(c => c.Topic.Code());
            Assert.Empty(serious.Except(cards.Select(c => c.Topic())));
            Assert.Equal(found.Readiness.Findings.Max(f => f.Severity) is Severity.Critical, cards.Any(c => c.Indicator() == "critical"));
        }
    }

    [Fact]
    public async Task A_site_can_switch_it_off()
    {
        using var loud = CardWorld.With(("Cds:Quiet", "false"));
        var found = loud.Judge(Draft, s_chart);
        await loud.CardsAsync(loud.Call(Hook.OrderSelect), found);
        Assert.DoesNotContain("Still open", (await loud.CardsAsync(loud.Call(Hook.OrderSign), found))[0].Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_kept_names_nobody_and_is_the_same_for_every_node()
    {
        var found = _world.Judge(Draft, s_chart);
        await _world.CardsAsync(Select("Practitioner/dr-no"), found);
        await _world.Host.Get<ShownCards>().WrittenAsync(default);
        await using var db = await _world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        var row = Assert.Single(await db.HookCards.ToListAsync());
        Assert.Equal(("medicines", "high", "R-HOLD"), (row.Topic, row.Severity, row.Rules));
        Assert.DoesNotContain("dr-no", JsonSerializer.Serialize(row), StringComparison.Ordinal);
        Assert.DoesNotContain("apixaban", JsonSerializer.Serialize(row), StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{32}$", row.Viewer);

        // Another node reads the same row.
        Assert.Contains(row.Fingerprint!, await new ShownCards(_world.Host.Get<IDbContextFactory<ServiceDb>>(), _world.Host.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<ShownCards>.Instance).InFullAsync(row.Viewer!, default));
        _world.Host.Clock.Advance(TimeSpan.FromMinutes(31));
        await _world.Host.Get<Retention>().RunAsync(default);
        var later = await db.HookCards.AsNoTracking().SingleAsync();
        Assert.Equal((null, null), (later.Viewer, later.Fingerprint));
        _world.Host.Clock.Advance(TimeSpan.FromDays(new BiopsyFhir.Api.Configuration.RetentionOptions().CardDays));
        await _world.Host.Get<Retention>().RunAsync(default);
        Assert.Empty(await db.HookCards.AsNoTracking().ToListAsync());
    }
}
