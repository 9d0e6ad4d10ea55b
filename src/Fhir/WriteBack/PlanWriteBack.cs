using System.Collections.Immutable;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// What the EHR announces ∧ what the token grants ∧ what the EHR is known to do differently → ordered steps, each with its reason.
/// Pure. The ladder for the plan: CarePlan, note, message or task to staff, file to download.
/// </summary>
public static class PlanWriteBack
{
    private static readonly (Purpose Purpose, DraftKind[] Ladder)[] Ladders =
    [
        (Purpose.Plan, [DraftKind.CarePlan, DraftKind.NoteDocument, DraftKind.StaffCommunication, DraftKind.StaffTask]),
        (Purpose.Education, [DraftKind.EducationDocument]),
        (Purpose.Education, [DraftKind.EducationPrint]),
        (Purpose.PatientMessage, [DraftKind.PatientCommunication]),
    ];

    /// <param name="request">The drafts that could be written.</param>
    /// <param name="capabilities">Null when the CapabilityStatement could not be read; then nothing is written (SMART L-50).</param>
    /// <param name="granted">Of the token that will be used.</param>
    /// <param name="quirks">Of this EHR.</param>
    /// <exception cref="ArgumentException">Two drafts of one kind, or a patient that is not <c>Patient/id</c>.</exception>
    public static WriteBackPlan For(WriteBackRequest request, Capabilities? capabilities, Scopes granted, Quirks quirks)
    {
        if (request.Drafts.GroupBy(d => d.Kind).Any(g => g.Count() > 1) || request.Companions.GroupBy(c => c.Kind).Any(g => g.Count() > 1))
            throw new ArgumentException("A request holds at most one draft and one companion of each kind.", nameof(request));
        if (!request.Patient.StartsWith("Patient/", StringComparison.Ordinal))
            throw new ArgumentException("The patient is given as Patient/id.", nameof(request));
        var ehr = new Ehr(capabilities, granted, quirks);
        // One document only: the printed form if it is taken, else the page.
        var ladders = quirks.OneAttachment
            ? Ladders.Where(l => l.Purpose != Purpose.Education).Append((Purpose.Education, [DraftKind.EducationPrint, DraftKind.EducationDocument])).OrderBy(l => l.Item1)
            : Ladders.AsEnumerable();
        return new WriteBackPlan(request, [.. ladders
            .Select(l => new PlannedPurpose(l.Purpose, [.. l.Ladder
                .SelectMany(kind => request.Drafts.Where(d => d.Kind == kind))
                .Select(Rung (draft) => ehr.WhyNot(draft) is { } why ? new Rung.NotPossible(draft.Kind, why) : ehr.Write(draft, request))]))
            .Where(p => p.Rungs.Length > 0)]);
    }

    private sealed record Ehr(Capabilities? Announced, Scopes Granted, Quirks Quirks)
    {
        public string? WhyNot(Draft draft)
        {
            if (WhyNoCreate(draft.Kind.ResourceType()) is { } why)
                return why;
            if (draft.Kind == DraftKind.PatientCommunication && Quirks.CommunicationStaffOnly)
                return $"messages reach staff only at this EHR ({Quirks.Name})";
            if (!draft.Kind.IsDocument())
                return null;
            if (Quirks.AuthorRequired && !draft.HasAuthor)
                return $"this EHR wants a Practitioner as author ({Quirks.Name}), and there is none";
            return Format(draft) is null
                ? $"this EHR takes {string.Join(" or ", Quirks.DocumentFormats)} ({Quirks.Name}), and there is only {(draft.Formats.IsEmpty ? "nothing" : string.Join(" and ", draft.Formats))}"
                : null;
        }

        public Rung.Write Write(Draft draft, WriteBackRequest request)
        {
            var type = draft.Kind.ResourceType();
            var findable = CanFind(type, "identifier");
            var readable = Announced!.May(type, Interaction.Read) && Granted.Allows(type, Interaction.Read);
            var how = Conditional(type) ? HowCreated.ConditionalCreate : findable ? HowCreated.SearchThenCreate : HowCreated.LedgerThenCreate;
            var superseding = Superseding(type, readable);
            var reason = $"{(Announced.May(type, Interaction.Create) ? "create is announced and granted" : $"create is granted, and known to work ({Quirks.Name})")}; {Words(how)}; {Words(superseding, type)}";
            return new Rung.Write(draft, Format(draft), how, findable, readable, superseding,
                Announced.SearchesBy(type, "patient"), [.. request.Companions.Select(Accompany)], Quirks, reason);
        }

        private string? WhyNoCreate(string type)
        {
            if (Announced is null)
                return "the EHR's CapabilityStatement could not be read";
            if (Quirks.NoCreate.Contains(type))
                return $"this EHR does not take a {type} ({Quirks.Name})";
            if (!Announced.May(type, Interaction.Create) && !Quirks.CreateUnannounced.Contains(type))
                return $"the EHR does not announce create of {type}";
            return Granted.Allows(type, Interaction.Create) ? null : $"the granted scopes do not allow creating {type}";
        }

        private DocumentFormat? Format(Draft draft) =>
            draft.Kind.IsDocument() ? Quirks.DocumentFormats.Where(draft.Formats.Contains).Select(f => (DocumentFormat?)f).FirstOrDefault() : null;

        private HowSuperseded Superseding(string type, bool readable)
        {
            if (type == "Communication" || !readable || !Granted.Allows(type, Interaction.Update))
                return HowSuperseded.NotAtAll;
            return Announced!.May(type, Interaction.Update) ? HowSuperseded.Update
                : Announced.May(type, Interaction.Patch) && Announced.JsonPatch ? HowSuperseded.Patch
                : HowSuperseded.NotAtAll;
        }

        private PlannedCompanion Accompany(Companion companion)
        {
            var type = companion.Kind.ResourceType();
            if (WhyNoCreate(type) is { } why)
                return new PlannedCompanion(companion, HowAccompanied.NotAtAll, false, false, $"not written: {why}");
            var findable = CanFind(type, "_tag");
            var how = Announced!.Transactions && !Quirks.NoTransaction ? HowAccompanied.InTransaction
                : findable ? HowAccompanied.AfterTarget
                : HowAccompanied.AfterTargetByLedger;
            return new PlannedCompanion(companion, how, findable && Conditional(type), findable, how switch
            {
                HowAccompanied.InTransaction => "in the same transaction",
                HowAccompanied.AfterTarget => "afterwards; its tag is looked for first",
                _ => "afterwards; our own record keeps it single",
            });
        }

        private bool Conditional(string type) => Announced!.ConditionalCreate(type) && !Quirks.NoConditionalCreate;

        private bool CanFind(string type, string parameter) =>
            Announced!.SearchesBy(type, parameter) && Granted.Allows(type, Interaction.Search) && !Quirks.NoIdentifierSearch;

        private static string Words(HowCreated how) => how switch
        {
            HowCreated.ConditionalCreate => "conditional create keeps it single",
            HowCreated.SearchThenCreate => "our identifier is looked for first",
            _ => "only our own record keeps it single",
        };

        private static string Words(HowSuperseded how, string type) => how switch
        {
            HowSuperseded.Update => "an earlier version is marked by update",
            HowSuperseded.Patch => "an earlier version is marked by patch",
            _ when type == "Communication" => "earlier messages stay",
            _ => "an earlier version cannot be marked and is named in the receipt",
        };
    }
}
