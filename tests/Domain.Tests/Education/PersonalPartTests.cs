using System.Collections.Immutable;

namespace BiopsyFhir.Domain.Tests.Education;

/// <summary>What a patient is told of her own dates: only signed ones, in her language, by the name on her box.</summary>
public class PersonalPartTests
{
    private static readonly DateOnly D0 = new(2026, 3, 18);

    [Theory]
    [InlineData("en", "take your last dose on Monday, March 16, 2026")]
    [InlineData("es", "tome la última dosis el lunes 16 de marzo de 2026")]
    [InlineData("tr", "son dozu şu gün alın: 16 Mart 2026 Pazartesi")]
    public void The_last_dose_has_weekday_and_date_in_the_patients_language(string language, string words) =>
        Assert.Contains(Personal(language, "Eliquis 5 mg tablet"), p => p == $"apixaban (Eliquis 5 mg tablet): {words}.");

    [Theory]
    [InlineData("Apixaban", "apixaban: ")]
    [InlineData("Eliquis 5 mg", "apixaban (Eliquis 5 mg): ")]
    public void The_name_on_the_box_stands_beside_the_ingredient(string asReceived, string start) =>
        Assert.Contains(Personal("en", asReceived), p => p.StartsWith(start + "take your last dose", StringComparison.Ordinal));

    [Fact]
    public void A_name_too_long_for_a_patient_is_left_out_but_never_the_ingredient() =>
        Assert.Contains(Personal("en", new string('x', 81)), p => p.StartsWith("apixaban: take your last dose", StringComparison.Ordinal));

    [Fact]
    public void A_dismissed_hold_gives_no_date() =>
        Assert.DoesNotContain(Personal("en", "Eliquis", new Decision("R-HOLD:apixaban", Choice.Dismiss, "not taking it")), p => p.Contains("apixaban", StringComparison.Ordinal));

    [Fact]
    public void A_test_has_the_patients_word_and_a_review_by_the_team_is_no_test()
    {
        var handout = Handout("es", "Eliquis", [Test("L-INR-D1", "inr") with { TestDueDate = D0.AddDays(-1) }, Test("W-FERR", "ferritin"), Test("W-MEDS", "drug-review")]);
        Assert.Equal("INR (prueba de coagulación): hágasela el martes 17 de marzo de 2026. / Reserva de hierro (ferritina)", string.Join(" / ", handout.Tests));
    }

    private static ImmutableArray<string> Personal(string language, string box, params Decision[] decisions) => Handout(language, box, [], decisions).Personal;

    private static Handout Handout(string language, string box, IEnumerable<Finding> more, params Decision[] decisions)
    {
        var snapshot = Patients.Snapshot();
        var readiness = Assess.Run(snapshot, Knowledge.P1) with
        {
            Verdict = Verdict.ActionNeeded,
            Findings = [Hold(), .. more],
            Medications = [new MedicationRow("MedicationRequest/1", box, "apixaban", "doac-xa", RecognisedBy.Rxnorm, InUse: true, Systemic: true)],
        };
        var plan = Assert.IsType<Signing.Accepted>(SignPlan.From(readiness, decisions, new Signer("Practitioner/7", "Dr. Test"), new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero))).Plan;
        var faults = new Faults();
        var texts = HandoutTexts.Read(Knowledge.Files, faults, Knowledge.P1.Citations.Keys.ToHashSet());
        Assert.Empty(faults.All);
        return Assert.IsType<HandoutResult.Ready>(WriteHandout.From(plan, texts, language, snapshot.Facility, allowUnreviewed: true)).Handout;
    }

    private static Finding Hold() => new()
    {
        Rule = "R-HOLD",
        Severity = Severity.High,
        Subject = "apixaban",
        Action = FindingAction.Hold,
        Title = "apixaban",
        Detail = "apixaban",
        LastDoseDate = D0.AddDays(-2),
        FirstDrugFreeDate = D0.AddDays(-1),
        DrugFreeDays = 1,
        ResumeDate = D0.AddDays(1),
        Because = [new Fact("MedicationRequest/1", "apixaban")],
        Citations = ["PAUSE"],
    };

    private static Finding Test(string rule, string subject) => new()
    {
        Rule = rule,
        Severity = Severity.Moderate,
        Subject = subject,
        Action = FindingAction.OrderTest,
        Title = subject,
        Detail = subject,
        Because = [],
        Citations = ["EVIDENCE-D"],
    };
}
