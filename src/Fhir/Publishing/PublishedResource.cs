using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Publishing;

/// <summary>One published resource with what it is searched by.</summary>
/// <param name="Id">Its logical id at this service.</param>
/// <param name="Url">Canonical address; it is also where it is read.</param>
/// <param name="Hash">SHA-256 of <paramref name="Json"/> in hex, for its ETag.</param>
public sealed record PublishedResource(string Type, string Id, string Url, string Name, string Title, string Version, string Status, string Identifier, byte[] Json, string Hash);

/// <summary>What every published resource names besides its content.</summary>
/// <param name="Base">FHIR base address without a slash at its end.</param>
/// <param name="InForce">Id of the policy by which this service answers when nobody asks for another.</param>
/// <param name="Experimental">True in the sandbox: nothing here is meant for patients then.</param>
public sealed record PublishContext(string Base, string InForce, bool Experimental)
{
    /// <summary>
    /// The policy in force is active; one that is only offered is a draft at this site. Lists and activities belong to all of them.
    /// No approvalDate or lastReviewDate is ever claimed: whoever approves a policy signs that elsewhere.
    /// </summary>
    public string StatusOf(Policy policy) => policy.Id == InForce ? "active" : "draft";

    public string Url(string type, string id) => $"{Base}/{type}/{id}";
}

/// <summary>The words of one rule, for people (rules.json of the service).</summary>
/// <param name="Rows">Paths of the policy rows that give its numbers, texts and sources.</param>
/// <param name="Test">A test of the work-up: everything else stands in its row.</param>
/// <param name="Numbers">Paths of sections whose own numbers it reads.</param>
/// <param name="Code">Where it is computed.</param>
public sealed record RuleWords(string Title, string? When, ImmutableArray<string> Edges, string? Severity, ImmutableArray<string> Rows, bool Test, ImmutableArray<string> Numbers, string? Code);

/// <summary>Ids that FHIR takes: letters, digits, '-' and '.', at most 64.</summary>
public static class PublishedId
{
    public static string Of(string words)
    {
        var plain = string.Concat(words.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '-'));
        // What had to be changed or cut gets a mark of its own, so that two names never share an id.
        return plain.Length <= 50 && (plain == words || words.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ' ' or '/'))
            ? plain : $"{plain[..Math.Min(plain.Length, 50)]}-{Hash(Encoding.UTF8.GetBytes(words))[..8]}";
    }

    /// <summary>A name for machines: letters, digits and '_', a capital first.</summary>
    public static string Name(string words)
    {
        var name = string.Concat(words.Split([' ', '-', '/', '.', '+', '_'], StringSplitOptions.RemoveEmptyEntries)
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..])).Where(char.IsAsciiLetterOrDigit);
        var plain = string.Concat(name);
        return plain.Length > 0 && char.IsAsciiLetterUpper(plain[0]) ? plain : $"X{plain}";
    }

    internal static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
