using System.Collections.Immutable;
using System.Reflection;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Mutation;

/// <summary>Runs inside the instrumented copy: switches one mutant on at a time and asks the patients and the tests that reach it.</summary>
internal static class CodeMutants
{
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(20);

    public static int Run(string list, string report, int every)
    {
        var type = typeof(Assess).Assembly.GetType("BiopsyFhir.Domain.Mutant") ?? throw new InvalidOperationException("This is not the instrumented copy.");
        var on = type.GetField("On")!;
        var reached = (bool[])type.GetField("Reached", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
        var mutants = File.ReadAllLines(list).Select(l => l.Split('\t')).ToImmutableArray();
        var (patients, leftOut) = Suite.Load();
        var tests = UnitTests.Load();
        // Reading the policies runs code as well: what is reached there is tried with policies read anew.
        Array.Clear(reached);
        Suite.ReadAgain();
        var whileReading = reached.ToImmutableArray();
        var whoReaches = mutants.Select(_ => new List<IJudge>()).ToArray();
        var passing = new List<IJudge>();
        foreach (var judge in patients.Cast<IJudge>().Concat(tests))
        {
            Array.Clear(reached);
            if (judge.Notices())
            {
                Console.WriteLine($"left out, fails unchanged: {judge.Name}");
                continue;
            }
            passing.Add(judge);
            for (var i = 0; i < mutants.Length; i++)
                if (reached[i]) whoReaches[i].Add(judge);
        }
        var outcome = new Dictionary<string, int> { ["killed"] = 0, ["survived"] = 0, ["not reached"] = 0 };
        var lines = new List<string>();
        var last = new List<IJudge>();
        for (var i = 0; i < mutants.Length; i += every)
        {
            var result = "not reached";
            if (whoReaches[i].Count > 0 || whileReading[i])
            {
                // Whoever noticed a neighbour probably notices this one.
                var judges = whoReaches[i].OrderByDescending(last.LastIndexOf).ToList();
                on.SetValue(null, i + 1);
                // A mutant may never end: then it was noticed.
                var asking = Task.Run(() => judges.FirstOrDefault(p => p.Notices()));
                var noticed = !asking.Wait(s_enough) || asking.Result is not null;
                if (asking.IsCompleted && asking.Result is { } by) last.Add(by);
                if (!noticed && whileReading[i])
                {
                    var reading = Task.Run(() => Suite.ReadAgain() is not { } policies || patients.Any(p => p.Notices(policies.ById[p.Preset])));
                    noticed = !reading.Wait(s_enough) || reading.Result;
                }
                result = noticed ? "killed" : "survived";
                on.SetValue(null, 0);
            }
            outcome[result]++;
            if (result != "killed") lines.Add($"{result}\t{string.Join('\t', mutants[i])}");
        }
        Report.Write(report, $"code\t{patients.Length} patients\t{tests.Length} tests\t{leftOut.Length} left out\teach {every}", outcome, lines);
        return 0;
    }
}
