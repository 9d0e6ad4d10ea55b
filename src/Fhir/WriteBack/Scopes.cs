using System.Collections.Immutable;
using System.Text.RegularExpressions;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>One resource scope: context, type (or <c>*</c>), permissions as v2 letters, and the query that limits it.</summary>
public sealed record ResourceScope(string Context, string Type, string Letters, string? Query)
{
    public override string ToString() => $"{Context}/{Type}.{Letters}{Query}";

    internal bool Covers(string type, char letter) => (Type == "*" || Type == type) && Letters.Contains(letter);
}

/// <summary>
/// SMART scopes as granted, v1 (<c>user/*.read</c>) and v2 (<c>user/CarePlan.cud</c>, <c>?category=…</c>) alike. Servers grant more, less, in
/// other order and in the other syntax than asked for (SMART L-15); what counts is what the grant allows.
/// </summary>
public sealed partial record Scopes
{
    private Scopes(ImmutableArray<ResourceScope> resources, ImmutableHashSet<string> others)
    {
        Resources = resources;
        Others = others;
    }

    public ImmutableArray<ResourceScope> Resources { get; }

    /// <summary><c>launch</c>, <c>openid</c>, <c>offline_access</c> … and whatever is not understood.</summary>
    public ImmutableHashSet<string> Others { get; }

    public static Scopes Parse(string? scope)
    {
        var resources = ImmutableArray.CreateBuilder<ResourceScope>();
        var others = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var part in (scope ?? "").Split([' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            var shape = Shape().Match(part);
            if (!shape.Success)
            {
                others.Add(part);
                continue;
            }

            resources.Add(new ResourceScope(
                shape.Groups["context"].Value,
                shape.Groups["type"].Value,
                Letters(shape.Groups["may"].Value),
                shape.Groups["query"] is { Success: true } q ? q.Value : null));
        }

        return new Scopes(resources.ToImmutable(), others.ToImmutable());
    }

    /// <summary>Whether any granted scope allows this, perhaps only for part of the type (<see cref="LimitsOn"/>).</summary>
    public bool Allows(string type, Interaction interaction) => Resources.Any(r => r.Covers(type, Letter(interaction)));

    /// <summary>The queries that limit what is seen of a type; empty when some scope allows all of it, or none allows any.</summary>
    public ImmutableArray<string> LimitsOn(string type, Interaction interaction)
    {
        var allowing = Resources.Where(r => r.Covers(type, Letter(interaction))).ToList();
        return allowing.Any(r => r.Query is null) ? [] : [.. allowing.Select(r => r.Query!.TrimStart('?'))];
    }

    /// <summary>What of the requested scopes the grant leaves out, in v2 syntax; empty when everything was granted.</summary>
    /// <remarks>A limited grant (<c>?category=…</c>) does not cover an unlimited request.</remarks>
    public ImmutableArray<string> MissingFrom(Scopes granted)
    {
        var missing = Resources.Select(wanted => wanted with
        {
            Letters = string.Concat(wanted.Letters.Where(letter => !granted.Resources.Any(g =>
                g.Context == wanted.Context && g.Covers(wanted.Type, letter) && (g.Query is null || g.Query == wanted.Query)))),
        }).Where(r => r.Letters.Length > 0).Select(r => r.ToString());
        return [.. missing, .. Others.Except(granted.Others).Order(StringComparer.Ordinal)];
    }

    private static char Letter(Interaction interaction) => interaction switch
    {
        Interaction.Create => 'c',
        Interaction.Read => 'r',
        Interaction.Update or Interaction.Patch => 'u',
        Interaction.Delete => 'd',
        _ => 's',
    };

    private static string Letters(string may) => may switch
    {
        "read" => "rs",
        "write" => "cud",
        "*" => "cruds",
        _ => string.Concat("cruds".Where(may.Contains)),
    };

    [GeneratedRegex(@"^(?<context>patient|user|system)/(?<type>\*|[A-Za-z]+)\.(?<may>read|write|\*|[cruds]+)(?<query>\?.+)?$")]
    private static partial Regex Shape();
}
