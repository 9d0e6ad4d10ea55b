using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>
/// Cockcroft-Gault: (140 - age) x weight kg x (0.85 if female) / (72 x creatinine mg/dL), adults only, actual weight, age on D0,
/// unrounded (evidence 2.2). An eGFR never becomes a clearance.
/// </summary>
public static class CreatinineClearance
{
    public static Clearance From(Snapshot snapshot, Policy policy, LabSheet labs, MedicineList medicines, PatientHistory history)
    {
        var (rules, person, d0) = (policy.Labs.Clearance, snapshot.Chart.Person, snapshot.Biopsy.Date);
        var age = Age.OnDay(person.BirthDate, d0);
        var creatinineDays = NeedsFreshCreatinine(policy, medicines) ? rules.CreatinineDaysRenalDrug : rules.CreatinineDays;
        var (creatinine, weight) = (labs.Find("creatinine", d0, creatinineDays), labs.Find("body-weight", d0, rules.WeightDays));
        var why = new List<string>();

        var forAge = age is null ? "the age is not known" : age > 120 ? $"an age of {age} is not plausible" : age < rules.AdultFromYears ? $"age {age}: the formula is for adults" : null;
        if (forAge is not null) why.Add(forAge);
        if (person.Sex is not (Sex.Female or Sex.Male)) why.Add("the sex that the formula needs is not recorded");
        var scr = Usable("creatinine", creatinine, labs, creatinineDays, why);
        var kg = Usable("body weight", weight, labs, rules.WeightDays, why);

        var clearance = new Clearance
        {
            AgeYears = age,
            Creatinine = scr ?? labs.Of("creatinine").FirstOrDefault(),
            Weight = kg ?? labs.Of("body-weight").FirstOrDefault(),
            Height = labs.Of("body-height").FirstOrDefault(),
            AcuteChange = Acute(labs.Of("creatinine"), rules),
            OnDialysis = history.Has("dialysis"),
        };
        if (why.Count > 0)
            return clearance with { WhyUnknown = char.ToUpperInvariant(why[0][0]) + LabWords.And(why)[1..] + ".", LastKnown = LastKnown(labs, clearance, person.Sex, age, rules) };

        var female = person.Sex == Sex.Female;
        clearance = clearance with { MlPerMin = Formula(age!.Value, kg!.Amount, scr!.Amount, female) };
        return clearance.Height is { Comparator: null, Amount: > 0 } height && kg.Amount / (height.Amount * height.Amount / 10_000) >= rules.BmiFrom
            ? WithIdealWeight(clearance, age.Value, kg.Amount, height.Amount, scr.Amount, female)
            : clearance;
    }

    /// <summary>A medicine whose hold depends on clearance asks for a newer creatinine.</summary>
    public static bool NeedsFreshCreatinine(Policy policy, MedicineList medicines) =>
        medicines.Medicines.Any(m => m.CountsAsInUse && m.Systemic && policy.Labs.Clearance.RenalDrugClasses.Contains(m.Class));

    private static decimal Formula(int ageYears, decimal weightKg, decimal creatinineMgPerDl, bool female) =>
        (140 - ageYears) * weightKg * (female ? 0.85m : 1m) / (72 * creatinineMgPerDl);

    /// <summary>Devine's ideal weight and the 40 % adjusted weight, shown beside the result, never used for a band.</summary>
    private static Clearance WithIdealWeight(Clearance clearance, int age, decimal weight, decimal heightCm, decimal creatinine, bool female)
    {
        var ideal = (female ? 45.5m : 50m) + 2.3m * (heightCm / 2.54m - 60);
        return ideal <= 0 ? clearance : clearance with
        {
            IdealWeightMlPerMin = Formula(age, ideal, creatinine, female),
            AdjustedWeightMlPerMin = Formula(age, ideal + 0.4m * (weight - ideal), creatinine, female),
        };
    }

