using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Drugs;

/// <summary>Medication entries for tests: an active order for apixaban, to be changed by `with`. Asked on 11 March 2026.</summary>
internal static class Entries
{
    public static readonly DateOnly AsOf = new(2026, 3, 11);

    public static MedicationRecord Order(string text = "apixaban 5 mg tablet", string? status = "active", int number = 1) => new()
    {
        Reference = $"MedicationRequest/{number}",
        Source = MedicationSource.Request,
        Product = new Concept([], text),
        Status = status,
        Intent = "order",
        Authored = Day("2026-01-10"),
    };

    public static MedicationRecord Statement(string text = "apixaban 5 mg tablet", string? status = "active", int number = 1) =>
        Order(text, status) with { Reference = $"MedicationStatement/{number}", Source = MedicationSource.Statement, Intent = null };

    public static MedicationRecord Dispense(string text = "apixaban 5 mg tablet", string? status = "completed", string? on = "2026-02-01") =>
        Order(text, status) with { Reference = "MedicationDispense/1", Source = MedicationSource.Dispense, Intent = null, Authored = on is null ? null : Day(on) };

    public static MedicationRecord Given(string text = "apixaban 5 mg tablet", string? status = "completed", string? on = "2026-03-10") =>
        Dispense(text, status, on) with { Reference = "MedicationAdministration/1", Source = MedicationSource.Administration };

    public static PartialDate Day(string day) => PartialDate.Day(DateOnly.Parse(day));

    public static MedicationRecord Taking(this MedicationRecord record, params ImmutableArray<Dosage> dosages) => record with { Dosages = dosages };

    public static MedicineList Read(params ImmutableArray<MedicationRecord> entries) =>
        ReadMedicines.From(Patients.Snapshot(Patients.Chart() with { Medications = entries }), Knowledge.P1);

    /// <summary>The only medicine that the entries come to.</summary>
    public static Medicine One(params ImmutableArray<MedicationRecord> entries) => Assert.Single(Read(entries).Medicines);
}
