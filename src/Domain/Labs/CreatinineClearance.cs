namespace BiopsyFhir.Domain;

/// <summary>Cockcroft-Gault, keeping the inputs it used (evidence 2.2).</summary>
public static class CreatinineClearance
{
    public static Clearance From(Snapshot snapshot, Policy policy, LabSheet labs, MedicineList medicines, PatientHistory history) => new() { WhyUnknown = "not computed" };
}
