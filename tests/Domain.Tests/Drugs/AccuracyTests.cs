using System.Text;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Domain.Tests.Drugs;

/// <summary>
/// How well medicines are recognised, counted and kept in docs/accuracy.md: a change of the names or the reader shows there.
/// BIOPSYFHIR_RECORD=1 writes the page anew; otherwise a page that differs fails.
/// </summary>
public class AccuracyTests
{
    private const string Begin = "<!-- recognition: begin (written by AccuracyTests) -->", End = "<!-- recognition: end -->";

    private static readonly DrugCatalogue Drugs = Knowledge.P1.Catalogue.Drugs;

    [Fact]
    public void The_accuracy_page_says_what_is_measured()
    {
        var page = Repository.Path("docs/accuracy.md");
        var text = File.Exists(page) ? File.ReadAllText(page) : $"# Accuracy\n\n{Begin}\n{End}\n";
        if (!text.Contains(Begin, StringComparison.Ordinal)) text = $"{text.TrimEnd()}\n\n{Begin}\n{End}\n";
        var (start, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal) + End.Length);
        var written = $"{text[..start]}{Begin}\n{Measure()}{End}{text[end..]}";
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") == "1") File.WriteAllText(page, written);
        Assert.Equal(written, File.Exists(page) ? File.ReadAllText(page) : "");
    }

    /// <summary>Whatever the page says: these are never allowed to get worse.</summary>
    [Fact]
    public void No_line_with_an_antithrombotic_is_waved_through()
    {
        var missed = FreeText.All.Select(l => (Line: l, Read: l.AsRead()))
            .Where(x => x.Read.Doubt != "antithrombotic" && (x.Line.Doubt == "antithrombotic"
                || x.Line.Ingredients.Except(x.Read.Ingredients).Any(i => Drugs.Find(i)!.Class.Hides == MightHide.Antithrombotic)))
            .Select(x => x.Line.Text).Except(KnownMisses);
        Assert.Empty(missed);
    }

    /// <summary>Known and shown on the page.</summary>
    private static readonly string[] KnownMisses = ["eliquous 5 mg"];

    private static string Measure()
    {
        var lines = FreeText.All.Select(l => (Line: l, Read: l.AsRead())).ToList();
        var page = new StringBuilder();
        page.Append(
            $"""
            ## Recognition of medicines

            By code, without any display, as some servers send it. Recall is the share of codes that give every ingredient that the code stands for; precision the share of given ingredients that it stands for (for a combination, its own name may add a partner).

            | route | codes | recall | precision |
            |---|---|---|---|

            """);
        foreach (var system in (RecognisedBy[])[RecognisedBy.Rxnorm, RecognisedBy.Atc, RecognisedBy.Snomed]) page.Append(ByCode(system));
        page.Append(
            $"""

            By text. The names of RxNorm products are other people's words for our ingredients; {FreeText.All.Length} lines were written by hand in six languages, {FreeText.All.Count(l => l.Trap)} of them traps
            (denials, class names, unreadable entries, forms without systemic effect, slips of the pen). They were written by the people who wrote the name list, so they guard against loss; they do not estimate how charts elsewhere will fare.
            Recall is the share of ingredients written that are recognised, precision the share of recognised ingredients that were written.

            | text | lines | ingredients | recall | precision | route right | question right |
            |---|---|---|---|---|---|---|

            """);
        page.Append(RxNormNames());
        page.Append(Row("hand-written, plain", lines.Where(x => !x.Line.Trap)));
        page.Append(Row("hand-written, traps", lines.Where(x => x.Line.Trap)));
        foreach (var language in lines.Select(x => x.Line.Language).Distinct().Where(l => lines.Count(x => x.Line.Language == l) >= 10))
            page.Append(Row($"hand-written, {language}", lines.Where(x => x.Line.Language == language)));
        page.Append($"| names of {OtherMedicines().Count} other medicines | {OtherMedicines().Count} | 0 | – | {(OtherMedicines().Any(n => ReadAlone(n).Drugs.Length > 0) ? "not all refused" : "none recognised")} | – | {OtherMedicines().Count(n => ReadAlone(n).Doubts.Length == 0)} of {OtherMedicines().Count} |\n");
        page.Append(
            """

            By class, hand-written lines:

            | class | ingredients | recall | precision |
            |---|---|---|---|

            """);
        foreach (var name in Drugs.Classes.Keys.Order(StringComparer.Ordinal))
        {
            var (right, wanted, given) = Count(lines, i => Drugs.Find(i)!.Class.Name == name);
            if (wanted > 0) page.Append($"| {name} | {wanted} | {Share(right, wanted)} | {Share(right, given)} |\n");
        }
        var wrong = lines.Where(x => x.Line != x.Read && Told(x.Line) != Told(x.Read)).ToList();
        page.Append(wrong.Count == 0 ? "\nNo line is read otherwise than a careful reader would.\n\n" : "\nRead otherwise than a careful reader would:\n\n| line | should be | is |\n|---|---|---|\n");
        foreach (var (line, read) in wrong) page.Append($"| {line.Text} | {Told(line)} | {Told(read)} |\n");
        if (wrong.Count > 0) page.Append('\n');
        return page.ToString();
    }

    private static string ByCode(RecognisedBy system)
    {
        var uri = system switch { RecognisedBy.Rxnorm => "http://www.nlm.nih.gov/research/umls/rxnorm", RecognisedBy.Atc => "http://www.whocc.no/atc", _ => "http://snomed.info/sct" };
        var (codes, whole, given, meant) = (0, 0, 0, 0);
        foreach (var coded in Drugs.Codes.Values.Where(c => c.System == system && (!c.Drugs.IsEmpty || c.Class is not null)))
        {
            var read = RecogniseDrug.From([new Concept([new Code(uri, coded.Code)], null)], Drugs);
            codes++;
            if (coded.Class is null ? coded.Drugs.All(d => read.Drugs.Any(f => f.Drug == d)) : read.ClassOnly == coded.Class) whole++;
            var named = NamesInText.Read(coded.Name, Drugs).Meant.SelectMany(n => n.Name.Drugs).ToHashSet();
            given += read.Drugs.Length;
            meant += read.Drugs.Count(f => coded.Drugs.Contains(f.Drug) || named.Contains(f.Drug));
        }
        return $"| {system.ToString().ToUpperInvariant()} | {codes} | {Share(whole, codes)} | {Share(meant, given)} |\n";
    }

    private static string RxNormNames()
    {
        var (lines, wanted, right, given) = (0, 0, 0, 0);
        foreach (var coded in Drugs.Codes.Values.Where(c => c.System == RecognisedBy.Rxnorm && !c.BrandLevel))
        {
            var read = ReadAlone(coded.Name).Drugs.Select(d => d.Drug).Where(d => d.Class.Hides == MightHide.Antithrombotic || coded.Drugs.Contains(d)).ToList();
            lines++;
            wanted += coded.Drugs.Length;
            right += coded.Drugs.Count(read.Contains);
            given += read.Count;
        }
        return $"| RxNorm product names | {lines} | {wanted} | {Share(right, wanted)} | {Share(right, given)} | – | – |\n";
    }

    private static string Row(string name, IEnumerable<(FreeText Line, FreeText Read)> lines)
    {
        var all = lines.ToList();
        var (right, wanted, given) = Count(all, _ => true);
        return $"| {name} | {all.Count} | {wanted} | {Share(right, wanted)} | {Share(right, given)} | {all.Count(x => x.Line.Systemic == x.Read.Systemic)} of {all.Count} | {all.Count(x => x.Line.Doubt == x.Read.Doubt)} of {all.Count} |\n";
    }

    private static (int Right, int Wanted, int Given) Count(IEnumerable<(FreeText Line, FreeText Read)> lines, Func<string, bool> which)
    {
        var all = lines.ToList();
        return (all.Sum(x => x.Line.Ingredients.Where(which).Count(x.Read.Ingredients.Contains)), all.Sum(x => x.Line.Ingredients.Count(which)), all.Sum(x => x.Read.Ingredients.Count(which)));
    }

    private static string Share(int part, int whole) => whole == 0 ? "–" : $"{100m * part / whole:0.0} % ({part}/{whole})";

    private static string Told(FreeText line) =>
        $"{(line.Ingredients.IsEmpty ? "none" : string.Join(" + ", line.Ingredients))}{(line.Systemic.Length > 0 ? $", systemic {line.Systemic}" : "")}, question: {line.Doubt}";

    private static DrugReading ReadAlone(string text) => RecogniseDrug.From([new Concept([], text)], Drugs);

    internal static List<string> OtherMedicines() =>
        [.. File.ReadLines(Repository.Path("tests/Domain.Tests/Drugs/other-medicines.txt")).Where(l => l.Length > 0 && l[0] != '#')];
}
