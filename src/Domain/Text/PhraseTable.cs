namespace BiopsyFhir.Domain;

/// <summary>
/// Phrases to values, matched on whole tokens, longest first, with {n} for any number. Looking from every token of a text
/// takes time linear in the text: a phrase has a handful of tokens.
/// </summary>
public sealed class PhraseTable<T> where T : class
{
    private sealed class Node
    {
        public readonly Dictionary<string, Node> Next = new(StringComparer.Ordinal);
        public Node? Number;
        public T? Value;
    }

    private const string AnyNumber = "{n}";

    private readonly Node _root = new();
    private readonly bool _backwards;

    /// <param name="backwards">True for phrases that are looked for before a place, read from their last token.</param>
    public PhraseTable(IEnumerable<(string Phrase, T Value)> rows, Action<string> twice, bool backwards = false)
    {
        _backwards = backwards;
        foreach (var (phrase, value) in rows)
        {
            var tokens = phrase.Split(' ').SelectMany(part => part == AnyNumber ? [null] : Token.Of(part).Select(t => (string?)t.Text)).ToList();
            if (backwards) tokens.Reverse();
            var node = _root;
            foreach (var token in tokens)
                node = token is null ? node.Number ??= new()
                    : node.Next.TryGetValue(token, out var next) ? next : node.Next[token] = new();
            if (node == _root || node.Value is not null) twice(phrase);
            else node.Value = value;
        }
    }

    /// <summary>Every value, in no order that means anything.</summary>
    public IEnumerable<T> All => Below(_root);

    private static IEnumerable<T> Below(Node node) =>
        (node.Value is { } value ? [value] : Enumerable.Empty<T>()).Concat(node.Next.Values.Concat(node.Number is { } number ? [number] : []).SelectMany(Below));

    /// <summary>The longest phrase that begins at a token (that ends before it, when backwards), and how many tokens it has.</summary>
    public (T Value, int Length)? Longest(ReadOnlySpan<Token> tokens, int at)
    {
        (T, int)? best = null;
        var node = _root;
        for (var length = 1; ; length++)
        {
            var i = _backwards ? at - length : at + length - 1;
            if (i < 0 || i >= tokens.Length) return best;
            if (!node.Next.TryGetValue(tokens[i].Text, out var next) && (!tokens[i].IsNumber || (next = node.Number) is null)) return best;
            node = next;
            if (node.Value is { } value) best = (value, length);
        }
    }
}
