using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>What a medicine is to the rules.</summary>
public enum MedicineFamily { Anticoagulant, P2y12, IvAntiplatelet, OtherAntithrombotic, Antiplatelet, Aspirin, Nsaid, Btk, Supplement, Thrombolytic, NoteOnly }

/// <param name="Late">A passed date or an incomplete washout raises LATE or WASHOUT.</param>
public sealed record FamilyRow(Severity Severity, bool Late, ImmutableArray<string> Citations);

/// <summary>What counts as a prophylactic dose: any limit that the dose does not exceed. At or above a dose per kg it is therapeutic whatever the limit.</summary>
/// <param name="Unit">mg or [IU].</param>
public sealed record DoseLimits(string Unit, ImmutableArray<(decimal Dose, decimal Times)> Limits, decimal? TherapeuticPerKg, decimal? TherapeuticPerKgDay);

/// <summary>INR wanted before the biopsy.</summary>
/// <param name="SecondTestDays">A further test so many days before D0 (phenprocoumon).</param>
public sealed record InrTarget(decimal AtMost, int? SecondTestDays);

/// <summary>One ingredient: a row of medicines.json under one preset.</summary>
/// <param name="Regimens">By dose class: "" for one regimen, else therapeutic and prophylactic, or prevention and analgesic.</param>
/// <param name="Say">Printed with every finding on it.</param>
/// <param name="Late">Printed with LATE.</param>
/// <param name="Notes">Where sources disagree; for whoever reviews the row.</param>
/// <param name="OptionalDays">An optional hold that the clinician may choose (aspirin in MPN).</param>
public sealed record MedicineRow(string Ingredient, string Class, MedicineFamily Family, Severity? Severity, ImmutableSortedDictionary<string, Regimen> Regimens, DoseLimits? Prophylactic,
    InrTarget? Inr, int? OptionalDays, ImmutableArray<string> Say, ImmutableArray<string> SayTherapeutic, ImmutableArray<string> Late, ImmutableArray<string> Notes, ImmutableArray<string> Citations);

/// <summary>Numbers and citations of the drug rules that are not on a medicine's row.</summary>
public sealed record RuleNumbers(ImmutableSortedDictionary<string, decimal> Numbers, ImmutableArray<string> Citations)
{
    public decimal this[string name] => Numbers[name];
}

