using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// CHA2DS2-VASc as the higher of the newest recorded score and a lower bound from age, sex and conditions (evidence 7.1 rule 6).
/// What is not on record adds nothing, so the bound is never too high.
/// </summary>
public sealed record Cha2ds2Vasc(int Score, int LowerBound, int? Recorded, ImmutableArray<Fact> Because)
{
    private static readonly ImmutableArray<(string Kind, int Points, string Name)> Conditions =
    [
        ("heart-failure", 1, "heart failure"), ("hypertension", 1, "hypertension"), ("diabetes", 1, "diabetes"), ("stroke-tia", 2, "stroke or TIA"),
    ];

    private static readonly ImmutableArray<string> Vascular = ["acute-coronary", "peripheral-artery-disease"];

    public static Cha2ds2Vasc Of(PatientHistory history, Person person, int? ageYears)
    {
        var points = 0;
        var because = ImmutableArray.CreateBuilder<Fact>();
        if (ageYears >= 65)
        {
            var forAge = ageYears >= 75 ? 2 : 1;
            points += forAge;
            because.Add(new(person.Reference, $"age {ageYears}: {forAge}"));
        }
        if (person.Sex == Sex.Female)
        {
            points++;
            because.Add(new(person.Reference, "female: 1"));
        }
        foreach (var (kind, worth, name) in Conditions)
            if (history.Of(kind).FirstOrDefault() is { } problem)
            {
                points += worth;
                because.Add(problem.Fact with { Text = $"{problem.Fact.Text} ({name}: {worth})" });
            }
        if (history.OfAny(Vascular).FirstOrDefault() is { } vascular)
        {
            points++;
            because.Add(vascular.Fact with { Text = $"{vascular.Fact.Text} (vascular disease: 1)" });
        }
        var recorded = Newest(history, "cha2ds2-vasc");
        if (recorded is { } score) because.Insert(0, score.Fact);
        var number = (int?)recorded?.Fact.Value;
        return new(Math.Max(points, number ?? 0), points, number, because.ToImmutable());
    }

    /// <summary>The newest recorded score of a kind; the highest of one day.</summary>
    public static Problem? Newest(PatientHistory history, string kind) =>
        history.Of(kind).OrderByDescending(p => p.Date?.First ?? DateOnly.MinValue).ThenByDescending(p => p.Fact.Value).FirstOrDefault();
}
