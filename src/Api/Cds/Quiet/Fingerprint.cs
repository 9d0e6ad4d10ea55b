using System.Globalization;
using System.Security.Cryptography;

namespace BiopsyFhir.Api.Cds;

/// <summary>Hashes that tell whether somebody has seen the same before. Nothing of a chart can be read from them.</summary>
public static class Fingerprint
{
    /// <summary>Everything that a card rests on: policy, findings, their facts, and what was not seen. One fact more or less is another print.</summary>
    public static string Of(PlannedCard card, HookFound.Judged found)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CardIds.Part(hash, card.Topic.Code());
        CardIds.Part(hash, found.Readiness.Policy.Hash);
        foreach (var finding in card.Findings)
        {
            CardIds.Part(hash, finding.Rule);
            CardIds.Part(hash, finding.Subject);
            CardIds.Part(hash, finding.Severity.ToString());
            CardIds.Part(hash, finding.Title);
            CardIds.Part(hash, finding.Detail);
            foreach (var fact in finding.Because)
            {
                CardIds.Part(hash, fact.Reference);
                CardIds.Part(hash, fact.Text);
                CardIds.Part(hash, fact.Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            }
        }
        foreach (var unseen in found.Unseen) Both(hash, unseen.What, unseen.Why);
        foreach (var entry in found.Readiness.NotJudged) Both(hash, entry.What, entry.Why);
        return Hex(hash);
    }

    /// <summary>Who saw it: this user at this EHR, for this patient and order.</summary>
    public static string Viewer(HookCall call, string? order)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CardIds.Part(hash, call.Ehr.Id);
        CardIds.Part(hash, call.Client);
        CardIds.Part(hash, call.UserId);
        CardIds.Part(hash, call.PatientId);
        CardIds.Part(hash, order);
        return Hex(hash);
    }

    private static void Both(IncrementalHash hash, string what, string why)
    {
        CardIds.Part(hash, what);
        CardIds.Part(hash, why);
    }

    private static string Hex(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash.GetHashAndReset(bytes);
        return Convert.ToHexStringLower(bytes[..16]);
    }
}
