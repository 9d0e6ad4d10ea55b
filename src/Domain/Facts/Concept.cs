using System.Collections;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>One coding: system URI, code, and the display that came with it.</summary>
public readonly record struct Code(string System, string Value, string? Display = null);

/// <summary>What a record calls something: any number of codings, and the text. Both are always examined.</summary>
public sealed record Concept(ImmutableArray<Code> Codes, string? Text)
{
    public static Concept Empty { get; } = new([], null);

    /// <summary>Every word of it is a terminology's, and the same instance stands in the charts of many patients: what is recognised of it may be kept.</summary>
    public bool Shared { get; init; }

    /// <summary>The words a person would read: text, else the first display, else the first code.</summary>
    public string Words
    {
        get
        {
            if (Text is { Length: > 0 }) return Text;
            foreach (var code in Codes)
                if (code.Display is { Length: > 0 } display) return display;
            return Codes.IsEmpty ? "" : Codes[0].Value;
        }
    }

    /// <summary>Text and every display, for rules that look for words.</summary>
    public ConceptWords AllWords => new(this);

    public bool IsEmpty => Codes.IsEmpty && Text is not { Length: > 0 };
}

/// <summary>Text and displays of a concept. A value of its own, because every rule that looks for words goes through them.</summary>
/// <param name="concept">Null, or the default value: no words.</param>
public readonly struct ConceptWords(Concept? concept) : IEnumerable<string>
{
    public Enumerator GetEnumerator() => new(concept);

    public bool Any() => GetEnumerator().MoveNext();

    IEnumerator<string> IEnumerable<string>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public struct Enumerator(Concept? concept) : IEnumerator<string>
    {
        /// <summary>-1: before the text; else the next code.</summary>
        private int _next = -1;

        public string Current { get; private set; } = "";

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (concept is null) return false;
            if (_next < 0)
            {
                _next = 0;
                if (concept.Text is { Length: > 0 } text)
                {
                    Current = text;
                    return true;
                }
            }
            while (_next < concept.Codes.Length)
                if (concept.Codes[_next++].Display is { Length: > 0 } display && display != concept.Text)
                {
                    Current = display;
                    return true;
                }
            return false;
        }

        public void Reset() => _next = -1;

        public readonly void Dispose() { }
    }
}
