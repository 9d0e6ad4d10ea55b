using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>Which rung of the write-back ladder this EHR allows, planned as for a real confirmation, if every scope asked for is granted.</summary>
public static class CheckLadder
{
    public static IEnumerable<CheckLine> Of(EhrOptions ehr, Capabilities announced, ServerConfiguration? server)
    {
        var quirks = ChartQuirks.Of(ehr);
        var asked = server is not null && ehr.ClientId is not null ? ScopesToAsk.ForLaunch(ehr, server, standalone: false, quirks) : ScopesToAsk.ForBackend(ehr, quirks);
        foreach (var (_, rungs) in PlanWriteBack.For(Everything(ehr), announced, Scopes.Parse(asked), quirks).Purposes)
        {
            var part = "write-back: " + rungs[0].Kind switch
            {
                DraftKind.EducationDocument => "handout",
                DraftKind.EducationPrint => "handout, PDF",
                DraftKind.PatientCommunication => "message",
                _ => "plan",
            };
            var refused = string.Join("; ", rungs.TakeWhile(r => r is Rung.NotPossible).Select(r => $"{r.Kind.ResourceType()}: {r.Reason}"));
            yield return (rungs[0], rungs.OfType<Rung.Write>().FirstOrDefault()) switch
            {
                (Rung.Write, { } first) => CheckLine.Ok(part, $"{first.Kind.ResourceType()}; {first.Reason}"),
                (_, { } lower) => CheckLine.Warning(part, $"{lower.Kind.ResourceType()} instead ({refused}); {lower.Reason}", "Nothing; this is the next best that the EHR allows."),
                _ when rungs[0].Kind is DraftKind.PatientCommunication => CheckLine.Warning(part, $"the patient gets no message ({refused})", "Nothing; the clinician hands the handout over."),
                _ => CheckLine.Warning(part, $"a file to download ({refused})", "The clinician files it by hand. If the EHR takes one of these although it does not announce it, set the quirk create:Type."),
            };
        }
    }

    /// <summary>Drafts of every kind with nothing in them: planning looks at kinds and formats only.</summary>
    private static WriteBackRequest Everything(EhrOptions ehr)
    {
        Draft Of(DraftKind kind, params DocumentFormat[] formats) =>
            new(Keys.For(kind, ehr.Issuer, "Patient/none", "2000-01-01", []), _ => default) { Formats = [.. formats], HasAuthor = true };
        return new("Patient/none", default,
            [
                Of(DraftKind.CarePlan), Of(DraftKind.NoteDocument, DocumentFormat.Text), Of(DraftKind.StaffCommunication), Of(DraftKind.StaffTask),
                Of(DraftKind.EducationDocument, DocumentFormat.Html), Of(DraftKind.EducationPrint, DocumentFormat.Pdf), Of(DraftKind.PatientCommunication),
            ],
            [new Companion(DraftKind.Provenance, _ => default)]);
    }
}
