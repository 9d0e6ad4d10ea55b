using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Domain;
using FsCheck;
using FsCheck.Fluent;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>Charts of every kind that the rules care about: what the catalogue knows, near the values and dates where rules change.</summary>
internal static class Generate
{
    private const string Rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
    private const string Icd10 = "http://hl7.org/fhir/sid/icd-10-cm";

    /// <summary>Ingredients with a hold rule, antithrombotics and BTK inhibitors.</summary>
    public static ImmutableArray<Drug> Antithrombotics { get; } =
        [.. Engine.Catalogue.Drugs.Ingredients.Values.Where(d => d.Rule == DrugRule.Hold && d.Class.Hides == MightHide.Antithrombotic).OrderBy(d => d.Ingredient, StringComparer.Ordinal)];

    private static readonly ImmutableArray<Drug> s_everyDrug = [.. Engine.Catalogue.Drugs.Ingredients.Values.OrderBy(d => d.Ingredient, StringComparer.Ordinal)];

    private static readonly ILookup<string, CodedDrug> s_codes = Engine.Catalogue.Drugs.Codes.Values
        .Where(c => c.System == RecognisedBy.Rxnorm && c.Drugs.Length == 1 && !c.BrandLevel && c.Route is null or "oral" or "subcutaneous")
        .OrderBy(c => c.Code, StringComparer.Ordinal).ToLookup(c => c.Drugs.IsEmpty ? "" : c.Drugs[0].Ingredient);

    public static Gen<GeneratedChart> Chart { get; } =
        from d0 in Gen.Choose(0, 900).Select(days => new DateOnly(2024, 2, 1).AddDays(days))
        from before in Gen.Elements(0, 1, 2, 3, 5, 7, 10, 14, 30)
        from patient in Person(d0)
        from medicines in Some(Gen.Choose(0, 3), i => Medicine(d0, $"m{i}"))
        from results in Some(Gen.Choose(0, 9), i => Result(d0.AddDays(-before), $"r{i}"))
        from conditions in Some(Gen.Choose(0, 3), i => Condition(d0, $"c{i}"))
        from procedures in Some(Gen.Choose(0, 1), i => Procedure(d0, $"s{i}"))
        from allergies in Some(Gen.Choose(0, 1), i => Gen.Elements("Chlorhexidine", "Lidocaine", "Latex", "Penicillin", "Povidone-iodine").Select(t => Resources.Allergy($"a{i}", t)))
        from order in Gen.Elements("Unexplained anaemia", "Pancytopenia", "Acute leukaemia", "Lymphoma staging", "Myeloma", "why not", null)
        from policy in Gen.Elements("P1", "P1", "P2", "P3")
        from zone in Gen.Elements("America/New_York", "Etc/GMT+5", "Europe/Istanbul", "Asia/Kolkata")
        from hour in Gen.Elements("", "T08:00:00Z", "T14:30:00Z")
        from sedation in Gen.Elements("none", "none", "procedural", "general")
        from escort in Gen.Elements("yes", "no", "unknown")
        from elevation in Gen.Elements("0", "0", "1600", "2500")
        select new GeneratedChart(
            [patient, .. medicines, .. results, .. conditions, .. procedures, .. allergies, Resources.Order("o", order, d0)],
            new Dictionary<string, string>
            {
                ["procedureAt"] = Resources.Iso(d0) + hour,
                ["asOf"] = Resources.Iso(d0.AddDays(-before)),
                ["policy"] = policy,
                ["timeZone"] = zone,
                ["sedation"] = sedation,
                ["escort"] = escort,
                ["elevationMeters"] = elevation,
            }.ToImmutableSortedDictionary(StringComparer.Ordinal));

    private static Gen<ImmutableArray<JsonObject>> Some(Gen<int> count, Func<int, Gen<JsonObject>> one) =>
        count.SelectMany(n => Gen.CollectToArray(Enumerable.Range(0, n), one)).Select(made => made.ToImmutableArray());

    private static Gen<JsonObject> Person(DateOnly d0) =>
        from years in Gen.Frequency((8, Gen.Choose(19, 95)), (1, Gen.Choose(1, 17)))
        from days in Gen.Choose(45, 320)
        from gender in Gen.Frequency((9, Gen.Elements<string?>("female", "male")), (1, Gen.Elements("unknown", null)))
        from known in Gen.Frequency((15, Gen.Constant(true)), (1, Gen.Constant(false)))
        select Resources.Patient(known ? Resources.Iso(d0.AddDays(-days).AddYears(-years)) : null, gender);

