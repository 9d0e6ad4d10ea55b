using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Delivery;

/// <summary>
/// Work for each EHR that automation serves. Several at once, so that a slow one costs the others no more than its place, and a fault
/// with one is no reason to leave out the rest: it is logged, and the next round tries again.
/// </summary>
public static class EachEhr
{
    private const int AtOnce = 8;

    public static Task DoAsync(IEnumerable<EhrOptions> ehrs, Func<EhrOptions, CancellationToken, Task> work, ILogger log, CancellationToken cancel) =>
        Parallel.ForEachAsync(ehrs.Where(e => e.BackendClientId is not null), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (ehr, stop) =>
        {
            try
            {
                await work(ehr, stop);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                log.LogWarning("{Ehr} could not be looked at: {Fault}", ehr.Id, e.GetType().Name); // the message may hold an address with a patient in it
            }
        });
}
