using System.Buffers;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// "Stopped last week" in an instruction or note of an entry that is active: nobody can say from it when the last dose was. It changes
/// no date; the clinician sees it and is asked to confirm. English, Spanish and Turkish; beginnings of words without accents.
/// </summary>
internal static class StopWords
{
    private static readonly ImmutableArray<string> Beginnings =
        ["stopp", "discontinu", "held", "holding", "paus", "ceased", "suspend", "interrump", "dejo", "kesil", "birak", "durdur"];

    private static readonly ImmutableArray<string> Phrases =
        ["stop taking", "last dose", "last taken", "no longer", "not taking", "off since", "on hold", "ya no toma", "ultima dosis", "no toma", "son doz", "artik almiyor", "kullanmiyor"];

    private static readonly ImmutableArray<string> Padded = [.. Phrases.Select(p => $" {p} ")];

    /// <summary>Most texts hold none of them, and are read no further.</summary>
    private static readonly SearchValues<string> Any = SearchValues.Create([.. Beginnings, .. Phrases], StringComparison.Ordinal);

    public static ImmutableArray<string> In(MedicationRecord record)
    {
        ImmutableArray<string> said = [];
        foreach (var note in record.Notes)
            if (Speaks(note) && !said.Contains(note)) said = said.Add(note);
        foreach (var dosage in record.Dosages)
            if (dosage.Text is { } text && Speaks(text) && !said.Contains(text)) said = said.Add(text);
        return said;
    }

    private static bool Speaks(string text)
    {
        var key = LabNames.Key(text);
        return key.AsSpan().ContainsAny(Any)
            && ($" {key} " is var plain && Padded.Any(p => plain.Contains(p, StringComparison.Ordinal)) || Mentions.Affirms(text, Beginnings.AsSpan()));
    }
}