    /// <summary>A date before D0, in one of the ways in which dates are written.</summary>
    private static Gen<string?> DayBefore(DateOnly d0, params int[] days) =>
        from back in Gen.Elements(days)
        from form in Gen.Frequency((6, Gen.Constant(0)), (2, Gen.Constant(1)), (1, Gen.Constant(2)), (1, Gen.Constant(3)))
        select form switch
        {
            1 => Resources.Iso(d0.AddDays(-back)) + "T14:00:00Z",
            2 => d0.AddDays(-back).ToString("yyyy-MM", CultureInfo.InvariantCulture),
            3 => null,
            _ => Resources.Iso(d0.AddDays(-back)),
        };

    private static Gen<JsonObject> Medicine(DateOnly d0, string id) =>
        from product in Gen.Frequency(
            (8, Gen.Elements(Antithrombotics.AsEnumerable()).SelectMany(Product)),
            (2, Gen.Elements(s_everyDrug.AsEnumerable()).SelectMany(Product)),
            (2, Gen.Elements("metformin 500 mg", "lisinopril 10 mg", "cholecalciferol").Select(t => Resources.Concept(null, null, t))),
            (1, Gen.Elements("blood thinner", "anticoagulant").Select(t => Resources.Concept(null, null, t))))
        from type in Gen.Frequency((6, Gen.Constant("MedicationRequest")), (3, Gen.Constant("MedicationStatement")), (1, Gen.Constant("MedicationDispense")))
        from status in Gen.Frequency((8, Gen.Constant("active")), (3, Gen.Elements("completed", "stopped", "on-hold", "cancelled", "unknown", "draft")))
        from date in DayBefore(d0, 2, 10, 40, 200, 400)
        from dose in Dose
        from ended in Gen.Frequency((4, Gen.Constant<string?>(null)), (1, DayBefore(d0, 1, 2, 3, 6, 8, 12, 50)))
        select Finish(Resources.Medicine(type, id, product, status, date), dose, ended);

    private static JsonObject Finish(JsonObject medicine, JsonObject? dosage, string? ended)
    {
        var statement = (string?)medicine["resourceType"] == "MedicationStatement";
        if (ended is not null && statement) medicine["effectivePeriod"] = new JsonObject { ["end"] = ended };
        if (ended is not null && !statement && dosage is not null) dosage["timing"]!["repeat"]!["boundsPeriod"] = new JsonObject { ["end"] = ended };
        if (dosage is not null) medicine[statement ? "dosage" : "dosageInstruction"] = new JsonArray(dosage);
        return medicine;
    }

    private static Gen<JsonObject?> Dose =>
        from amount in Gen.Elements(2.5m, 5, 15, 20, 40, 60, 75, 80, 81, 100, 150, 325, 500)
        from unit in Gen.Elements("mg", "mg", "mg", "[IU]", "tablet")
        from times in Gen.Choose(1, 3)
        from asNeeded in Gen.Frequency((6, Gen.Constant(false)), (1, Gen.Constant(true)))
        from there in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        select there ? Resources.Dosage(amount, unit, times, null, asNeeded) : null;

    /// <summary>By code alone; by name where no code is known.</summary>
    public static JsonObject Coded(Drug drug) => s_codes[drug.Ingredient].FirstOrDefault() is { } code
        ? Resources.Concept(Rxnorm, code.Code, null) : Resources.Concept(null, null, drug.Ingredient);

    /// <summary>By code, by name, or both.</summary>
    public static Gen<JsonObject> Product(Drug drug)
    {
        var codes = s_codes[drug.Ingredient].ToList();
        var byName = Gen.Constant(Resources.Concept(null, null, drug.Ingredient));
        if (codes.Count == 0) return byName;
        return Gen.OneOf(byName,
            Gen.Elements(codes.AsEnumerable()).Select(c => Resources.Concept(Rxnorm, c.Code, null)),
            Gen.Elements(codes.AsEnumerable()).Select(c => Resources.Concept(Rxnorm, c.Code, c.Name)));
    }

