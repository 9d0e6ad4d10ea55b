using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.WriteBack;

/// <summary>
/// Carries on what a process that died had begun to write. The chart is read again and the same decisions are signed again: only a plan
/// that comes to the very same content is what she signed, and only that is written; anything else waits for her.
/// </summary>
public sealed class ResumeWrites(WriteIntents intents, SessionStore sessions, ChartShelf charts, WritingShelf writing, ConfirmPlan confirm,
    PolicyShelf policies, Facility facility, TimeProvider clock, ILogger<ResumeWrites> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        do
        {
            try
            {
                while (await intents.TakeUpAsync(stoppingToken) is { } intent) await ResumeAsync(intent);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Interrupted writes could not be looked for: {Fault}", e.GetType().Name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ResumeAsync(WriteIntent intent)
    {
        var found = await sessions.FindAsync(intent.SessionId, CancellationToken.None);
        if (found is null || found.EndReason is not (null or EndReasons.Idle))
        {
            log.LogWarning("An interrupted write cannot go on: its session is over");
            await confirm.GiveUpAsync(found?.Session, intent, "it was interrupted, and the session is over: open the review from the EHR and sign again");
            return;
        }
        writing.Begin(found.Session.Id, () => WriteAsync(found.Session, intent));
    }

    private async Task<Written> WriteAsync(SmartSession session, WriteIntent intent)
    {
        await using var alive = intents.KeepAlive(intent);
        var reading = charts.Of(session);
        if (await reading.Task is not Gathered.Ok gathered)
        {
            charts.Forget(session.Id);
            await intents.PostponeAsync(intent, Pause);
            return confirm.Interrupted("it was interrupted and goes on as soon as the chart can be read");
        }
        return SignedAgain(session, await reading.SignerNameAsync(), gathered.Chart, intent.Confirmation) is { } plan && ConfirmPlan.KeyOf(session, plan) == intent.Confirmation.PlanKey
            ? await confirm.WriteAsync(session, plan, intent)
            : await confirm.GiveUpAsync(session, intent, "it was interrupted, and the chart has changed since it was signed: look at it and sign again");
    }

    private SignedPlan? SignedAgain(SmartSession session, string? name, Chart chart, Confirmation confirmed)
    {
        var faults = new List<ReadFault>();
        var query = ReviewForm.Query(name => confirmed.Settings.GetValueOrDefault(name), policies, facility, confirmed.SignedAt, faults);
        return faults.Count == 0 && session.UserReference is { } user && RunAssessment.OfChart(chart, query, "", new PhaseTimes()) is Assessed.Ok(var readiness, _)
            && SignPlan.From(readiness, confirmed.Decisions, new Signer(user, name), confirmed.SignedAt) is Signing.Accepted(var plan) ? plan : null;
    }
}
