using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Worklist;

/// <summary>The newest list of all EHRs, whichever machine read it, and the reading under way on this one.</summary>
public sealed class WorklistShelf(ReadWorklist read, WorklistLists lists, ILogger<WorklistShelf> log)
{
    private static readonly TimeSpan s_renewEvery = WorklistLists.Lease / 4;

    private readonly Lock _lock = new();
    private Task? _reading;

    /// <summary>Non-null while a reading is under way here.</summary>
    public WorklistProgress? Progress { get; private set; }

    /// <summary>Whether the last reading here ended before it came to a list.</summary>
    public bool Failed { get; private set; }

    /// <returns>Null while no EHR has been read yet; and whether another machine reads now.</returns>
    public async Task<(Worklist? List, bool ReadElsewhere)> NewestAsync(CancellationToken cancel)
    {
        var (newest, beingRead) = await lists.NewestAsync(read.Ehrs, cancel);
        return (newest.IsEmpty ? null : Worklist.Of(newest, read.Ehrs), Progress is null && !beingRead.IsEmpty);
    }

    public Task AskedAsync(CancellationToken cancel) => lists.AskedAsync(read.Ehrs, cancel);

    /// <summary>Reads those EHRs that are due.</summary>
    public async Task RefreshDueAsync(TimeSpan age, CancellationToken stopping)
    {
        if (await lists.DueAsync(read.Ehrs, age, stopping) is { IsEmpty: false } due) await Refresh(due, stopping);
    }

    public Task Refresh(CancellationToken stopping) => Refresh(read.Ehrs, stopping);

    /// <summary>Begins a reading; one that is under way here is not joined by a second, and an EHR that another machine reads is left to it.</summary>
    private Task Refresh(IReadOnlyCollection<string> ehrs, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false } running) return running;
            var progress = Progress = new WorklistProgress();
            return _reading = Task.Run(() => ReadAsync(ehrs, progress, stopping), CancellationToken.None);
        }
    }

    private async Task ReadAsync(IReadOnlyCollection<string> ehrs, WorklistProgress progress, CancellationToken stopping)
    {
        try
        {
            foreach (var ehr in ehrs)
                if (await lists.TryTakeAsync(ehr, stopping)) await ReadAsync(ehr, progress, stopping);
            Failed = false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            Failed = true;
            log.LogError("The worklist could not be read: {Kind}", e.GetType().Name); // the message may hold an address with a patient in it
        }
        finally
        {
            Progress = null;
        }
    }

    private async Task ReadAsync(string ehr, WorklistProgress progress, CancellationToken stopping)
    {
        using var over = new CancellationTokenSource();
        var renewing = RenewAsync(ehr, over.Token);
        try
        {
            await lists.SaveAsync(await read.ReadAsync(ehr, progress, stopping), stopping);
        }
        catch
        {
            await lists.ReleaseAsync(ehr, CancellationToken.None);
            throw;
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
        }
    }

    private async Task RenewAsync(string ehr, CancellationToken over)
    {
        using var timer = new PeriodicTimer(s_renewEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(over)) await lists.RenewAsync(ehr, over);
        }
        catch (OperationCanceledException)
        {
            // The list is read.
        }
        catch (Exception e)
        {
            log.LogWarning("A lease of the worklist was not renewed: {Kind}", e.GetType().Name); // another machine may read it too; the later list stays
        }
    }
}

/// <summary>Keeps a list that somebody looks at fresh; one that nobody looks at costs the EHR nothing.</summary>
public sealed class RefreshWorklist(WorklistShelf shelf, WorklistOptions options, TimeProvider clock, ILogger<RefreshWorklist> log) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.RefreshMinutes == 0) return;
        using var timer = new PeriodicTimer(s_every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await shelf.RefreshDueAsync(TimeSpan.FromMinutes(options.RefreshMinutes), stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("The worklist was not refreshed: {Kind}", e.GetType().Name);
            }
        }
    }
}
