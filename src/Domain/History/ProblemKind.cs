using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How one kind of problem is recognised: a row of problems.json.</summary>
/// <param name="Key">Key of the row, as conditions.tsv names it.</param>
/// <param name="Kind">What rules ask for; several rows may tell of one kind.</param>
/// <param name="Lasting">An event, an implant or an inborn disorder: a resolved entry is still true.</param>
/// <param name="PastIsOver">"History of …" means that it is over (cancer, pregnancy).</param>
/// <param name="From">Kinds of record that may tell of it.</param>
/// <param name="Words">Phrases, any of which names it.</param>
/// <param name="Not">Phrases that look like it and mean something else; their words are left out of the reading.</param>
/// <param name="Unless">Kinds that say it better: when the same record names one of them, this kind is left out.</param>
/// <param name="CodePatterns">ICD-10 categories and ICD-10-PCS patterns: a beginning, with ? for any one character.</param>
/// <param name="ExceptCodes">Codes that a pattern would take wrongly.</param>
/// <param name="Details">Detail name -> value -> phrases.</param>
public sealed record ProblemKind(string Key, string Kind, bool Lasting, bool PastIsOver, ImmutableArray<ProblemSource> From, ImmutableArray<Phrase> Words, ImmutableArray<Phrase> Not,
    ImmutableArray<string> Unless, ImmutableArray<string> CodePatterns, ImmutableArray<string> ExceptCodes,
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, ImmutableArray<Phrase>>> Details)
{
    public bool HasCode(Code code) =>
        ProblemCatalogue.IsIcd10(code.System) && CodePatterns.Any(p => Starts(p, code.Value)) && !ExceptCodes.Any(p => Starts(p, code.Value));

    private static bool Starts(string pattern, string code)
    {
        if (code.Length < pattern.Length) return false;
        for (var i = 0; i < pattern.Length; i++)
            if (pattern[i] != '?' && pattern[i] != code[i]) return false;
        return true;
    }
}
