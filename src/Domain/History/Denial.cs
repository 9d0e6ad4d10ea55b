using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

public enum Said { Affirmed, Denied, ToBeRuledOut, OfFamily }

/// <summary>
/// "No history of DVT", "DVT prophylaxis", "family history of stroke", "DVT öyküsü yok": what is named is not what the patient has.
/// Looks a few words before and after a phrase, inside its clause. English, Spanish and Turkish.
/// </summary>
public static class Denial
{
    private const int Reach = 6;
    private const int ReachAfter = 4;

    private static readonly ImmutableArray<Phrase.Row> NoBefore = Cues("no", "not", "without", "denies", "denied", "denying", "never",
        "absence of", "free of", "negative for", "prevention of", "prophylaxis of", "prophylaxis for", "prophylaxis against", "risk of", "risk for",
        "screening for", "screen for", "sin", "niega", "ausencia de", "riesgo de", "prevencion de", "prevencion del", "profilaxis de", "profilaxis para",
        "cribado de", "se descarta");

    private static readonly ImmutableArray<Phrase.Row> RuleOutBefore = Cues("rule out", "r o", "to exclude", "evaluate for", "descartar");

    private static readonly ImmutableArray<Phrase.Row> Family = Cues("family history", "family hx", "fh", "fhx", "familial history", "mother",
        "father", "sister", "brother", "antecedentes familiares", "antecedente familiar", "historia familiar", "madre", "padre", "hermano", "hermana",
        "aile oyku*", "ailede", "ailesinde", "annesinde", "babasinda", "soygecmis*");

    private static readonly ImmutableArray<Phrase.Row> NoAfter = Cues("ruled out", "excluded", "unlikely", "absent", "not seen", "not found",
        "not detected", "not present", "not confirmed", "descartad*", "yok", "yoktur", "dislan*", "saptanma*", "izlenme*");

    /// <summary>Count only directly after the phrase, or after words that belong to it.</summary>
    private static readonly ImmutableArray<Phrase.Row> NoDirectlyAfter = Cues("prevention", "prophylaxis", "risk", "screening", "screen", "negative",
        "negativ*", "profilaksi*", "onle*", "riski", "taramasi");

    private static readonly ImmutableHashSet<string> Between = ["and", "or", "y", "e", "o", "ve", "veya", "systemic", "embolism", "embolic", "events", "antibody", "antibodies",
        "test", "study", "scan", "ultrasound", "ct", "result", "sistemik", "sistemica", "embolia"];

    /// <summary>Words that end the reach of a denial: "no change in atrial fibrillation" does not deny it.</summary>
    private static readonly ImmutableHashSet<string> Ends = ["in", "with", "due", "because", "but", "despite", "after", "en", "con", "por", "pero", "ancak", "ama"];

    public static Said Of(ImmutableArray<Word> words, Phrase.Span span)
    {
        var (from, to) = Clause(words, span);
        if (Any(Family, words, from, to)) return Said.OfFamily;
        for (int at = span.From - 1, steps = 0; at >= from && steps < Reach; at--, steps++)
        {
            if (Ends.Contains(words[at].Folded)) break;
            if (EndsAt(NoBefore, words, at, from)) return Said.Denied;
            if (EndsAt(RuleOutBefore, words, at, from)) return Said.ToBeRuledOut;
        }
        var direct = true;
        for (int at = span.To, steps = 0; at < to && steps < ReachAfter; at++, steps++)
        {
            if (Ends.Contains(words[at].Folded)) break;
            if (StartsAt(NoAfter, words, at) || direct && StartsAt(NoDirectlyAfter, words, at)) return Said.Denied;
            direct &= Between.Contains(words[at].Folded);
        }
        return Said.Affirmed;
    }

    private static readonly ImmutableArray<Phrase.Row> PastBefore = Cues("history of", "hx of", "h o", "past", "previous", "prior", "antecedente de", "antecedentes de", "former");

    /// <summary>"History of breast cancer": true of the past.</summary>
    public static bool IsPast(ImmutableArray<Word> words, Phrase.Span span)
    {
        var (from, _) = Clause(words, span);
        for (int at = span.From - 1, steps = 0; at >= from && steps < Reach; at--, steps++)
            if (EndsAt(PastBefore, words, at, from)) return true;
        return span.To < words.Length && words[span.To].Folded.StartsWith("oyku", StringComparison.Ordinal);
    }

    private static (int From, int To) Clause(ImmutableArray<Word> words, Phrase.Span span)
    {
        var from = span.From;
        while (from > 0 && !words[from - 1].IsBreak) from--;
        var to = span.To;
        while (to < words.Length && !words[to].IsBreak) to++;
        return (from, to);
    }

    private static ImmutableArray<Phrase.Row> Cues(params string[] cues) => [.. cues.Select(Phrase.ReadRow)];

    private static bool Any(ImmutableArray<Phrase.Row> cues, ImmutableArray<Word> words, int from, int to) =>
        Enumerable.Range(from, to - from).Any(at => StartsAt(cues, words, at));

    private static bool StartsAt(ImmutableArray<Phrase.Row> cues, ImmutableArray<Word> words, int at)
    {
        foreach (var cue in cues)
            if (cue.StandsAt(words, at, shouted: false)) return true;
        return false;
    }

    private static bool EndsAt(ImmutableArray<Phrase.Row> cues, ImmutableArray<Word> words, int last, int from)
    {
        foreach (var cue in cues)
            if (last - cue.Length + 1 >= from && cue.StandsAt(words, last - cue.Length + 1, shouted: false)) return true;
        return false;
    }
}
