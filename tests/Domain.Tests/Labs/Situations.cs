using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>What lab rules read, with medicines and problems built by hand.</summary>
internal static class Situations
{
    public static Situation Situation(this Snapshot snapshot, Policy? policy = null, ImmutableArray<Medicine>? medicines = null, ImmutableArray<string>? problems = null)
    {
        policy ??= Knowledge.P1;
        var list = new MedicineList(medicines ?? [], [], []);
        var history = new PatientHistory([.. (problems ?? []).Select(Problem)], []);
        var labs = ReadLabs.From(snapshot, policy);
        return new Situation
        {
            Snapshot = snapshot,
            Policy = policy,
            History = history,
            Medicines = list,
            Labs = labs,
            Clearance = CreatinineClearance.From(snapshot, policy, labs, list, history),
            Holds = [.. list.Medicines.Select(m => new HoldPlan { Medicine = m, Status = HoldStatus.NoHold })],
            Anaemia = JudgeAnaemia.From(snapshot, policy, labs, history),
        };
    }

    public static Medicine Medicine(string ingredient, string drugClass, UseState use = UseState.InUse, bool systemic = true, bool intravenous = false, DateOnly? ended = null) => new()
    {
        Ingredient = ingredient,
        Class = drugClass,
        Use = use,
        Systemic = systemic,
        Intravenous = intravenous,
        ExposureEnd = ended,
        Summary = ingredient,
        Sources = [new Fact($"MedicationRequest/{ingredient}", ingredient)],
    };

    public static Problem Problem(string kind) => new(kind, kind, null, true, new Fact($"Condition/{kind}", kind), Concept.Empty);
}
