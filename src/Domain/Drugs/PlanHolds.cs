using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Medicine x policy row x clearance band -> dates (evidence 2.1, 2.2, counting convention).</summary>
public static class PlanHolds
{
    public static ImmutableArray<HoldPlan> From(Snapshot snapshot, Policy policy, MedicineList medicines, Clearance clearance, PatientHistory history) => [];
}
