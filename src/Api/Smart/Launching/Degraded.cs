using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Smart.Launching;

/// <summary>
/// What the grant leaves out, in sentences for the page. Servers grant less, more, in another order or in the other syntax than
/// asked (SMART L-15); what counts is what may be read and written with it.
/// </summary>
public static class Degraded
{
    public static IReadOnlyList<string> Sentences(Scopes granted) => [.. ScopesToAsk.Needs.SelectMany(need => Of(need, granted))];

    private static IEnumerable<string> Of(ScopeNeed need, Scopes granted)
    {
        if (need.Reads is not "")
        {
            if (need.Letters.Intersect("rs").Any(letter => !granted.Allows(need.Type, letter is 'r' ? Interaction.Read : Interaction.Search)))
                yield return $"Not granted by the EHR: {need.Reads} ({need.Type}). Nothing of this kind was seen; that is not the same as nothing being there.";
            else if (granted.LimitsOn(need.Type, Interaction.Search) is { IsEmpty: false } limits)
                yield return $"Granted only in part by the EHR: {need.Reads} ({need.Type}, {string.Join(" or ", limits)}). Other entries were not seen.";
        }
        if (need.Writes is { } writes && !granted.Allows(need.Type, Interaction.Create))
            yield return $"Not granted by the EHR: writing {writes} to the chart ({need.Type}). It can be downloaded instead.";
        else if (need.Writes is not null && need.Letters.Contains('u') && !granted.Allows(need.Type, Interaction.Update))
            yield return $"Not granted by the EHR: marking earlier versions of {need.Writes} as replaced ({need.Type}).";
    }
}
