using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How much of an ingredient one unit of a product holds, as its name says.</summary>
/// <param name="Unit">mg or IU.</param>
/// <param name="Each">In one tablet or syringe.</param>
/// <param name="PerMl">In one millilitre.</param>
public sealed record Strength(string Unit, decimal? Each, decimal? PerMl)
{
    /// <summary>The first text that tells. "0.8 ML enoxaparin sodium 100 MG/ML" is 80 mg each and 100 mg/mL.</summary>
    public static Strength? Of(Drug drug, ImmutableArray<NamesInText> texts, DrugCatalogue drugs) =>
        texts.Select(t => In(drug, t, drugs)).FirstOrDefault(s => s is not null);

    private static Strength? In(Drug drug, NamesInText text, DrugCatalogue drugs)
    {
        if (text.Names.FirstOrDefault(n => n.Name.Drugs.Contains(drug)) is not { Name.Drugs.Length: 1 } own) return null;
        var others = text.Names.Where(n => !n.Name.Drugs.IsEmpty && !n.Name.Drugs.Contains(drug)).ToList();
        var from = others.Where(n => n.End <= own.Start).Select(n => n.End).DefaultIfEmpty(0).Max();
        var to = others.Where(n => n.Start >= own.End).Select(n => n.Start).DefaultIfEmpty(int.MaxValue).Min();
        var amounts = text.Dose(drugs).Amounts.Where(a => a.At >= from && a.At < to).ToList();
        // Its own amount follows the name ("aspirin 81 mg"), or leads it ("81 mg aspirin"); one behind a slash is the next ingredient's.
        var weighed = amounts.Where(a => a.Unit is "mg" or "IU" && a.Per is null or "mL").ToList();
        if (weighed.Where(a => a.At >= own.End && text.Tokens[a.At].Before != '/').Concat(weighed).FirstOrDefault() is not { Unit.Length: > 0 } amount) return null;
        if (amount.Per is null) return new(amount.Unit, amount.Value, null);
        var perMl = amount.Value / amount.PerValue;
        var volume = amounts.Where(a => a is { Unit: "mL", Per: null } && a.At < amount.At).Select(a => (decimal?)a.Value).FirstOrDefault();
        return new(amount.Unit, volume is { } ml ? ml * perMl : amount.PerValue != 1 ? amount.Value : null, perMl);
    }
}
