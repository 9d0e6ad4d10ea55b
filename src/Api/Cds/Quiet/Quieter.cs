using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// At signing, what this user has already read for this order is said shorter: one line for a topic that asks for something, nothing
/// for advice and information. A changed fact or policy is another fingerprint and speaks in full. Nothing high or critical ever goes.
/// </summary>
public static class Quieter
{
    public static (ImmutableArray<PlannedCard> Cards, ImmutableArray<string> Fingerprints) Than(
        ImmutableArray<PlannedCard> cards, ImmutableArray<string> fingerprints, IReadOnlySet<string> shownInFull)
    {
        if (shownInFull.Count == 0) return (cards, fingerprints);
        var left = ImmutableArray.CreateBuilder<PlannedCard>(cards.Length);
        var prints = ImmutableArray.CreateBuilder<string>(cards.Length);
        for (var i = 0; i < cards.Length; i++)
        {
            var known = shownInFull.Contains(fingerprints[i]);
            if (known && cards[i].Severity < Severity.Moderate) continue;
            left.Add(known ? cards[i] with { Repeated = true } : cards[i]);
            prints.Add(fingerprints[i]);
        }
        return (left.DrainToImmutable(), prints.DrainToImmutable());
    }
}
