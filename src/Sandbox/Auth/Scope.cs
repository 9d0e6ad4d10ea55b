using System.Text.RegularExpressions;

namespace BiopsyFhir.Sandbox.Auth;

[Flags]
internal enum Interactions { None = 0, Create = 1, Read = 2, Update = 4, Delete = 8, Search = 16 }

/// <summary>One clinical scope, v1 (<c>patient/Observation.read</c>) or v2 (<c>patient/Observation.rs?category=…</c>), SMART App Launch 2.2.</summary>
/// <param name="Context"><c>patient</c>, <c>user</c> or <c>system</c>.</param>
/// <param name="Type">Resource type, or <c>*</c>.</param>
/// <param name="Filter">Search parameters that narrow the scope (v2 granular scopes), without the question mark.</param>
internal sealed partial record Scope(string Context, string Type, Interactions Allows, string? Filter)
{
    /// <summary>Null when the text is not a clinical scope (<c>openid</c>, <c>launch</c>, nonsense, v2 letters out of order).</summary>
    public static Scope? Parse(string text)
    {
        var match = Shape().Match(text);
        if (!match.Success) return null;
        var rights = match.Groups["rights"].Value;
        return new Scope(match.Groups["context"].Value, match.Groups["type"].Value, Rights(rights), match.Groups["filter"] is { Success: true } filter ? filter.Value : null);
    }

    private static Interactions Rights(string text) => text switch
    {
        "read" => Interactions.Read | Interactions.Search,
        "write" => Interactions.Create | Interactions.Update | Interactions.Delete,
        "*" => Interactions.Create | Interactions.Read | Interactions.Update | Interactions.Delete | Interactions.Search,
        _ => text.Aggregate(Interactions.None, (all, letter) => all | letter switch
        {
            'c' => Interactions.Create,
            'r' => Interactions.Read,
            'u' => Interactions.Update,
            'd' => Interactions.Delete,
            _ => Interactions.Search,
        }),
    };

    // The letters stand in the order c r u d s; "read", "write" and "*" are v1.
    [GeneratedRegex(@"^(?<context>patient|user|system)/(?<type>\*|[A-Z][A-Za-z]+)\.(?<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)(\?(?<filter>[^\s]+))?$")]
    private static partial Regex Shape();
}
