using System.Text.RegularExpressions;

namespace BiopsyFhir.Domain.Tests.Education;

/// <summary>
/// The measures of evidence 5.3: Flesch-Kincaid grade (English), Fernández-Huerta (Spanish), Ateşman (Turkish). A bullet
/// ends a sentence. Numbers and drug names are left out of the words.
/// </summary>
internal static partial class Readability
{
    private static readonly HashSet<string> DrugNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "acetaminophen", "paracetamol", "aspirin", "ibuprofen", "naproxen", "acetaminofén", "aspirina", "ibuprofeno", "naproxeno",
        "asetaminofendir", "parasetamol", "naproksen",
    };

    public static IReadOnlyList<string> Sentences(IEnumerable<string> pieces) => [.. pieces.SelectMany(p => SentenceEnd().Split(p)).Where(s => Words(s).Count > 0)];

    public static IReadOnlyList<string> Words(string sentence) => [.. Word().Matches(sentence).Select(m => m.Value).Where(w => !DrugNames.Contains(w))];

    /// <summary>English: US school grade; lower is easier.</summary>
    public static double FleschKincaid(IReadOnlyList<string> sentences)
    {
        var (perSentence, perWord) = Rates(sentences, EnglishSyllables);
        return 0.39 * perSentence + 11.8 * perWord - 15.59;
    }

    /// <summary>Spanish: 0 to 100; higher is easier (206.84 - 0.60 syllables in 100 words - 1.02 words a sentence).</summary>
    public static double FernandezHuerta(IReadOnlyList<string> sentences)
    {
        var (perSentence, perWord) = Rates(sentences, SpanishSyllables);
        return 206.84 - 60 * perWord - 1.02 * perSentence;
    }

    /// <summary>Turkish: 0 to 100; higher is easier (198.825 - 40.175 syllables a word - 2.610 words a sentence).</summary>
    public static double Atesman(IReadOnlyList<string> sentences)
    {
        var (perSentence, perWord) = Rates(sentences, TurkishSyllables);
        return 198.825 - 40.175 * perWord - 2.610 * perSentence;
    }

    private static (double WordsPerSentence, double SyllablesPerWord) Rates(IReadOnlyList<string> sentences, Func<string, int> syllables)
    {
        var words = sentences.SelectMany(Words).ToList();
        return ((double)words.Count / sentences.Count, words.Average(w => (double)syllables(w.ToLowerInvariant())));
    }

    /// <summary>Groups of vowels; "bi-opsy" and "dri-er" are two, a silent e at the end is none.</summary>
    public static int EnglishSyllables(string word)
    {
        var count = EnglishVowels().Count(word) + Hiatus().Count(word);
        if (count > 1 && SilentE().IsMatch(word)) count--;
        return Math.Max(1, count);
    }

    /// <summary>A strong vowel or an accented weak one is a syllable of its own; a weak one leans on its neighbour.</summary>
    public static int SpanishSyllables(string word)
    {
        var (count, previous) = (0, ' ');
        foreach (var letter in word.Replace("qu", "q", StringComparison.Ordinal).Replace("gue", "ge", StringComparison.Ordinal).Replace("gui", "gi", StringComparison.Ordinal))
        {
            const string strong = "aeoáéóíú", weak = "iuü";
            if (strong.Contains(letter, StringComparison.Ordinal)) count += weak.Contains(previous, StringComparison.Ordinal) ? 0 : 1;
            else if (weak.Contains(letter, StringComparison.Ordinal)) count += strong.Contains(previous, StringComparison.Ordinal) || weak.Contains(previous, StringComparison.Ordinal) ? 0 : 1;
            // í and ú after a strong vowel, and a strong one after them, stand apart; after a weak vowel they share its syllable.
            previous = letter;
        }
        return Math.Max(1, count);
    }

    /// <summary>Every vowel is a syllable.</summary>
    public static int TurkishSyllables(string word) => Math.Max(1, word.Count("aeıioöuüâîû".Contains));

    [GeneratedRegex(@"(?<=[.!?:;])\s+(?=[\p{Lu}¿¡""])|[\r\n]+")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[\p{L}]+(?:['’-][\p{L}]+)*")]
    private static partial Regex Word();

    [GeneratedRegex("[aeiouy]+")]
    private static partial Regex EnglishVowels();

    [GeneratedRegex("i(?:o(?![nu])|a(?!l)|e(?=r|t))|eo(?!u)|ua|ue(?=l)|yi")]
    private static partial Regex Hiatus();

    [GeneratedRegex("([^laeiouy]e|[^aeioudt]ed|[^aeiouscxz]es)$")]
    private static partial Regex SilentE();
}
