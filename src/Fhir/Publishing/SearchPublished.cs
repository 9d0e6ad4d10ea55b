using System.Collections.Immutable;
using System.Globalization;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>One fault of a search, for an OperationOutcome.</summary>
/// <param name="Code">Of the R4 value set issue-type.</param>
public sealed record SearchFault(string Code, string Words);

/// <summary>What a search asked for, once read.</summary>
/// <param name="Used">Parameters that were understood, as sent: the self link repeats them.</param>
/// <param name="Ignored">Names of parameters that are not known here.</param>
public sealed record PublishedSearch(ImmutableArray<Func<PublishedResource, bool>> Filters, int Count, int Offset, bool CountOnly,
    ImmutableArray<(string Name, string Value)> Used, ImmutableArray<string> Ignored);

/// <summary>
/// Search of published resources (R4 section 3.1.1): strings begin with, or <c>:exact</c> and <c>:contains</c>; uri and token are equal;
/// values by comma are alternatives, parameters given twice must both fit.
/// </summary>
public static class SearchPublished
{
    public const int UsualCount = 50, MostCount = 1000;

    /// <summary>Name, type and meaning of each parameter, in the order of the CapabilityStatement.</summary>
    public static readonly ImmutableArray<(string Name, string Type, string Words)> Parameters =
    [
        ("_id", "token", "Logical id"), ("url", "uri", "Canonical address"), ("identifier", "token", "Identifier, value or system|value"),
        ("name", "string", "Name for machines"), ("title", "string", "Title for people"), ("version", "token", "Business version"), ("status", "token", "active or draft"),
    ];

    /// <summary>Parameters about the answer, not about the content. _format is judged before.</summary>
    private static readonly ImmutableArray<string> OfTheAnswer = ["_count", "_offset", "_summary", "_format", "_pretty"];

    /// <param name="strict">A parameter that is not known is a fault (<c>Prefer: handling=strict</c>); else it is told and left out.</param>
    public static (PublishedSearch? Search, ImmutableArray<SearchFault> Faults) Read(IEnumerable<(string Name, string Value)> query, bool strict)
    {
        var (filters, used) = (ImmutableArray.CreateBuilder<Func<PublishedResource, bool>>(), ImmutableArray.CreateBuilder<(string, string)>());
        var (ignored, faults) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<SearchFault>());
        var (count, offset, countOnly) = (UsualCount, 0, false);
        foreach (var (name, value) in query)
        {
            var (plain, modifier) = name.Split(':', 2) is [var before, var after] ? (before, after) : (name, "");
            if (OfTheAnswer.Contains(name))
            {
                if (name == "_count" && !Whole(value, out count)) faults.Add(new("invalid", $"_count: '{Short(value)}' is no whole number from 0 on."));
                if (name == "_offset" && !Whole(value, out offset)) faults.Add(new("invalid", $"_offset: '{Short(value)}' is no whole number from 0 on."));
                if (name == "_summary" && value is not ("count" or "false")) faults.Add(new("not-supported", "_summary: only count and false are known here."));
                countOnly |= name == "_summary" && value == "count";
                if (name is not ("_count" or "_offset")) used.Add((name, value));
            }
            else if (Parameters.FirstOrDefault(p => p.Name == plain) is not { Name: not null } parameter)
            {
                if (strict) faults.Add(new("not-supported", $"'{Short(name)}' is no parameter here; there are {string.Join(", ", Parameters.Select(p => p.Name))}."));
                else ignored.Add(Short(name));
            }
            else if (!(modifier.Length == 0 || parameter.Type == "string" && modifier is "exact" or "contains"))
                faults.Add(new("not-supported", $"'{Short(name)}': this modifier is not known here.")); // a modifier that is ignored would answer another question
            else if (Alternatives(value) is { IsEmpty: false } alternatives)
            {
                used.Add((name, value));
                filters.Add(resource => alternatives.Any(a => Fits(resource, parameter.Name, modifier, a)));
            }
        }
        return faults.Count > 0 ? (null, faults.ToImmutable())
            : (new(filters.ToImmutable(), Math.Min(count, MostCount), offset, countOnly || count == 0, used.ToImmutable(), ignored.ToImmutable()), []);
    }

    private static bool Fits(PublishedResource resource, string parameter, string modifier, string value) => parameter switch
    {
        "_id" => resource.Id == value,
        "url" => resource.Url == value,
        "identifier" => value.Split('|', 2) is [var system, var id] ? (system.Length == 0 || system == "urn:ietf:rfc:3986") && (id.Length == 0 || resource.Identifier == id) : resource.Identifier == value,
        "version" => resource.Version == Code(value),
        "status" => resource.Status == Code(value),
        "name" => String(resource.Name, modifier, value),
        _ => String(resource.Title, modifier, value),
    };

    /// <summary>A token of a code without system: "|active" is the same.</summary>
    private static string Code(string value) => value.TrimStart('|');

    private static bool String(string text, string modifier, string value) => modifier switch
    {
        "exact" => text == value,
        "contains" => text.Contains(value, StringComparison.OrdinalIgnoreCase),
        _ => text.StartsWith(value, StringComparison.OrdinalIgnoreCase),
    };

    /// <summary>Values between commas; "\," is a comma, and likewise for "|", "$" and "\".</summary>
    private static ImmutableArray<string> Alternatives(string value)
    {
        var (all, one) = (ImmutableArray.CreateBuilder<string>(), new System.Text.StringBuilder());
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) one.Append(value[++i]);
            else if (value[i] == ',')
            {
                all.Add(one.ToString());
                one.Clear();
            }
            else one.Append(value[i]);
        }
        all.Add(one.ToString());
        return [.. all.Where(v => v.Length > 0)];
    }

    private static bool Whole(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>What a caller sent comes back in a message: a little of it, printable.</summary>
    private static string Short(string text) => ResourceJson.Printable(text.Length <= 60 ? text : $"{text[..60]}…");
}
