using System.Collections.Immutable;
using System.Reflection;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Mutation;

/// <summary>Runs inside the instrumented copy: switches one mutant on at a time and asks the patients and the tests that reach it.</summary>
internal static class CodeMutants
{
    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(20);

    public static int Run(string list, string report, Func<IReadOnlyList<string>, Choice> choose)
    {
        var type = typeof(Assess).Assembly.GetType("BiopsyFhir.Domain.Mutant") ?? throw new InvalidOperationException("This is not the instrumented copy.");
        var on = type.GetField("On")!;
        var reached = (bool[])type.GetField("Reached", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
        // The first line is the number of comparisons left alone.
        var mutants = File.ReadLines(list).Skip(1).ToImmutableArray();
        var wanted = choose(mutants);
        var patients = Suite.Load();
        // Reading the policies runs code as well: what is reached there is tried with policies read anew.
        Array.Clear(reached);
        Suite.ReadAgain();
        var whileReading = reached.ToImmutableArray();
        var whoReaches = mutants.Select(_ => new List<IJudge>()).ToArray();
        foreach (var judge in patients.Cast<IJudge>().Concat(UnitTests.Load()))
        {
            Array.Clear(reached);
            if (judge.Notices())
            {
                // A test that needs the files of its own project has nothing to say here.
                Console.WriteLine($"  left out, fails without a mutant: {judge.Name}");
                continue;
            }
            for (var i = 0; i < mutants.Length; i++)
                if (reached[i]) whoReaches[i].Add(judge);
        }
        var outcomes = new List<Outcome>();
        var last = new Dictionary<IJudge, int>();
        for (var i = 0; i < mutants.Length; i++)
        {
            if (!wanted.Run.Contains(mutants[i])) continue;
            // Whoever noticed a neighbour probably notices this one.
            var judges = whoReaches[i].OrderByDescending(j => last.GetValueOrDefault(j)).ToList();
            on.SetValue(null, i + 1);
            // A mutant may never end: then it was noticed.
            var asking = Task.Run(() => judges.FirstOrDefault(p => p.Notices()));
            var noticed = !asking.Wait(s_enough) || asking.Result is not null;
            if (asking.IsCompleted && asking.Result is { } by) last[by] = i + 1;
            if (!noticed && whileReading[i])
            {
                var reading = Task.Run(() => Suite.ReadAgain() is not { } policies || patients.Any(p => p.Notices(policies.ById[p.Preset])));
                noticed = !reading.Wait(s_enough) || reading.Result;
            }
            on.SetValue(null, 0);
            outcomes.Add(new(Instrument.Reads(mutants[i]) ? "reading" : "rules", mutants[i], noticed ? "killed" : "survived"));
        }
        return Report.Write(report, "code", [.. wanted.Kept, .. outcomes]);
    }
}
