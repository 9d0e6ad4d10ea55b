using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace BiopsyFhir.Benchmarks.Load;

/// <summary>
/// <c>load SERVICE-URL KEY-SET-URL PID soak MINUTES</c>: mixed calls at 60 % of what the service does at most. <c>… overload SECONDS</c>:
/// a flood of hook calls from one hospital, three times what the service does at most; what the other hospital notices, and how soon all is well again. For tests/load.
/// </summary>
internal static class LoadRun
{
    public const string Name = "load";

    /// <summary>Calls on their way at once while the most is looked for.</summary>
    private const int Workers = 8;

    /// <summary>For the flood: enough that no commit and no caller's wait hides what the processor could do, less than the doors hold.</summary>
    private const int FloodWorkers = 48;

    /// <summary>Calls a second of the hospital that goes about its day.</summary>
    private const double Quiet = 10;

    public static async Task<int> RunAsync(string[] asked)
    {
        if (asked is not [var service, var keys, var pid, var what, var length] || what is not ("soak" or "overload")) throw new ArgumentException("load SERVICE-URL KEY-SET-URL PID soak MINUTES | overload SECONDS");
        await using var callers = await Callers.StartAsync(new(service), new(keys));
        using var process = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
        Func<long, string> kinds = what is "soak" ? n => Callers.Mix[(int)(n % Callers.Mix.Count)] : _ => Callers.North;
        var workers = what is "soak" ? Workers : FloodWorkers;
        await MostAsync(callers, kinds, workers, TimeSpan.FromSeconds(10)); // and everything compiled
        var most = await MostAsync(callers, kinds, workers, TimeSpan.FromSeconds(10));
        Say($"at most {most:0} calls a second, {workers} at a time");
        if (what is "overload") most = await MostInAFloodAsync(callers, most);
        var number = double.Parse(length, CultureInfo.InvariantCulture);
        return what is "soak" ? await SoakAsync(callers, process, most * 0.6, TimeSpan.FromMinutes(number)) : await OverloadAsync(callers, process, most, TimeSpan.FromSeconds(number));
    }

