using System.Collections.Immutable;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace BiopsyFhir.Property.Tests.Patients;

/// <summary>
/// Patients who are ready, in many ways: only from "ready" can it be seen whether a doubt takes it away. On charts made at random
/// something is nearly always left to do, and "never ready" would be true of them without saying much.
/// </summary>
internal static class GenerateReady
{
    private const string Rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";

    public static Gen<GeneratedChart> Chart { get; } =
        from d0 in Gen.Choose(0, 900).Select(days => new DateOnly(2024, 2, 1).AddDays(days))
        from before in Gen.Elements(0, 1, 2, 3, 5)
        from years in Gen.Choose(19, 90)
        from birthday in Gen.Choose(45, 320)
        from gender in Gen.Elements("female", "male")
        from others in Some(Gen.Choose(1, 3), i => NotInTheCatalogue(d0, $"m{i}"))
        from over in Some(Gen.Choose(0, 2), i => Over(d0, $"e{i}"))
        from platelets in Gen.Elements(150, 187, 220, 300, 399)
        from countAge in Gen.Choose(0, 7 - before)
        from labs in Some(Gen.Choose(0, 4), i => Lab(d0.AddDays(-before), $"r{i}"))
        from conditions in Some(Gen.Choose(0, 2), i => Condition(d0, $"c{i}"))
        from procedures in Some(Gen.Choose(0, 1), i => Gen.Constant(Resources.Procedure($"s{i}", "Appendectomy", "1999-05-05")))
        from policy in Gen.Elements("P1", "P1", "P2", "P3")
        from zone in Gen.Elements("America/New_York", "Etc/GMT+5", "Europe/Istanbul")
        select new GeneratedChart(
            [
                Resources.Patient(Resources.Iso(d0.AddDays(-birthday).AddYears(-years)), gender),
                .. others, .. over,
                Resources.Result("platelets", Loinc("777-3"), Resources.Iso(d0.AddDays(-before - countAge)), Resources.Quantity(platelets, "10*3/uL")),
                .. labs, .. conditions, .. procedures,
                Resources.Order("o", "Lymphoma staging", d0),
            ],
            new Dictionary<string, string>
            {
                ["procedureAt"] = Resources.Iso(d0),
                ["asOf"] = Resources.Iso(d0.AddDays(-before)),
                ["policy"] = policy,
                ["timeZone"] = zone,
                ["escort"] = "yes",
            }.ToImmutableSortedDictionary(StringComparer.Ordinal));

    public static JsonObject Loinc(string code) => Resources.Concept("http://loinc.org", code, null);

    private static Gen<ImmutableArray<JsonObject>> Some(Gen<int> count, Func<int, Gen<JsonObject>> one) =>
        count.SelectMany(n => Gen.CollectToArray(Enumerable.Range(0, n), one)).Select(made => made.ToImmutableArray());

    private static Gen<JsonObject> NotInTheCatalogue(DateOnly d0, string id) =>
        from name in Gen.Elements("metformin 500 mg", "lisinopril 10 mg", "cholecalciferol", "atorvastatin 20 mg", "amlodipine 5 mg")
        from coded in Gen.Elements(true, false)
        from type in Gen.Elements("MedicationRequest", "MedicationStatement")
        from days in Gen.Choose(1, 300)
        select Resources.Medicine(type, id, Resources.Concept(coded ? Rxnorm : null, coded ? "999001" : null, name), "active", Resources.Iso(d0.AddDays(-days)));

    /// <summary>An anticoagulant that was stopped long ago, was never given, or was entered in error.</summary>
    private static Gen<JsonObject> Over(DateOnly d0, string id) =>
        from drug in Gen.Elements("warfarin", "apixaban", "rivaroxaban", "clopidogrel", "enoxaparin")
        from end in Gen.Choose(120, 900)
        from way in Gen.Choose(0, 2)
        let product = Resources.Concept(null, null, drug)
        select way switch
        {
            0 => Edit.Set(Resources.Medicine("MedicationStatement", id, product, "completed", null), "effectivePeriod", new JsonObject { ["end"] = Resources.Iso(d0.AddDays(-end)) }),
            1 => Resources.Medicine("MedicationRequest", id, product, "cancelled", Resources.Iso(d0.AddDays(-end))),
            _ => Resources.Medicine("MedicationRequest", id, product, "stopped", Resources.Iso(d0.AddDays(-end))),
        };

    private static readonly ImmutableArray<(string Code, string Unit, decimal Value)> s_normal =
        [("718-7", "g/dL", 14.8m), ("6301-6", "{INR}", 1.0m), ("2160-0", "mg/dL", 0.9m), ("29463-7", "kg", 71), ("3255-7", "mg/dL", 290), ("787-2", "fL", 90), ("6690-2", "10*3/uL", 6)];

    private static Gen<JsonObject> Lab(DateOnly asOf, string id) =>
        from row in Gen.Elements(s_normal.AsEnumerable())
        from back in Gen.Choose(0, 20)
        select Resources.Result(id, Loinc(row.Code), Resources.Iso(asOf.AddDays(-back)), Resources.Quantity(row.Value, row.Unit));

    private static Gen<JsonObject> Condition(DateOnly d0, string id) =>
        from name in Gen.Elements("Hypertension", "Asthma", "Gout", "Cataract")
        from days in Gen.Choose(30, 3000)
        select Resources.Condition(id, Resources.Concept(null, null, name), "active", Resources.Iso(d0.AddDays(-days)));
}
