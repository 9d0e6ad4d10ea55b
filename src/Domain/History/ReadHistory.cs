namespace BiopsyFhir.Domain;

/// <summary>Conditions, procedures, devices and orders -> problems that rules ask about.</summary>
public static class ReadHistory
{
    public static PatientHistory From(Snapshot snapshot, Policy policy) => new([], []);
}
