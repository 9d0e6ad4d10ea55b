using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A name met in a text: which tokens it covers, and the wording that denies it, if any.</summary>
public sealed record NameFound(DrugName Name, int Start, int Length, DrugPhrase? Denied = null)
{
    public int End => Start + Length;
}

/// <summary>The medicines that a text names, on whole words, longest name first, in one pass.</summary>
/// <param name="Readable">True when it holds a word that could be a name, known here or not.</param>
/// <param name="Resembles">Unknown words that come close to a name that must not be missed, with that name.</param>
/// <param name="ForPain">True when it names what aspirin for pain is combined with.</param>
public sealed record NamesInText(ImmutableArray<Token> Tokens, ImmutableArray<NameFound> Names, ImmutableArray<DrugRoute> Routes,
    ImmutableArray<(string Word, string Name)> Resembles, bool Readable, bool ForPain)
{
    public IEnumerable<NameFound> Meant => Names.Where(n => n.Denied is null);

    private DoseText? _dose;

    /// <summary>What the text says of amounts and times.</summary>
    public DoseText Dose(DrugCatalogue drugs) => _dose ??= DoseText.Read(Tokens, drugs);

    public static NamesInText Read(string? text, DrugCatalogue drugs) => drugs.Read(text ?? "");

    internal static NamesInText Of(string text, DrugCatalogue drugs)
    {
        var tokens = Token.Of(text);
        var span = tokens.AsSpan();
        var names = ImmutableArray.CreateBuilder<NameFound>(0);
        var routes = ImmutableArray.CreateBuilder<DrugRoute>(0);
        var resembles = ImmutableArray.CreateBuilder<(string, string)>(0);
        var (readable, forPain) = (false, false);
        for (var i = 0; i < span.Length;)
        {
            var name = drugs.Names.Longest(span, i);
            var route = drugs.RouteWords.Longest(span, i);
            if (name is { } n && n.Length >= (route?.Length ?? 0))
            {
                if (n.Value.Kind != NameKind.Decoy) names.Add(new(n.Value, i, n.Length, Denial(names, span, i, n.Length, drugs)));
                forPain |= drugs.Words.Longest(span, i)?.Value.Kind == DrugWordKind.Analgesic;
                readable = true;
                i += n.Length;
                continue;
            }
            var word = drugs.Words.Longest(span, i);
            if (route is { } r) routes.Add(r.Value);
            if (word is { } w)
            {
                forPain |= w.Value.Kind == DrugWordKind.Analgesic;
                readable |= w.Value.Kind is DrugWordKind.OtherName or DrugWordKind.Analgesic;
            }
            var known = Math.Max(route?.Length ?? 0, Math.Max(word?.Length ?? 0, drugs.DoseWords.Longest(span, i)?.Length ?? 0));
            if (known == 0 && CouldBeAName(span[i]))
            {
                readable = true;
                if (drugs.NearNames.Of(span[i].Text) is { } near) resembles.Add((span[i].Text, near));
            }
            i += Math.Max(known, 1);
        }
        if (names.Count == 0) return new(tokens, [], routes.ToImmutable(), resembles.Count == 0 ? [] : [.. resembles.Distinct()], readable, forPain);
        // "Excedrin aspirin free": the product of the brand that lacks it.
        var denied = new Dictionary<Drug, DrugPhrase>();
        foreach (var name in names.Where(n => n.Denied is not null))
            foreach (var drug in name.Name.Drugs) denied.TryAdd(drug, name.Denied!);
        for (var i = 0; denied.Count > 0 && i < names.Count; i++)
            if (names[i] is { Name.Kind: NameKind.Possible, Denied: null } brand && brand.Name.Drugs.All(denied.ContainsKey))
                names[i] = brand with { Denied = denied[brand.Name.Drugs[0]] };
        return new(tokens, names.ToImmutable(), routes.ToImmutable(), [.. resembles.Distinct()], readable, forPain);
    }

    /// <summary>Wording right before or after the name ("no aspirin", "aspirin-free"); "no aspirin or ibuprofen" denies both.</summary>
    private static DrugPhrase? Denial(ImmutableArray<NameFound>.Builder earlier, ReadOnlySpan<Token> tokens, int start, int length, DrugCatalogue drugs)
    {
        if (!tokens[start].StartsNewPart && drugs.PhrasesBefore.Longest(tokens, start) is { } before) return before.Value;
        var end = start + length;
        if (end < tokens.Length && !tokens[end].StartsNewPart && drugs.PhrasesAfter.Longest(tokens, end) is { } after) return after.Value;
        if (earlier.Count == 0 || earlier[^1].Denied is not { TokensAfter: 0 } denied || tokens[start].StartsNewPart) return null;
        var gap = start - earlier[^1].End;
        var linked = (gap == 0 && tokens[start].Before == '/')
            || (gap == 1 && drugs.Words.Longest(tokens, start - 1)?.Value.Kind == DrugWordKind.Or && !tokens[start - 1].StartsNewPart);
        return linked ? denied : null;
    }

    /// <summary>Three Latin letters or more; other scripts are not read here, so they are no readable name.</summary>
    private static bool CouldBeAName(Token token) =>
        !token.IsNumber && token.Text.Length >= 3 && token.Text.All(char.IsAsciiLetterLower);
}
