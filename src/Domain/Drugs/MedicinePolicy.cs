namespace BiopsyFhir.Domain;

/// <summary>Holds and notes per ingredient for one preset (medicines.json, evidence 2.1 to 2.3).</summary>
public sealed record MedicinePolicy
{
    public static MedicinePolicy Read(PolicySection section, DrugCatalogue drugs) => new();
}
