using System.Text;
using BiopsyFhir.Benchmarks.Charts;
using BiopsyFhir.Benchmarks.Measuring;
using BiopsyFhir.Domain;
using Knowledge = BiopsyFhir.Api.Assessments.Knowledge;

namespace BiopsyFhir.Benchmarks;

/// <summary>The same chart with the catalogue as it ships and with one of twice the names and codes: what an assessment allocates must not grow with it.</summary>
internal static class PolicyBenchmark
{
    public static readonly Benchmark Benchmark = new("policy-size", Run);

    private static IEnumerable<string> Run()
    {
        var files = Knowledge.Read(null);
        var doubled = Service.Read(Doubled(files)).ById["P1"];
        var plain = Service.Policies.ById["P1"];
        using var document = Service.Parse(GenerateChart.Bundle(ChartSize.Usual));
        var chart = Service.Gather(document);
        var steps = Measure.Run(new Step("as it ships", () => Service.Assess(chart, plain)), new Step("twice the names and codes", () => Service.Assess(chart, doubled)));
        return
        [
            $"{plain.Catalogue.Drugs.Codes.Count} medicine codes as it ships, {doubled.Catalogue.Drugs.Codes.Count} doubled; {plain.Catalogue.Labs.ByName.Count} and {doubled.Catalogue.Labs.ByName.Count} names of tests. Bytes allocated: {(double)steps[1].Bytes / steps[0].Bytes:0.000} times those of the catalogue as it ships.",
            "",
            .. Tables.Of(steps),
        ];
    }

    /// <summary>Every row of the tables a second time under another name or code, which no chart has.</summary>
    private static KnowledgeFiles Doubled(KnowledgeFiles files) => new(files.ByName
        .SetItem("drug-names.tsv", Twice(files, "drug-names.tsv", 0, name => $"zz{name}"))
        .SetItem("rxnorm.tsv", Twice(files, "rxnorm.tsv", 0, code => $"99{code}"))
        .SetItem("lab-names.tsv", Twice(files, "lab-names.tsv", 2, name => $"zz {name}"))
        .SetItem("conditions.tsv", Twice(files, "conditions.tsv", 2, code => $"ZZ{code}")));

    private static ReadOnlyMemory<byte> Twice(KnowledgeFiles files, string name, int column, Func<string, string> other)
    {
        var lines = Encoding.UTF8.GetString(files.ByName[name].Span).TrimEnd('\n').Split('\n');
        var rows = lines.SkipWhile(l => l.StartsWith('#')).Skip(1).Where(l => l.Length > 0 && !l.StartsWith('#'));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines.Concat(rows.Select(Second))) + "\n");

        string Second(string row)
        {
            var cells = row.Split('\t');
            cells[column] = other(cells[column]);
            return string.Join('\t', cells);
        }
    }
}
