using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Tests.Writing;

/// <summary>Signed plans of an invented patient, biopsy on Wednesday 18 March 2026.</summary>
internal static class Plans
{
    public static readonly DateTimeOffset At = new(2026, 3, 11, 9, 0, 0, TimeSpan.FromHours(-4));
    private static readonly DateOnly D0 = new(2026, 3, 18);

    public static Finding Hold(string drug) => new()
    {
        Rule = "R-HOLD",
        Severity = Severity.High,
        Subject = drug,
        Action = FindingAction.Hold,
        Title = $"Hold {drug}",
        Detail = "One drug-free day.",
        LastDoseDate = D0.AddDays(-2),
        FirstDrugFreeDate = D0.AddDays(-1),
        DrugFreeDays = 1,
        ResumeDate = D0.AddDays(1),
        Because = [new Fact("MedicationRequest/1", drug), new Fact("Condition/9", "atrial fibrillation")],
        Citations = ["PAUSE"],
    };

    public static Finding Test() => new()
    {
        Rule = "L-INR-D1",
        Severity = Severity.High,
        Subject = "inr",
        Action = FindingAction.OrderTest,
        Title = "INR the day before",
        Detail = "1.5 or below: proceed.",
        TestDueDate = D0.AddDays(-1),
        Because = [new Fact("MedicationRequest/1", "warfarin")],
        Citations = ["CHEST2022"],
    };

    public static SignedPlan With(params Finding[] findings)
    {
        var readiness = Assess.Run(Snapshot(), Policies.ById["P1"]) with { Findings = [.. findings], Verdict = Verdict.ActionNeeded };
        return Assert.IsType<Signing.Accepted>(SignPlan.From(readiness, [], new Signer("Practitioner/7", "Dr. Test"), At)).Plan;
    }

    private static PolicySet Policies { get; } = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(new(
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Knowledge"), "*", SearchOption.AllDirectories)
            .ToImmutableSortedDictionary(f => Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "Knowledge"), f).Replace((char)92, (char)47), f => (ReadOnlyMemory<byte>)File.ReadAllBytes(f), StringComparer.Ordinal)))).Policies;

    private static Snapshot Snapshot() => new()
    {
        Chart = new Chart { Person = new Person("Patient/1", PartialDate.Day(new(1954, 2, 12)), Sex.Female) },
        Biopsy = new Biopsy(D0, new DateTimeOffset(2026, 3, 18, 8, 0, 0, TimeSpan.FromHours(-4)), true, "posterior-iliac-crest", "other", null, "none", "unknown", "ServiceRequest/2"),
        AsOf = PartialDate.Day(new(2026, 3, 11)),
        Facility = new Facility(TimeZoneInfo.FindSystemTimeZoneById("America/New_York"), 0, new TimeOnly(8, 0)),
    };
}
