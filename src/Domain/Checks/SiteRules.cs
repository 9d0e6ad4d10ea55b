namespace BiopsyFhir.Domain;

/// <summary>G-SITE, G-INF, G-HW, G-PEDS: where the needle goes and who may go there.</summary>
public static class SiteRules
{
    public static IEnumerable<Finding> Findings(Situation situation)
    {
        var (checks, biopsy, history, person) = (situation.Policy.Checks, situation.Snapshot.Biopsy, situation.History, situation.Snapshot.Chart.Person);
        var site = new Fact(biopsy.Order, $"site {biopsy.Site}");
        var age = new Fact(person.Reference, situation.AgeYears is { } years ? $"{years} years on the day of the biopsy" : "age not known");

        if (situation.IsChild) yield return checks["G-PEDS"].Say("", age);
        if (biopsy.Site == "sternum")
        {
            var fragile = history.Problems.Where(p => p.Active && p.Kind is "osteoporosis" or "lytic-sternum" or "myeloma").ToList();
            if (situation.IsChild) yield return checks["G-SITE/child-sternum"].Say("", site, age);
            else if (situation.AgeYears is null) yield return checks["G-SITE/sternum-age-unknown"].Say("", site, age);
            else if (fragile.Count > 0) yield return checks["G-SITE/fragile-sternum"].Say(fragile[0].Words, [site, .. fragile.Select(p => p.Fact)]);
            else yield return checks["G-SITE/sternum"].Say("", site, age);
        }
        if (biopsy.Site == "tibia" && !SurelyYoungerThan(checks.TibiaBelowMonths, person, biopsy.Date)) yield return checks["G-SITE/tibia"].Say("", site, age);

        foreach (var (kind, row) in ((string, string)[])[("infection-at-site", "G-INF/infection"), ("pelvic-radiation", "G-INF/radiation")])
            foreach (var problem in history.Of(kind).Where(p => p.Active))
                yield return checks[row].Say(problem.Words, problem.Fact);
        var bones = history.Problems.Where(p => p.Active && p.Kind is "hip-hardware" or "pelvic-fracture" or "osteoporosis").ToList();
        if (bones.Count > 0) yield return checks["G-HW"].Say(string.Join("; ", bones.Select(p => p.Words).Distinct()), bones.Select(p => p.Fact));
    }

    private static bool SurelyYoungerThan(int months, Person person, DateOnly day) => person.BirthDate is { } birth && birth.First.AddMonths(months) > day;
}
