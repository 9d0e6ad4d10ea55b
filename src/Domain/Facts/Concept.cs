using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One coding: system URI, code, and the display that came with it.</summary>
public readonly record struct Code(string System, string Value, string? Display = null);

/// <summary>What a record calls something: any number of codings, and the text. Both are always examined.</summary>
public sealed record Concept(ImmutableArray<Code> Codes, string? Text)
{
    public static Concept Empty { get; } = new([], null);

    /// <summary>The words a person would read: text, else the first display, else the first code.</summary>
    public string Words => Text is { Length: > 0 } ? Text
        : Codes.Select(c => c.Display).FirstOrDefault(d => d is { Length: > 0 })
        ?? (Codes.IsEmpty ? "" : Codes[0].Value);

    /// <summary>Text and every display, for rules that look for words.</summary>
    public IEnumerable<string> AllWords
    {
        get
        {
            if (Text is { Length: > 0 }) yield return Text;
            foreach (var code in Codes)
                if (code.Display is { Length: > 0 } display && display != Text) yield return display;
        }
    }

    public bool IsEmpty => Codes.IsEmpty && Text is not { Length: > 0 };
}
