namespace BiopsyFhir.Domain.Tests.Judging;

/// <summary>Evidence 7.1 rule 1: a medication list that could not be read at all; part of it, or another list, is another matter.</summary>
public class JudgeTests
{
    [Theory]
    [InlineData(RecordKind.Medication, 0, "the server answered 500", Verdict.CannotJudge)]
    [InlineData(RecordKind.Medication, 1, "the second page was not answered", Verdict.Ready)]
    [InlineData(RecordKind.Medication, 0, null, Verdict.Ready)]
    [InlineData(RecordKind.Appointment, 0, "the server answered 500", Verdict.Ready)]
    public void A_medication_list_that_could_not_be_read_at_all_cannot_be_judged(RecordKind kind, int count, string? couldNotRead, Verdict wanted)
    {
        var snapshot = Patients.Snapshot(Patients.Chart() with { Sources = [new(kind, count, couldNotRead)] });
        var situation = Assess.Situation(snapshot, Knowledge.P1);
        Assert.Equal(wanted, Judge.Verdict(situation with { Medicines = situation.Medicines with { Rows = [new("MedicationRequest/1", "Paracetamol", null, null, RecognisedBy.None, true, true)] } }, [], []));
    }
}
