using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>How old a platelet count may be for this patient: 7 days, or 72 hours (D0-3) on chemotherapy, in acute leukaemia, or after a count below 50 (evidence 1.5).</summary>
/// <param name="Why">Sentence for the shorter window; empty for the usual one.</param>
public sealed record PlateletWindow(int Days, string Why, ImmutableArray<Fact> Because)
{
    public DateOnly Opens(DateOnly d0) => d0.AddDays(-Days);

    public string Words => Days <= 3 ? $"{Days * 24} hours" : LabWords.Days(Days);

    public static PlateletWindow For(Situation situation)
    {
        var policy = situation.Policy.Labs.Platelets;
        var (why, because) = (new List<string>(), ImmutableArray.CreateBuilder<Fact>());
        if (situation.Snapshot.Biopsy.Indication == "acute-leukaemia")
        {
            why.Add("acute leukaemia is the indication");
            because.Add(new(situation.Snapshot.Biopsy.Order, "indication acute leukaemia"));
        }
        else if (situation.History.Of("leukaemia-acute").FirstOrDefault() is { } leukaemia)
        {
            why.Add("acute leukaemia is on record");
            because.Add(leukaemia.Fact);
        }
        if (situation.Medicines.Medicines.FirstOrDefault(m => Chemotherapy(m, situation, policy)) is { } chemotherapy)
        {
            why.Add(chemotherapy.Class == "chemotherapy" ? $"{chemotherapy.Ingredient} is chemotherapy" : $"{chemotherapy.Ingredient} lowers blood counts as chemotherapy does");
            because.AddRange(chemotherapy.Sources.Take(1));
        }
        if (situation.Labs.Of("platelets").FirstOrDefault() is { } last && Interval.Of(last).MaybeBelow(policy.CloseWindowBelowCount))
        {
            why.Add($"the last count was below {policy.CloseWindowBelowCount.Plain()}");
            because.Add(last.AsFact(situation.Policy.Catalogue.Labs));
        }
        return why.Count == 0 ? new(policy.WindowDays, "", [])
            : new(policy.CloseWindowDays, $"Here {policy.CloseWindowDays * 24} hours, since {LabWords.And(why)}.", because.ToImmutable());
    }

    private static bool Chemotherapy(Medicine m, Situation situation, PlateletPolicy policy) =>
        // Hydroxyurea and methotrexate stand in other classes and are cytotoxic all the same.
        situation.Policy.Catalogue.Drugs.Find(m.Ingredient)?.Is("chemotherapy") == true && m.Systemic && m.Use is not (UseState.NotInUse or UseState.Draft)
        && (m.CountsAsInUse || m.ExposureEnd is not { } end || end.AddDays(policy.ChemotherapyDays) >= situation.D0);
}
