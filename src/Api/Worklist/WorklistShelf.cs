namespace BiopsyFhir.Api.Worklist;

/// <summary>The newest list and the reading under way, in memory: a node that restarts reads again.</summary>
public sealed class WorklistShelf(ReadWorklist read, ILogger<WorklistShelf> log)
{
    private readonly Lock _lock = new();
    private Task? _reading;

    public Worklist? Newest { get; private set; }

    /// <summary>Non-null while a reading is under way.</summary>
    public WorklistProgress? Progress { get; private set; }

    /// <summary>Whether the last reading ended before it came to a list.</summary>
    public bool Failed { get; private set; }

    /// <summary>Begins a reading; one that is under way is not joined by a second.</summary>
    public Task Refresh(CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_reading is { IsCompleted: false } running) return running;
            var progress = Progress = new WorklistProgress();
            return _reading = Task.Run(() => ReadAsync(progress, stopping), CancellationToken.None);
        }
    }

    private async Task ReadAsync(WorklistProgress progress, CancellationToken stopping)
    {
        try
        {
            Newest = await read.ReadAsync(progress, stopping);
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
}

/// <summary>Keeps a list that somebody has asked for fresh; one that nobody looks at costs the EHR nothing.</summary>
public sealed class RefreshWorklist(WorklistShelf shelf, Configuration.WorklistOptions options, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.RefreshMinutes == 0) return;
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.RefreshMinutes), clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            if (shelf.Newest is not null) await shelf.Refresh(stoppingToken);
    }
}