    private static LabValue? Usable(string name, Reading reading, LabSheet labs, int days, List<string> why)
    {
        switch (reading)
        {
            case Reading.Known { Value: { Comparator: { } comparator } value }:
                why.Add($"{name} is given only as {comparator} {value.Amount.Plain()} {value.Unit}");
                return null;
            case Reading.Known { Value.Amount: <= 0 }:
                why.Add($"{name} is given as 0");
                return null;
            case Reading.Known known:
                return known.Value;
            case Reading.Stale stale:
                why.Add($"the newest {name} is from {stale.Value.Date.InFull()}, {LabWords.Days(stale.AgeDays)} before the biopsy (limit {LabWords.Days(days)})");
                return null;
            case Reading.Unreadable unreadable:
                why.Add($"the {name} result cannot be read ({unreadable.Why})");
                return null;
            case Reading.Preliminary preliminary:
                why.Add($"the {name} of {preliminary.Value.Date.InFull()} is preliminary");
                return null;
            default:
                why.Add($"no {name} was seen");
                return null;
        }
    }

    /// <summary>Any two values of the last week that moved too much, up or down: the newest one then tells little.</summary>
    private static string? Acute(ImmutableArray<LabValue> newestFirst, ClearancePolicy rules)
    {
        if (newestFirst.Length < 2) return null;
        var newest = newestFirst[0];
        for (var i = 0; i < newestFirst.Length; i++)
        {
            var later = newestFirst[i];
            if (newest.Date.DayNumber - later.Date.DayNumber > rules.AcuteDays) break;
            for (var j = i + 1; j < newestFirst.Length; j++)
            {
                var earlier = newestFirst[j];
                if (later.Date.DayNumber - earlier.Date.DayNumber > rules.AcuteDays) break;
                if (earlier.Amount <= 0 || later.Amount <= 0 || earlier.Comparator is not null || later.Comparator is not null) continue;
                var (low, high) = (Math.Min(earlier.Amount, later.Amount), Math.Max(earlier.Amount, later.Amount));
                if (high - low >= rules.AcuteMgPerDl && Within(earlier, later, rules.AcuteHours) || high >= low * rules.AcuteRatio)
                    return $"Creatinine went from {earlier.Say()} on {earlier.Date.InFull()} to {later.Say()} on {later.Date.InFull()}: the clearance is unreliable.";
            }
        }
        return null;
    }

    private static bool Within(LabValue earlier, LabValue later, int hours) =>
        earlier.At is { } from && later.At is { } to ? to - from <= TimeSpan.FromHours(hours) : (later.Date.DayNumber - earlier.Date.DayNumber) * 24 <= hours;

    /// <summary>The newest of: eGFR, recorded clearance, and the formula on the newest creatinine and weight of any age.</summary>
    private static LabValue? LastKnown(LabSheet labs, Clearance clearance, Sex sex, int? age, ClearancePolicy rules)
    {
        var known = new List<LabValue>();
        if (labs.Of("egfr").FirstOrDefault() is { } egfr) known.Add(egfr);
        if (labs.Of("creatinine-clearance").FirstOrDefault() is { } recorded) known.Add(recorded);
        if (clearance is { Creatinine: { Amount: > 0, Comparator: null } scr, Weight: { Amount: > 0, Comparator: null } kg } && age is { } years && years >= rules.AdultFromYears && years <= 120 && sex is Sex.Female or Sex.Male)
            known.Add(scr with
            {
                Analyte = "creatinine-clearance",
                Amount = Formula(years, kg.Amount, scr.Amount, sex == Sex.Female),
                Unit = "mL/min",
                Converted = false,
                Notes = [$"computed from creatinine {scr.Say()} and weight {kg.Say()} of {kg.Date.InFull()}"],
                Low = null,
                High = null,
            });
        return known.OrderByDescending(v => v.Date).ThenBy(v => v.Amount).FirstOrDefault();
    }
}
