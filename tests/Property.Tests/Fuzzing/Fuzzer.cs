using System.Diagnostics;
using System.Security.Cryptography;
using BiopsyFhir.Domain;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>When a run ends: after so long, or after so long without a new kind of outcome.</summary>
/// <param name="Corpus">A folder of inputs that brought new kinds in earlier runs: what they bring is not new again, and what this run finds is added. Null: none is kept.</param>
internal sealed record FuzzLimits(TimeSpan Longest, TimeSpan Quiet, int Seed, string? Corpus = null);

/// <summary>
/// Mutates inputs that brought new kinds of outcome, one thread, the same for the same seed up to the moment it is stopped. Looked for:
/// exceptions, slow executions, answers that are not well-formed, and an entry made unreadable that makes readiness better without a trace.
/// </summary>
internal sealed class Fuzzer(FuzzLimits limits, Action<string> report) : IDisposable
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, long> _classes = new(StringComparer.Ordinal);
    private readonly List<byte[]> _corpus = [.. Seeds.All()];
    private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);
    private readonly Served _served = new();

    public long Executions { get; private set; }
    public long Compared { get; private set; }
    public IReadOnlyDictionary<string, long> Classes => _classes;
    public List<string> Findings { get; } = [];
    public TimeSpan Slowest { get; private set; }

    public async Task RunAsync()
    {
        var random = new Random(limits.Seed);
        var mutate = new Mutate(random, _corpus);
        var clock = Stopwatch.StartNew();
        var (news, told) = (TimeSpan.Zero, TimeSpan.Zero);
        Execute.Assessment(_corpus[0]); // what runs for the first time is compiled first, and no measure
        await Execute.SearchesAsync(_corpus[0]);
        await _served.HookAsync(_corpus[0]);
        await _served.NotificationAsync(_corpus[0]);
        Documents.Read(_corpus[0]);
        if (limits.Corpus is { } folder) _corpus.AddRange(Directory.CreateDirectory(folder).EnumerateFiles("*.json").OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => File.ReadAllBytes(file.FullName)));
        foreach (var seed in _corpus.ToList()) await TryAsync(seed, random);
        report($"{clock.Elapsed:hh\\:mm\\:ss}\t{Executions}\t{_classes.Count}\tseeds");
        news = clock.Elapsed;
        while (clock.Elapsed < limits.Longest && clock.Elapsed - news < limits.Quiet)
        {
            // The newest inputs are the least tried.
            var from = random.Next(3) == 0 ? _corpus[^(1 + random.Next(Math.Min(50, _corpus.Count)))] : _corpus[random.Next(_corpus.Count)];
            var input = mutate.Next(from);
            if (await TryAsync(input, random))
            {
                news = clock.Elapsed;
                _corpus.Add(input);
                if (limits.Corpus is not null) await File.WriteAllBytesAsync(Path.Combine(limits.Corpus, $"{Convert.ToHexStringLower(SHA256.HashData(input))[..16]}.json"), input);
            }
            if (clock.Elapsed - told < TimeSpan.FromMinutes(1)) continue;
            told = clock.Elapsed;
            report($"{told:hh\\:mm\\:ss}\t{Executions}\t{_classes.Count}\t{Findings.Count} findings");
        }
        report($"{clock.Elapsed:hh\\:mm\\:ss}\t{Executions}\t{_classes.Count}\t{Findings.Count} findings, {Executions / clock.Elapsed.TotalSeconds:0} executions/s, {Compared} comparisons, slowest {Slowest.TotalMilliseconds:0} ms, last new kind after {news:hh\\:mm\\:ss}");
    }

    /// <returns>Whether a kind of outcome was new.</returns>
    private async Task<bool> TryAsync(byte[] input, Random random)
    {
        var assessed = await RunAsync("assessment", input, i => Task.FromResult(Execute.Assessment(i)));
        var searched = await RunAsync("searches", input, Execute.SearchesAsync);
        var stated = await RunAsync("statement", input, i => Task.FromResult(Execute.Statement(i)));
        if (assessed?.Readiness is { } before && Wreck.Entry(input, random) is var (wrecked, how))
        {
            Compared++;
            if ((await RunAsync("assessment", wrecked, i => Task.FromResult(Execute.Assessment(i))))?.Readiness is { } after && Better(before, after) is { } what)
                await FoundAsync($"better: {what}", wrecked, $"{how}\n{what}", input);
            // Of the cards only that much: what was critical does not become silence.
            if (await WarningAsync(input) is 3 && await WarningAsync(wrecked) is 0) await FoundAsync("better: critical cards became none", wrecked, how, input);
        }
        var called = await RunAsync("hook", input, _served.HookAsync);
        var notified = await RunAsync("notification", input, _served.NotificationAsync);
        var published = await RunAsync("documents", input, i => Task.FromResult(Documents.Read(i)));
        return Count(assessed) | Count(searched) | Count(stated) | Count(called) | Count(notified) | Count(published);
    }

    public void Dispose() => _served.Dispose();

    private async Task<int> WarningAsync(byte[] input)
    {
        Executions++;
        try
        {
            return await _served.WarningAsync(input);
        }
        catch (Exception e)
        {
            await FoundAsync($"hook: {e.GetType().Name} {e.Message}", input, e.ToString());
            return -1;
        }
    }

    private bool Count(Executed? executed)
    {
        var isNew = false;
        foreach (var kind in executed?.Classes ?? [])
        {
            isNew |= !_classes.ContainsKey(kind);
            _classes[kind] = _classes.GetValueOrDefault(kind) + 1;
        }
        return isNew;
    }

    private async Task<Executed?> RunAsync(string way, byte[] input, Func<byte[], Task<Executed>> run)
    {
        Executions++;
        var began = Stopwatch.GetTimestamp();
        try
        {
            // An execution that never ends is a finding too, not a run that never ends. Tried twice: a machine may stand still for a while.
            var task = Task.Run(() => run(input));
            if (await Task.WhenAny(task, Task.Delay(Hang)) != task) task = Task.Run(() => run(input));
            return await task.WaitAsync(Hang);
        }
        catch (TimeoutException)
        {
            await FoundAsync($"{way}: slow", input, $"longer than {Hang.TotalSeconds} s");
            return null;
        }
        catch (Exception e)
        {
            await FoundAsync($"{way}: {e.GetType().Name} {e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("BiopsyFhir", StringComparison.Ordinal))?.Trim()} {(e is InvalidOperationException ? e.Message : "")}", input, e.ToString());
            return null;
        }
        finally
        {
            var took = Stopwatch.GetElapsedTime(began);
            if (took > Slowest) Slowest = took;
        }
    }

    /// <summary>What became better without a trace; null when nothing did.</summary>
    internal static string? Better(Readiness before, Readiness after)
    {
        var traces = after.NotJudged.Except(before.NotJudged).Any()
            // A result that cannot be used is shown as a finding.
            || after.Findings.Where(f => f.Rule == "D-QUAL").Select(f => f.Title).Except(before.Findings.Select(f => f.Title)).Any()
            || after.Labs.Any(l => l.State is not ResultState.Known && before.Labs.All(b => b.Analyte != l.Analyte || b.State != l.State));
        if (traces) return null;
        if (after.Verdict < before.Verdict) return $"{before.Verdict} became {after.Verdict}";
        return before.Findings.Where(f => f.Severity >= Severity.High).Select(f => (f.Rule, f.Subject)).Except(after.Findings.Select(f => (f.Rule, f.Subject))).Any()
            && after.Findings.Length < before.Findings.Length
            ? $"{string.Join(", ", before.Findings.Where(f => f.Severity >= Severity.High && after.Findings.All(a => (a.Rule, a.Subject) != (f.Rule, f.Subject))).Select(f => f.Rule).Distinct())} went away" : null;
    }

    private async Task FoundAsync(string kind, byte[] input, string why, byte[]? before = null)
    {
        if (!_kinds.Add(kind)) return;
        var folder = Repository.Path("artifacts/fuzz");
        Directory.CreateDirectory(folder);
        var name = Path.Combine(folder, $"{limits.Seed}-{Findings.Count + 1}");
        await File.WriteAllBytesAsync($"{name}.json", input);
        if (before is not null) await File.WriteAllBytesAsync($"{name}-before.json", before);
        await File.WriteAllTextAsync($"{name}.txt", $"{kind}\n{why}\n");
        Findings.Add($"{kind} ({name}.json)");
        report($"found\t{kind}");
    }
}
