using System.Collections.Immutable;
using System.Reflection;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Mutation;

/// <summary>Runs inside the instrumented copy: switches one mutant on at a time and asks the patients that reach it.</summary>
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
        var whoReaches = mutants.Select(_ => new List<Patient>()).ToArray();
        foreach (var patient in patients)
        {
            Array.Clear(reached);
            patient.Notices();
            for (var i = 0; i < mutants.Length; i++)
                if (reached[i]) whoReaches[i].Add(patient);
        }
        var outcome = new Dictionary<string, int> { ["killed"] = 0, ["survived"] = 0, ["not reached"] = 0 };
        var lines = new List<string>();
        for (var i = 0; i < mutants.Length; i += every)
        {
            var result = "not reached";
            if (whoReaches[i].Count > 0)
            {
                on.SetValue(null, i + 1);
                // A mutant may never end: then it was noticed.
                var asking = Task.Run(() => whoReaches[i].Any(p => p.Notices()));
                result = !asking.Wait(s_enough) || asking.Result ? "killed" : "survived";
                on.SetValue(null, 0);
            }
            outcome[result]++;
            if (result != "killed") lines.Add($"{result}\t{string.Join('\t', mutants[i])}");
        }
        Report.Write(report, $"code\t{patients.Length}\t{leftOut.Length}\t{every}", outcome, lines);
        return 0;
    }
}
