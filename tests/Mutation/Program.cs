using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Mutation;
using BiopsyFhir.Testing;

// data REPORT EVERY | instrument COPY | code MUTANTS REPORT EVERY: called by tests/mutate. EVERY 1 takes every mutant, 10 each tenth.
return args switch
{
    ["data", var report, var every] => Data(report, int.Parse(every, CultureInfo.InvariantCulture)),
    ["instrument", var copy] => Instrument.Run(copy),
    ["code", var mutants, var report, var every] => CodeMutants.Run(mutants, report, int.Parse(every, CultureInfo.InvariantCulture)),
    _ => 2,
};

static int Data(string report, int every)
{
    var (patients, leftOut) = Suite.Load();
    Console.WriteLine($"{patients.Length} patients; left out: {string.Join(", ", leftOut)}");
    var all = DataMutants.All(section => JsonNode.Parse(File.ReadAllText(Repository.Path($"src/Domain/Knowledge/{section}.json")))!.AsObject());
    var chosen = all.Select((mutant, number) => (number, mutant)).Where(m => m.number % every == 0).ToList();
    var outcome = new SortedDictionary<string, int>(StringComparer.Ordinal) { ["killed"] = 0, ["refused by validation"] = 0, ["survived"] = 0 };
    var lines = new List<string>();
    var order = patients.ToList();
    foreach (var batch in chosen.Chunk(60))
    {
        var policies = DataMutants.Policies(batch);
        foreach (var (number, mutant) in batch)
        {
            var result = "refused by validation";
            if (policies.TryGetValue(number, out var mutated))
            {
                // Whoever noticed the last one probably knows this corner: she is asked first.
                var at = order.FindIndex(p => mutated.TryGetValue(p.Preset, out var policy) && p.Notices(policy));
                result = at < 0 ? "survived" : "killed";
                if (at > 0)
                {
                    var noticed = order[at];
                    order.RemoveAt(at);
                    order.Insert(0, noticed);
                }
            }
            outcome[result]++;
            if (result == "survived") lines.Add($"{result}\t{mutant.Section}\t{mutant.Name}");
        }
    }
    Report.Write(report, $"data\t{patients.Length}\t{leftOut.Length}\t{every}", outcome, lines);
    return 0;
}
