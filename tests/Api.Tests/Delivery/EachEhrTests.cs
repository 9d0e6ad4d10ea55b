using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Delivery;
using Microsoft.Extensions.Logging.Abstractions;

namespace BiopsyFhir.Api.Tests.Delivery;

public sealed class EachEhrTests
{
    [Fact]
    public async Task An_EHR_that_fails_and_one_that_hangs_keep_no_other_waiting()
    {
        var done = new List<string>();
        var last = new TaskCompletionSource();
        EhrOptions[] ehrs = [Ehr("fails"), Ehr("hangs"), Ehr("well"), Ehr("without-a-client") with { BackendClientId = null }];
        await EachEhr.DoAsync(ehrs, async (ehr, cancel) =>
        {
            if (ehr.Id == "fails") throw new InvalidOperationException("a fault");
            if (ehr.Id == "hangs") await last.Task.WaitAsync(TimeSpan.FromMinutes(1), cancel); // until the one after it is through
            lock (done) done.Add(ehr.Id);
            if (ehr.Id == "well") last.SetResult();
        }, NullLogger.Instance, default);
        Assert.Equal(["well", "hangs"], done);
    }

    [Fact]
    public async Task A_stop_of_the_service_is_a_stop()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EachEhr.DoAsync([Ehr("one")], async (_, cancel) =>
        {
            await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        }, NullLogger.Instance, stop.Token));
    }

    private static EhrOptions Ehr(string id) => new() { Id = id, Key = "Ehrs:0", Issuer = $"https://{id}.example/fhir", BackendClientId = "robot" };
}