    private static async Task<double> MostAsync(Callers callers, Func<long, string> kind, int workers, TimeSpan time)
    {
        var (began, done) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async worker =>
        {
            for (var n = worker; Stopwatch.GetElapsedTime(began) < time; n++)
            {
                var answer = await callers.CallAsync(kind(n), Stopwatch.GetTimestamp());
                if (answer.Came is Came.Wrong or Came.NoAnswer) throw new InvalidDataException($"{answer}");
                if (answer.Came is not Came.Right) continue; // a small door was asked for
                Interlocked.Increment(ref done);
            }
        }));
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Callers who wait for answers do not find the most; what is answered of far more than can be is what can be, once that grows no further.</summary>
    private static async Task<double> MostInAFloodAsync(Callers callers, double most)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (rate, time) = (most * 3, TimeSpan.FromSeconds(5));
            callers.Prepare(Callers.North, (int)(rate * time.TotalSeconds));
            var began = Stopwatch.GetTimestamp();
            var answers = await AtRateAsync(callers, rate, time, _ => Callers.North);
            double Rate(Came came) => answers.Count(a => a.Came == came) / Stopwatch.GetElapsedTime(began).TotalSeconds;
            var right = Rate(Came.Right);
            Say($"of {rate:0} a second, {right:0} were answered and {Rate(Came.Shed):0} refused");
            // The first flood of a process also opens the connections and grows the thread pool.
            if (attempt > 2 && (right < most * 1.15 || attempt == 8)) return Math.Max(most, right);
            most = Math.Max(most, right);
        }
    }

    private static async Task<int> SoakAsync(Callers callers, Process process, double rate, TimeSpan time)
    {
        Say($"soak: {rate:0.0} calls a second, {time.TotalMinutes:0.#} minutes");
        Say("| minute | calls | p50 ms | p95 ms | p99 ms | longest ms | refused | wrong or unanswered | working set MB |");
        Say("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        var all = new ConcurrentBag<Answered>();
        for (var minute = 1; minute <= Math.Ceiling(time.TotalMinutes); minute++)
        {
            var these = await AtRateAsync(callers, rate, TimeSpan.FromMinutes(Math.Min(1, time.TotalMinutes)), n => Callers.Mix[(int)(n % Callers.Mix.Count)]);
            foreach (var one in these) all.Add(one);
            process.Refresh();
            Say($"| {minute} {Row(these)} {process.WorkingSet64 / 1048576.0:0} |");
        }
        Kinds(all);
        return all.All(a => a.Came is Came.Right or Came.Shed) ? 0 : 1;
    }

    private static async Task<int> OverloadAsync(Callers callers, Process process, double most, TimeSpan time)
    {
        Say($"overload of {most:0} a second at most: the south sends {Quiet:0} calls a second for {time.TotalSeconds:0} s, alone, then beside {most * 3:0} a second of the north");
        Say("| | calls | p50 ms | p95 ms | p99 ms | longest ms | refused | wrong or unanswered | working set MB | sent a second |");
        Say("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        async Task<List<Answered>> PhaseAsync(string when, double flood)
        {
            callers.Prepare(Callers.North, (int)(flood * time.TotalSeconds));
            callers.Prepare(Callers.South, (int)(Quiet * time.TotalSeconds));
            var began = Stopwatch.GetTimestamp();
            var sent = TimeSpan.Zero;
            var south = AtRateAsync(callers, Quiet, time, _ => Callers.South);
            var north = AtRateAsync(callers, flood, time, _ => Callers.North, () => sent = Stopwatch.GetElapsedTime(began));
            List<Answered> all = [.. await south, .. await north];
            process.Refresh();
            foreach (var kind in all.GroupBy(a => a.Kind).OrderBy(g => g.Key, StringComparer.Ordinal))
                Say($"| {when}, {kind.Key} {Row([.. kind])} {process.WorkingSet64 / 1048576.0:0} | {(kind.Key == Callers.North ? kind.Count() / sent.TotalSeconds : Quiet):0} |");
            return all;
        }
        var before = await PhaseAsync("alone", 0);
        var during = await PhaseAsync("three times the most", most * 3);
        var (ended, usual, well) = (Stopwatch.GetTimestamp(), before.Select(a => a.Milliseconds).Order().ElementAt(before.Count * 99 / 100), 0);
        // Well again: ten answers in a row, none slower than one in a hundred was before.
        var waited = TimeSpan.Zero;
        while (well < 10 && Stopwatch.GetElapsedTime(ended) < TimeSpan.FromSeconds(60))
        {
            if (well == 0) waited = Stopwatch.GetElapsedTime(ended);
            well = await callers.CallAsync(Callers.South, Stopwatch.GetTimestamp()) is { Came: Came.Right } one && one.Milliseconds <= usual ? well + 1 : 0;
        }
        Say($"well again {(well < 10 ? "not within 60" : $"{waited.TotalSeconds:0.0}")} s after the last of those calls was answered");
        return during.Concat(before).All(a => a.Came is Came.Right or Came.Shed) && during.Any(a => a.Came is Came.Shed) && well == 10 ? 0 : 1;
    }

    /// <summary>Calls as they are due, whether or not earlier ones were answered; ends when all are.</summary>
    private static async Task<List<Answered>> AtRateAsync(Callers callers, double rate, TimeSpan time, Func<long, string> kind, Action? allSent = null)
    {
        var (began, calls) = (Stopwatch.GetTimestamp(), new List<Task<Answered>>());
        for (var n = 0L; n < rate * time.TotalSeconds; n++)
        {
            var due = began + (long)(n / rate * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < due) await Task.Delay(1);
            calls.Add(Task.Run(() => callers.CallAsync(kind(n), due)));
        }
        allSent?.Invoke();
        return [.. await Task.WhenAll(calls)];
    }

    private static string Row(IReadOnlyCollection<Answered> answers)
    {
        var right = answers.Where(a => a.Came is Came.Right).Select(a => a.Milliseconds).Order().ToList();
        double At(double part) => right.Count == 0 ? double.NaN : right[(int)Math.Min(right.Count - 1, right.Count * part)];
        var wrong = answers.Where(a => a.Came is Came.Wrong or Came.NoAnswer).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"| {answers.Count} | {At(0.5):0} | {At(0.95):0} | {At(0.99):0} | {At(1):0} | {answers.Count(a => a.Came is Came.Shed)} | {wrong.Count}{(wrong.Count > 0 ? $" ({wrong[0].What})" : "")} |");
    }

    private static void Kinds(IReadOnlyCollection<Answered> all)
    {
        Say("| kind | calls | p50 ms | p95 ms | p99 ms | longest ms | refused | wrong or unanswered |");
        Say("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var kind in all.GroupBy(a => a.Kind).OrderBy(g => g.Key, StringComparer.Ordinal)) Say($"| {kind.Key} {Row([.. kind])}");
        Say($"| all {Row(all)}");
    }

    private static void Say(FormattableString line) => Say(line.ToString(CultureInfo.InvariantCulture));

    private static void Say(string line) => Console.WriteLine(line);
}
