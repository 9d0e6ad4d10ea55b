using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Storage;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>What was shown and what became of it, on SQLite and, where this machine has it, on PostgreSQL.</summary>
public sealed class CardsInStorageTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    public static TheoryData<string> Providers => PostgresServer.Installed ? ["sqlite", "postgres"] : ["sqlite"];

    [Theory, MemberData(nameof(Providers))]
    public async Task H_59_cards_and_feedback_are_kept_once_and_counted(string provider)
    {
        using var host = new ServiceHost(provider is "sqlite" ? [] : new Dictionary<string, string?>
        {
            ["Database:Provider"] = "postgres",
            ["Database:ConnectionString"] = postgres.NewDatabase(),
        });
        var shown = host.Get<ShownCards>();
        var call = new HookCall
        {
            Service = HookServices.All.Single(s => s.Hook == Hook.OrderSelect),
            HookInstance = CardWorld.NewId(),
            Ehr = new EhrOptions { Key = "Ehrs:0", Id = "one", Issuer = "https://ehr.example.org/fhir" },
            Client = "https://ehr.example.org",
            UserId = "Practitioner/1",
            PatientId = "p",
            Selections = [],
        };
        var (one, two) = (CardWorld.NewId(), CardWorld.NewId());
        shown.Note(call, new(CardTopic.NotChecked, Severity.High, []), one, "viewer", "print-1");
        shown.Note(call, new(CardTopic.NotChecked, Severity.High, []), one, "viewer", "print-1");
        await shown.WrittenAsync(default);
        shown.Note(call, new(CardTopic.NotChecked, Severity.High, []), one, "viewer", "print-1");
        shown.Note(call, new(CardTopic.Patient, Severity.Critical, [], Repeated: true), two, "other", "print-2");
        await shown.WrittenAsync(default);
        Assert.Equal(["print-1"], await shown.InFullAsync("viewer", default));

        var store = host.Get<FeedbackStore>();
        var at = host.Clock.GetUtcNow();
        FeedbackEntry[] told = [new(one, Outcome.Accepted, at, null, false), new(one, Outcome.Overridden, at.AddSeconds(5), "checked-by-hand", true), new(CardWorld.NewId(), Outcome.Accepted, at, null, false)];
        await store.KeepAsync("client", call.Service.Id, told, default);
        await store.KeepAsync("client", call.Service.Id, told, default);
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        var report = await host.Get<FeedbackSummary>().OfAsync(today, today, default);
        Assert.Equal((2, 1), (report.CardsShown, report.UnknownCards));
        var rule = report.Rules.Single(r => r.Rule == "not-checked");
        Assert.Equal((1, 0, 1, 1), (rule.Shown, rule.Accepted, rule.Overridden, rule.Comments));
        Assert.Equal(new ReasonCount("checked-by-hand", "Checked by hand", 1), Assert.Single(rule.Reasons));

        host.Clock.Advance(Retention.CardsAreFresh + TimeSpan.FromMinutes(1));
        await host.Get<Retention>().RunAsync(default);
        Assert.Empty(await shown.InFullAsync("viewer", default));
        host.Clock.Advance(TimeSpan.FromDays(new BiopsyFhir.Api.Configuration.RetentionOptions().CardDays));
        await host.Get<Retention>().RunAsync(default);
        Assert.Equal(0, (await host.Get<FeedbackSummary>().OfAsync(today, today, default)).CardsShown);
    }
}
