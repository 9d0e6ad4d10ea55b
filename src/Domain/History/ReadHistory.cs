using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace BiopsyFhir.Domain;

/// <summary>Conditions, procedures, devices, orders and results -> problems that rules ask about.</summary>
public static class ReadHistory
{
    /// <summary>A problem-list entry "pregnant" older than this is about another pregnancy.</summary>
    private const int PregnancyDays = 310;

    /// <summary>A procedure tells of a present state (dialysis) only for this long.</summary>
    private const int ProcedureTellsDays = 30;

    public static PatientHistory From(Snapshot snapshot, Policy policy)
    {
        var catalogue = policy.Catalogue.Problems;
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var notJudged = ImmutableArray.CreateBuilder<NotJudged>();
        // Refills name the same product again and again: without further words the same instance means the same.
        var known = catalogue.Remembered;
        var here = new Dictionary<(ProblemSource, Concept), (List<Match>, bool)>(SameInstance.Comparer);
        foreach (var record in HistoryRecord.Of(snapshot))
        {
            var (named, asked) = !record.MoreWords.IsEmpty ? Named(record, catalogue)
                : record.Code.Shared ? known[record.Source].Of(record.Code, (record, catalogue), static (_, of) => Named(of.record, of.catalogue))
                : here.TryGetValue((record.Source, record.Code), out var before) ? before : here[(record.Source, record.Code)] = Named(record, catalogue);
            if (record.CannotInterpret is { } why)
                notJudged.Add(new(record.What, why, MightHide.Other));
            else if (record.Dropped is { } dropped)
            {
                if (named.Count > 0) notJudged.Add(new(record.What, dropped, MightHide.Nothing));
            }
            else if (record.Code.Codes.Length > 0 && !record.Code.AllWords.Any() && record.Source == ProblemSource.Condition && named.Count == 0)
                notJudged.Add(new(record.What, $"Code {record.Code.Codes[0].Value} of {record.Code.Codes[0].System} is not known here and comes without words.", MightHide.Other));
            else
            {
                foreach (var match in named) problems.Add(Problem(record, match, snapshot));
                if (asked && named.Count == 0)
                    notJudged.Add(new(record.What, "Says that something is to be ruled out: ask how it ended.", MightHide.Other));
            }
        }
        problems.AddRange(ReadScores.From(snapshot));
        problems.AddRange(ReadPregnancy.From(snapshot, policy.Catalogue.Labs));
        return new([.. problems], [.. notJudged]);
    }

    internal sealed record Match(ProblemKind Kind, ImmutableSortedDictionary<string, string> Details, bool Past);

    private sealed class SameInstance : IEqualityComparer<(ProblemSource Source, Concept Code)>
    {
        public static readonly SameInstance Comparer = new();

        public bool Equals((ProblemSource Source, Concept Code) x, (ProblemSource Source, Concept Code) y) => x.Source == y.Source && ReferenceEquals(x.Code, y.Code);

        public int GetHashCode((ProblemSource Source, Concept Code) key) => HashCode.Combine(key.Source, RuntimeHelpers.GetHashCode(key.Code));
    }

    /// <returns>The kinds that the record names, and whether it names one only to rule it out.</returns>
    private static (List<Match> Named, bool ToBeRuledOut) Named(HistoryRecord record, ProblemCatalogue catalogue)
    {
        var words = Wording.Of(record.Code.AllWords.Concat(record.MoreWords));
        var codes = record.Code.Codes.Select(ProblemCatalogue.Normal).ToList();
        var rows = codes.Select(catalogue.Find).OfType<ProblemCatalogue.CodeRow>().ToList();
        var asked = false;
        var possible = catalogue.MayName(record.Source, codes, rows, words);
        if (possible.Count == 0) return ([], false);
        var shouted = Wording.IsShouted(words);
        var found = new List<Match>();
        foreach (var (kind, phrases) in possible)
        {
            var row = rows.FirstOrDefault(r => r.Kinds.Contains(kind.Key));
            var coded = row is not null || codes.Any(kind.HasCode);
            Phrase.Span? where = null;
            List<Phrase.Span> masked = phrases.Count > 0 ? [.. kind.Not.SelectMany(n => n.Spans(words, shouted))] : [];
            foreach (var phrase in phrases)
            {
                where = phrase.Find(words, shouted, span =>
                {
                    if (masked.Any(m => m.From < span.To && span.From < m.To)) return false;
                    var said = Denial.Of(words, span);
                    asked |= said == Said.ToBeRuledOut;
                    return said == Said.Affirmed;
                });
                if (where is not null) break;
            }
            if (!coded && where is null) continue;
            var past = kind.PastIsOver && where is { } span && Denial.IsPast(words, span);
            found.Add(new(kind, Details(kind, row, words, shouted), past));
        }
        var keys = found.Select(f => f.Kind.Key).ToHashSet();
        found.RemoveAll(f => f.Kind.Unless.Any(keys.Contains));
        return ([.. found.DistinctBy(f => f.Kind.Kind)], asked);
    }

    private static ImmutableSortedDictionary<string, string> Details(ProblemKind kind, ProblemCatalogue.CodeRow? row, ImmutableArray<Word> words, bool shouted)
    {
        var details = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (row is not null) details.AddRange(row.Details);
        foreach (var (name, values) in kind.Details)
            foreach (var (value, phrases) in values)
                if (phrases.Any(p => p.Find(words, shouted, _ => true) is not null)) details.TryAdd(name, value);
        return details.ToImmutable();
    }

    private static Problem Problem(HistoryRecord record, Match match, Snapshot snapshot)
    {
        var active = match.Kind.Lasting || record.Active && !match.Past;
        if (match.Kind is { Lasting: false } && record.Source == ProblemSource.Procedure)
            active = record.Date is { } done && done.Last.AddDays(ProcedureTellsDays) >= snapshot.AsOf.Last;
        if (match.Kind.Kind == "pregnancy" && (record.Date ?? record.Recorded) is { } since && since.Last.AddDays(PregnancyDays) < snapshot.Biopsy.Date)
            active = false;
        return new(match.Kind.Kind, record.Code.Words, record.Date, active, record.Fact, record.Code)
        {
            Source = record.Source,
            Recorded = record.Recorded,
            Details = match.Kind.Kind == "pregnancy" && WeeksOnD0(record, snapshot.Biopsy.Date) is { } weeks ? match.Details.SetItem("weeks", $"{weeks}") : match.Details,
        };
    }

    /// <summary>"22 weeks", or ICD-10-CM Z3A.22, counted on from the day of the entry; without that day the number says nothing of D0.</summary>
    private static int? WeeksOnD0(HistoryRecord record, DateOnly d0)
    {
        if ((record.Recorded ?? record.Date) is not { IsFull: true } entered) return null;
        var coded = record.Code.Codes.Select(ProblemCatalogue.Normal).Where(c => c.Value.StartsWith("Z3A.", StringComparison.Ordinal)).Select(c => c.Value[4..]);
        var words = Wording.Of(record.Code.AllWords);
        var said = words.Zip(words.Skip(1)).Where(pair => pair.Second.Folded is "weeks" or "wk" or "wks" or "semanas" || pair.Second.Folded.StartsWith("hafta", StringComparison.Ordinal)).Select(pair => pair.First.Folded);
        return coded.Concat(said).Where(n => int.TryParse(n, out var weeks) && weeks is >= 8 and <= 42)
            .Select(n => (int?)((int.Parse(n) * 7 + d0.DayNumber - entered.Last.DayNumber) / 7)).FirstOrDefault(w => w is >= 0 and <= 43);
    }
}
