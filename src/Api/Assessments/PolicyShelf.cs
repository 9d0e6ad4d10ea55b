using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary>Thrown at start, with every fault of the knowledge files and site policies.</summary>
public sealed class PolicyFaultsException(IReadOnlyList<string> faults)
    : Exception($"The policies cannot be used; {faults.Count} faults:{Environment.NewLine}{string.Join(Environment.NewLine, faults)}")
{
    public IReadOnlyList<string> Faults => faults;
}

/// <summary>
/// The policies that are offered now. A site's folder is looked at again and again; a set with faults is logged and the last good
/// one stays. An assessment takes <see cref="Current"/> once and keeps it to its end.
/// </summary>
public sealed class PolicyShelf
{
    private readonly PolicySettings _settings;
    private volatile PolicySet _current;
    private string _seen;

    public PolicyShelf(PolicySettings settings)
    {
        _settings = settings;
        _seen = Stamp();
        _current = Read() switch
        {
            PolicyRead.Ok(var policies) => policies,
            PolicyRead.Refused(var faults) => throw new PolicyFaultsException(faults),
            var other => throw new InvalidOperationException($"Unknown outcome {other}"),
        };
        if (!_current.ById.ContainsKey(settings.Default))
            throw new PolicyFaultsException([$"Policy:Default: '{settings.Default}' is no policy; there are {string.Join(", ", _current.ById.Keys)}"]);
    }

    public PolicySet Current => _current;

    /// <summary>The site's preset (<c>Policy:Default</c>).</summary>
    public Policy Default => _current.ById[_settings.Default];

    /// <summary>Reads the site's folder again when a file in it changed.</summary>
    /// <returns>The faults, when the new set was refused; null when there was nothing new; empty when it was taken.</returns>
    public IReadOnlyList<string>? Refresh()
    {
        var stamp = Stamp();
        if (stamp == _seen) return null;
        _seen = stamp;
        switch (Read())
        {
            case PolicyRead.Refused(var faults): return faults;
            case PolicyRead.Ok(var policies) when !policies.ById.ContainsKey(_settings.Default):
                return [$"Policy:Default: '{_settings.Default}' is gone"];
            case PolicyRead.Ok(var policies):
                _current = policies;
                return [];
            default: return null;
        }
    }

    private PolicyRead Read()
    {
        try
        {
            var files = PolicySet.Read(Knowledge.Read(_settings.Folder), Knowledge.Overlays(_settings.Folder));
            IReadOnlyList<string> folder = [.. Knowledge.Faults(_settings.Folder)];
            return folder.Count == 0 ? files : new PolicyRead.Refused([.. folder, .. files is PolicyRead.Refused(var faults) ? faults : []]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // being written or replaced; the next look finds it whole
        {
            return new PolicyRead.Refused([$"Policy:Folder: {e.Message}"]);
        }
    }

    private string Stamp() => string.Join('|', Knowledge.SiteFiles(_settings.Folder)
        .Select(path => new FileInfo(path)).Select(f => $"{f.Name} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
}

/// <param name="Default"><c>Policy:Default</c>; <c>P1</c> when not set.</param>
/// <param name="Folder"><c>Policy:Folder</c>: a folder with the site's own policies, or null.</param>
public sealed record PolicySettings(string Default = "P1", string? Folder = null);

/// <summary>Looks at the site's policy folder every ten seconds. Polling, because file events get lost on network and container volumes.</summary>
public sealed class WatchPolicies(PolicyShelf shelf, PolicySettings settings, TimeProvider clock, ILogger<WatchPolicies> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Folder is null) return;
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
    }

    private void Look()
    {
        switch (shelf.Refresh())
        {
            case { Count: 0 }:
                log.LogInformation("Site policies were read again and are in use");
                break;
            case { } faults:
                foreach (var fault in faults) log.LogError("Site policies were refused, the last good set stays: {Fault}", fault);
                break;
        }
    }
}