    /// <summary>Analyte, LOINC code, unit, and values on both sides of where rules change.</summary>
    private static readonly ImmutableArray<(string Code, string Unit, decimal[] Values)> s_results =
    [
        ("777-3", "10*3/uL", [5, 9, 10, 15, 19, 20, 38, 49, 50, 70, 150, 450, 1001, 1350]),
        ("718-7", "g/dL", [6.5m, 7.9m, 8, 9.4m, 10.9m, 11.2m, 11.9m, 12, 13, 14.5m]),
        ("6301-6", "{INR}", [0.9m, 1.0m, 1.4m, 1.5m, 1.6m, 2, 2.1m, 3, 3.2m, 5]),
        ("2160-0", "mg/dL", [0.6m, 0.9m, 1.3m, 1.9m, 2.6m, 4, 7]),
        ("29463-7", "kg", [42, 55, 70, 91, 130]),
        ("8302-2", "cm", [150, 165, 178]),
        ("3255-7", "mg/dL", [70, 99, 100, 140, 150, 300]),
        ("787-2", "fL", [68, 79, 84, 96, 101, 118]),
        ("6690-2", "10*3/uL", [0.9m, 3.2m, 6, 14, 60]),
        ("2276-4", "ng/mL", [4, 14, 29, 30, 99, 101, 400]),
        ("2502-3", "%", [6, 15, 19, 20, 30]),
        ("2132-9", "pg/mL", [120, 199, 201, 290, 310, 600]),
        ("2532-0", "U/L", [150, 240, 600]),
        ("1988-5", "mg/L", [1, 4, 6, 40]),
        ("3016-3", "m[IU]/L", [0.3m, 2, 9]),
        ("17849-1", "%", [0.4m, 1.2m, 4]),
    ];

    public static Gen<JsonObject> Result(DateOnly asOf, string id) =>
        from row in Gen.Frequency((3, Gen.Elements(s_results.Take(6))), (2, Gen.Elements(s_results.AsEnumerable())))
        from value in Gen.Elements(row.Values)
        from date in DayBefore(asOf, 0, 1, 2, 3, 6, 7, 8, 13, 20, 40, 100, 200)
        select Resources.Result(id, Resources.Concept("http://loinc.org", row.Code, null), date, Resources.Quantity(value, row.Unit));

    private static readonly ImmutableArray<(string? Code, string Text)> s_problems =
    [
        ("I48.91", "Atrial fibrillation"), ("I26.99", "Pulmonary embolism"), ("I82.402", "Deep vein thrombosis"), ("I63.9", "Ischaemic stroke"),
        (null, "Mechanical mitral valve"), ("Z95.2", "Prosthetic heart valve"), ("D66", "Haemophilia A"), ("D68.00", "Von Willebrand disease"),
        ("D75.82", "Heparin induced thrombocytopenia"), ("D68.61", "Antiphospholipid syndrome"), ("N18.4", "Chronic kidney disease stage 4"),
        ("Z99.2", "Dialysis"), ("I50.9", "Heart failure"), ("I10", "Hypertension"), ("E11.9", "Diabetes mellitus type 2"), ("Z79.01", "Long-term use of anticoagulants"),
        ("C90.00", "Multiple myeloma"), ("C50.919", "Breast cancer"), ("Z33.1", "Pregnancy"), ("I25.10", "Coronary artery disease"), ("J45.909", "Asthma"),
    ];

    private static Gen<JsonObject> Condition(DateOnly d0, string id) =>
        from problem in Gen.Elements(s_problems.AsEnumerable())
        from coded in Gen.Elements(true, false)
        from worded in Gen.Elements(true, false)
        from status in Gen.Frequency((6, Gen.Constant("active")), (1, Gen.Constant("resolved")))
        from onset in DayBefore(d0, 10, 45, 60, 120, 150, 250, 500, 800)
        select Resources.Condition(id, Resources.Concept(Icd10, coded ? problem.Code : null, worded || !coded || problem.Code is null ? problem.Text : null), status, onset);

    private static Gen<JsonObject> Procedure(DateOnly d0, string id) =>
        from text in Gen.Elements("Drug-eluting coronary stent placement", "Mechanical mitral valve replacement", "Appendectomy")
        from date in DayBefore(d0, 10, 45, 120, 250, 500, 800)
        select Resources.Procedure(id, text, date);
}
