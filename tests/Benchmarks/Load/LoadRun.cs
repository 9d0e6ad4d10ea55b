using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace BiopsyFhir.Benchmarks.Load;

/// <summary>
/// <c>load SERVICE-URL KEY-SET-URL PID soak MINUTES</c>: mixed calls at 60 % of what the service does at most. <c>… overload SECONDS</c>:
/// three times of it, nearly all from one hospital; what the other one notices, and how soon all is well again. For tests/load.
/// </summary>
internal static class LoadRun
{
    public const string Name = "load";

    /// <summary>Calls on their way at once while the most is looked for.</summary>
    private const int Workers = 8;

    public static async Task<int> RunAsync(string[] asked)
    {
        if (asked is not [var service, var keys, var pid, var what, var length] || what is not ("soak" or "overload")) throw new ArgumentException("load SERVICE-URL KEY-SET-URL PID soak MINUTES | overload SECONDS");
        await using var callers = await Callers.StartAsync(new(service), new(keys));
        using var process = Process.GetProcessById(int.Parse(pid, CultureInfo.InvariantCulture));
        await MostAsync(callers, TimeSpan.FromSeconds(10)); // compiled and warm
        var most = await MostAsync(callers, TimeSpan.FromSeconds(15));
        Say($"at most {most:0} calls a second, {Workers} at a time");
        var number = double.Parse(length, CultureInfo.InvariantCulture);
        return what is "soak" ? await SoakAsync(callers, process, most * 0.6, TimeSpan.FromMinutes(number)) : await OverloadAsync(callers, process, most, TimeSpan.FromSeconds(number));
    }

    private static async Task<double> MostAsync(Callers callers, TimeSpan time)
    {
        var (began, done) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            for (var n = worker; Stopwatch.GetElapsedTime(began) < time; n++)
            {
                if (await callers.CallAsync(Callers.Mix[n % Callers.Mix.Count], Stopwatch.GetTimestamp()) is { Came: not Came.Right } bad) throw new InvalidDataException($"{bad}");
                Interlocked.Increment(ref done);
            }
        }));
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
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
        Say($"overload: {most * 3:0} calls a second for {time.TotalSeconds:0} s, nineteen of twenty of them hooks of the north, one of the south");
        Say("| | calls | p50 ms | p95 ms | p99 ms | longest ms | refused | wrong or unanswered | working set MB |");
        Say("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        string Of(long n) => n % 20 == 7 ? Callers.South : Callers.North;
        void Tell(string when, IReadOnlyCollection<Answered> answers)
        {
            process.Refresh();
            foreach (var kind in answers.GroupBy(a => a.Kind).OrderBy(g => g.Key, StringComparer.Ordinal)) Say($"| {when}, {kind.Key} {Row([.. kind])} {process.WorkingSet64 / 1048576.0:0} |");
        }
        var before = await AtRateAsync(callers, most * 0.5, TimeSpan.FromSeconds(10), Of);
        Tell("half of the most", before);
        var during = await AtRateAsync(callers, most * 3, time, Of);
        Tell("three times the most", during);
        var (ended, usual, well) = (Stopwatch.GetTimestamp(), before.Select(a => a.Milliseconds).Order().ElementAt(before.Count * 99 / 100), 0);
        // Well again: ten answers in a row, none slower than one in a hundred was before.
        var waited = TimeSpan.Zero;
        while (well < 10 && Stopwatch.GetElapsedTime(ended) < TimeSpan.FromSeconds(60))
        {
            if (well == 0) waited = Stopwatch.GetElapsedTime(ended);
            well = await callers.CallAsync(Callers.North, Stopwatch.GetTimestamp()) is { Came: Came.Right } one && one.Milliseconds <= usual ? well + 1 : 0;
        }
        Say($"well again {(well < 10 ? "not within 60" : $"{waited.TotalSeconds:0.0}")} s after the last of those calls was answered");
        return during.Concat(before).All(a => a.Came is Came.Right or Came.Shed) && during.Any(a => a.Came is Came.Shed) && well == 10 ? 0 : 1;
    }

    /// <summary>Calls as they are due, whether or not earlier ones were answered; ends when all are.</summary>
    private static async Task<List<Answered>> AtRateAsync(Callers callers, double rate, TimeSpan time, Func<long, string> kind)
    {
        var (began, calls) = (Stopwatch.GetTimestamp(), new List<Task<Answered>>());
        for (var n = 0L; n < rate * time.TotalSeconds; n++)
        {
            var due = began + (long)(n / rate * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < due) await Task.Delay(1);
            calls.Add(Task.Run(() => callers.CallAsync(kind(n), due)));
        }
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
