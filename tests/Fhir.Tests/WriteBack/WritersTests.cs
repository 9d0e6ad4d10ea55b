using System.Text;
using BiopsyFhir.Fhir.Tests.Rest;
using BiopsyFhir.Fhir.Tests.Writing;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

/// <summary>The resources as really authored pass the last look before sending, at the strictest EHR, and are found again.</summary>
public sealed class WritersTests
{
    [Theory]
    [InlineData(DraftKind.CarePlan)]
    [InlineData(DraftKind.NoteDocument)]
    [InlineData(DraftKind.EducationDocument)]
    [InlineData(DraftKind.EducationPrint)]
    [InlineData(DraftKind.PatientCommunication)]
    [InlineData(DraftKind.StaffCommunication)]
    [InlineData(DraftKind.StaffTask)]
    public async Task What_the_writers_make_is_written_once_and_replaced_by_its_successor(DraftKind kind)
    {
        var ehr = new TinyEhr { IdentifierSearch = true, TagSearch = true };
        var strict = Quirks.Presets["oracle-like"] with { NoCreate = [], CommunicationStaffOnly = false };
        var time = new ManualTime();
        var ledger = new InMemoryWriteLedger(time);
        foreach (var drug in new[] { "apixaban", "apixaban", "warfarin" })
        {
            var plan = Plans.With(Plans.Hold(drug), Plans.Test());
            var keys = Keys.For(kind, TinyEhr.Base, "Patient/1", "ServiceRequest/2", Encoding.UTF8.GetBytes(drug));
            var context = new WriteContext("Patient/1", "ServiceRequest/2", null, "Practitioner/7", null, "BiopsyFhir 0", keys.Creation, keys.Series);
            var draft = new Draft(keys, input => kind switch
            {
                DraftKind.CarePlan => CarePlanJson.Write(plan, context, input.Replaces),
                DraftKind.StaffCommunication => StaffMessageJson.Communication(plan, context),
                DraftKind.StaffTask => StaffMessageJson.Task(plan, context),
                DraftKind.PatientCommunication => PatientMessageJson.Write("title", plan.SignedAt, context, "DocumentReference/1"),
                _ => DocumentJson.Write(
                    kind == DraftKind.NoteDocument ? DocumentKind.PlanNote : kind == DraftKind.EducationPrint ? DocumentKind.EducationPrint : DocumentKind.Education,
                    new Attachment(input.Format == DocumentFormat.Pdf ? "application/pdf" : "text/html;charset=utf-8", "en", "x"u8.ToArray(), "t"),
                    "summary", plan.SignedAt, context, input.Replaces),
            })
            { Formats = kind.IsDocument() ? [DocumentFormat.Html, DocumentFormat.Pdf] : [], HasAuthor = true };
            var companion = new Companion(DraftKind.Provenance, input => ProvenanceJson.Write(plan, context, [input.Target], input.Tag));
            var request = new WriteBackRequest("Patient/1", plan.SignedAt, [draft], [companion]);
            var outcome = await new RunWriteBack(ehr.Client(), ledger, time).RunAsync(PlanWriteBack.For(request, ehr.Announce(), Confirmations.Everything, strict), CancellationToken.None);
            Assert.All(outcome.Receipts, r => Assert.True(r.IsThere, $"{r.Kind}: {r.Reason}"));
        }

        var written = ehr.All(kind.ResourceType());
        Assert.Equal(2, written.Count);
        Assert.Equal(2, ehr.All("Provenance").Count);
        var replaced = kind switch { DraftKind.CarePlan => "revoked", DraftKind.StaffTask => "cancelled", DraftKind.StaffCommunication or DraftKind.PatientCommunication => "completed", _ => "superseded" };
        Assert.Contains(written, w => (string)w["status"]! == replaced);
        if (kind != DraftKind.CarePlan && !kind.IsDocument()) return; // Task and Communication have no member for what they replace
        var (earlier, later) = (written.Single(w => (string)w["status"]! == replaced), written.Single(w => (string)w["status"]! != replaced));
        Assert.Contains($"{kind.ResourceType()}/{earlier["id"]}", (later["replaces"] ?? later["relatesTo"])!.ToJsonString(), StringComparison.Ordinal);
    }
}
