using System.Globalization;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>Hashes that tell whether somebody has seen the same before. Nothing of a chart can be read from them.</summary>
public static class Fingerprint
{
    /// <summary>Everything that a card rests on: policy, findings, their facts, and what was not seen. One fact more or less is another print.</summary>
    public static string Of(PlannedCard card, HookFound.Judged found)
    {
        using var parts = new HashedParts();
        parts.Add(card.Topic.Code());
        parts.Add(found.Readiness.Policy.Hash);
        foreach (var finding in card.Findings) Add(parts, finding);
        foreach (var unseen in found.Unseen)
        {
            parts.Add(unseen.What);
            parts.Add(unseen.Why);
        }
        foreach (var entry in found.Readiness.NotJudged)
        {
            parts.Add(entry.What);
            parts.Add(entry.Why);
        }
        return Hex(parts);
    }

    private static void Add(HashedParts parts, Finding finding)
    {
        Span<char> day = stackalloc char[10];
        parts.Add(finding.Rule);
        parts.Add(finding.Subject);
        parts.Add(finding.Severity.ToString());
        parts.Add(finding.Title);
        parts.Add(finding.Detail);
        foreach (var fact in finding.Because)
        {
            parts.Add(fact.Reference);
            parts.Add(fact.Text);
            var length = 0;
            fact.Date?.TryFormat(day, out length, "yyyy-MM-dd", CultureInfo.InvariantCulture);
            parts.Add(day[..length]);
        }
    }

    /// <summary>Who saw it: this user at this EHR, for this patient and order.</summary>
    public static string Viewer(HookCall call, string? order)
    {
        using var parts = new HashedParts();
        parts.Add(call.Ehr.Id);
        parts.Add(call.Client);
        parts.Add(call.UserId);
        parts.Add(call.PatientId);
        parts.Add(order);
        return Hex(parts);
    }

    private static string Hex(HashedParts parts)
    {
        Span<byte> bytes = stackalloc byte[32];
        parts.Sha256(bytes);
        return Convert.ToHexStringLower(bytes[..16]);
    }
}