/// <summary>Holds and notes per ingredient for one preset (medicines.json, evidence 2.1 to 2.3).</summary>
public sealed record MedicinePolicy(ImmutableSortedDictionary<string, MedicineRow> Rows, ImmutableSortedDictionary<MedicineFamily, FamilyRow> Families, ImmutableSortedDictionary<string, RuleNumbers> Rules)
{
    /// <summary>Every rule that speaks from medicines.json, with the numbers that it needs.</summary>
    private static readonly ImmutableSortedDictionary<string, ImmutableArray<string>> Needed = new Dictionary<string, ImmutableArray<string>>
    {
        ["DOAC-LONGER"] = ["age", "clearanceBelow", "atLeast"],
        ["L-CRCL-EDGE"] = ["within"],
        ["L-CRCL-MISSING"] = [],
        ["L-INR-D1"] = ["endedDays"],
        ["X-DUP"] = ["overlapDays"],
        ["D-COMBO"] = [],
        ["R-ROUTE"] = [],
        ["R-CONFIRM"] = [],
        ["WASHOUT-DONE"] = ["shownDays"],
        ["G-PEDS"] = [],
        ["NSAID-PLATELETS"] = ["below"],
        ["ASPIRIN-OPTIONAL"] = ["plateletsBelow", "plateletsAbove"],
        ["B-DISORDER"] = [],
        ["B-HIT"] = [],
        ["B-REFRACT"] = [],
        ["P-PRESET"] = ["bmi", "plateletsBelow", "egfrBelow"],
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public MedicineRow? Find(Medicine medicine) => Rows.GetValueOrDefault(medicine.Ingredient);

    public MedicineFamily? FamilyOf(Medicine medicine) => Find(medicine)?.Family;

    public RuleNumbers Rule(string name) => Rules[name];

    public static MedicinePolicy Read(PolicySection section, DrugCatalogue drugs)
    {
        var families = ImmutableSortedDictionary.CreateBuilder<MedicineFamily, FamilyRow>();
        foreach (var (key, row) in section.Section("families").Rows())
            if (Family(key) is { } family) families[family] = new(row.Choice<Severity>("severity"), row.Flag("late"), row.Cites());
            else section.Faults.Add(row.Path, "no such family");
        foreach (var family in Enum.GetValues<MedicineFamily>())
            if (!families.ContainsKey(family)) section.Faults.Add($"{section.Path}/families", $"'{family.Kebab()}' is missing");

        var rules = ImmutableSortedDictionary.CreateBuilder<string, RuleNumbers>(StringComparer.Ordinal);
        foreach (var (name, numbers) in Needed)
            if (section.Section("rules").OptionalSection(name) is { } rule)
                rules[name] = new(numbers.ToImmutableSortedDictionary(n => n, rule.Number, StringComparer.Ordinal), rule.Cites());
            else section.Faults.Add($"{section.Path}/rules", $"'{name}' is missing");

        var rows = ImmutableSortedDictionary.CreateBuilder<string, MedicineRow>(StringComparer.Ordinal);
        foreach (var (ingredient, row) in section.Section("ingredients").Rows()) rows[ingredient] = ReadRow(ingredient, row);
        Compare(rows, drugs, section);
        return new(rows.ToImmutable(), families.ToImmutable(), rules.ToImmutable());
    }

    /// <summary>Classes whose medicines need a row though they need no hold: their notes are the rule (evidence 2.1).</summary>
    private static readonly ImmutableArray<string> NotedClasses = ["ssri-snri", "supplement", "bleeding-note"];

    /// <summary>A medicine that is recognised must be known here, and the other way round: a misspelt row would be no hold.</summary>
    private static void Compare(ImmutableSortedDictionary<string, MedicineRow>.Builder rows, DrugCatalogue drugs, PolicySection section)
    {
        foreach (var drug in drugs.Ingredients.Values.OrderBy(d => d.Ingredient, StringComparer.Ordinal))
            if ((drug.Rule == DrugRule.Hold || NotedClasses.Contains(drug.Class.Name)) && !rows.ContainsKey(drug.Ingredient))
                section.Faults.Add($"{section.Path}/ingredients", $"'{drug.Ingredient}' is recognised and has no row");
        foreach (var row in rows.Values)
            if (drugs.Find(row.Ingredient) is not { } drug) section.Faults.Add($"{section.Path}/ingredients/{row.Ingredient}", "is no ingredient of ingredients.tsv");
            else if (drug.Class.Name != row.Class) section.Faults.Add($"{section.Path}/ingredients/{row.Ingredient}/class", $"'{row.Class}' here, '{drug.Class.Name}' in ingredients.tsv");
            else if (drug.Rule == DrugRule.None) section.Faults.Add($"{section.Path}/ingredients/{row.Ingredient}", "is marked in ingredients.tsv as covered by no rule");
    }

    private static MedicineRow ReadRow(string ingredient, PolicySection row)
    {
        var hold = row.Section("hold");
        var regimens = ImmutableSortedDictionary.CreateBuilder<string, Regimen>(StringComparer.Ordinal);
        var doseClasses = ((string[])["therapeutic", "prophylactic", "prevention", "analgesic"]).Where(hold.Has).ToList();
        if (doseClasses.Count == 0) regimens[""] = Regimen.Read(hold);
        foreach (var doseClass in doseClasses) regimens[doseClass] = Regimen.Read(hold.Section(doseClass));
        if (hold.Has("therapeutic") != hold.Has("prophylactic") || hold.Has("prevention") != hold.Has("analgesic")) row.Faults.Add($"{row.Path}/hold", "one dose class is missing");
        if (hold.Has("prophylactic") && !row.Has("prophylactic")) row.Faults.Add($"{row.Path}/prophylactic", "the dose limits are missing");

        if (Family(row.Text("family")) is not { } family)
        {
            row.Faults.Add($"{row.Path}/family", $"'{row.OptionalText("family")}' is no family");
            family = MedicineFamily.Anticoagulant;
        }
        var inr = row.OptionalSection("inr");
        return new(ingredient, row.Text("class"), family, row.Has("severity") ? row.Choice<Severity>("severity") : null, regimens.ToImmutable(),
            row.OptionalSection("prophylactic") is { } limits ? ReadLimits(limits) : null,
            inr is null ? null : new(inr.Number("atMost"), inr.OptionalWhole("secondTestDays")),
            row.OptionalWhole("optionalDays"), row.Texts("say"), row.Texts("sayTherapeutic"), row.Texts("late"), row.Texts("notes"), row.Cites());
    }

    private static DoseLimits ReadLimits(PolicySection section)
    {
        var perKg = section.OptionalSection("therapeuticPerKg");
        return new(section.Text("unit"), [.. section.Items("limits").Select(l => (l.Number("dose"), l.Number("times")))], perKg?.Number("dose"), perKg?.Number("day"));
    }

    private static MedicineFamily? Family(string text) =>
        Enum.TryParse<MedicineFamily>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var family) ? family : null;
}
