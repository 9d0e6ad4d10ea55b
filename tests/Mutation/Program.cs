using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Mutation;
using BiopsyFhir.Testing;

// Called by tests/mutate:
//   data REPORT SAMPLE [AGAIN]            the policies
//   instrument COPY                       rewrites a copy of src/Domain; the list goes to COPY/mutants.tsv
//   code MUTANTS REPORT SAMPLE [AGAIN]    the rules, with the instrumented Domain beside this program
//   page DATA CODE MUTANTS                docs/accuracy.md
// SAMPLE is a number of mutants of the evaluation, spread evenly, or "all". AGAIN is an earlier report: what was
// noticed there is kept, the rest is run.
return args switch
{
    ["data", var report, var sample, .. var again] => Data(report, Chosen(sample, again)),
    ["instrument", var copy] => Instrument.Run(copy),
    ["code", var mutants, var report, var sample, .. var again] => CodeMutants.Run(mutants, report, Chosen(sample, again)),
    ["page", var data, var code, var mutants] => Page.Write(data, code, int.Parse(File.ReadLines(mutants).First(), CultureInfo.InvariantCulture)),
    _ => 2,
};

static Func<IReadOnlyList<string>, Choice> Chosen(string sample, string[] again) => keys =>
{
    if (again is [var earlier])
    {
        // Tests were added since: what they noticed they still notice.
        var there = keys.ToHashSet();
        var kept = Report.Read(earlier).Where(o => o.Result != "survived" && there.Contains(o.Key)).ToImmutableArray();
        return new([.. keys.Except(kept.Select(o => o.Key))], kept);
    }
    if (sample == "all") return new([.. keys], []);
    keys = [.. keys.Where(k => !Instrument.Reads(k))];
    var many = Math.Min(int.Parse(sample, CultureInfo.InvariantCulture), keys.Count);
    return new([.. Enumerable.Range(0, many).Select(i => keys[(int)((long)i * keys.Count / many)])], []);
};

static int Data(string report, Func<IReadOnlyList<string>, Choice> choose)
{
    var patients = Suite.Load();
    var all = DataMutants.All(section => JsonNode.Parse(File.ReadAllText(Repository.Path($"src/Domain/Knowledge/{section}.json")))!.AsObject());
    var wanted = choose([.. all.Select(m => m.Name)]);
    var chosen = all.Select((mutant, number) => (number, mutant)).Where(m => wanted.Run.Contains(m.mutant.Name)).ToList();
    var outcomes = new List<Outcome>();
    var order = patients.ToList();
    foreach (var batch in chosen.Chunk(60))
    {
        var policies = DataMutants.Policies(batch);
        foreach (var (number, mutant) in batch)
        {
            var result = "refused";
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
            outcomes.Add(new(mutant.Section, mutant.Name, result));
        }
    }
    return Report.Write(report, "policies", [.. wanted.Kept, .. outcomes]);
}
