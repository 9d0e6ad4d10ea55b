using System.Collections.Immutable;
using System.Text;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Delivery;

/// <summary>What one attempt to send came to.</summary>
public abstract record SendResult(ImmutableArray<Receipt> Receipts)
{
    /// <param name="Without">What could not go along, in words; null when everything did.</param>
    public sealed record Sent(string? Reference, string? Without, ImmutableArray<Receipt> Receipts) : SendResult(Receipts);

    /// <summary>Another try would not change it.</summary>
    public sealed record NotPossible(string Why, ImmutableArray<Receipt> Receipts) : SendResult(Receipts);

    /// <param name="Reference">Of what is in the chart already while something that belongs to it is still owed: its print, its Provenance.</param>
    public sealed record TryAgain(string Why, ImmutableArray<Receipt> Receipts, string? Reference = null) : SendResult(Receipts);
}

/// <summary>One delivery -> a DocumentReference or Communication in the EHR, through its backend client and the same write-back as a signed plan.</summary>
public sealed class SendDelivery(EhrRegistry registry, EhrCharts ehrs, CapabilitiesShelf capabilities, HandoutShelf handouts, PrintHandout print, QueueDeliveries queue, IWriteLedger ledger, TimeProvider clock)
{
    public static readonly TimeSpan PerDelivery = TimeSpan.FromSeconds(60);

    /// <summary>Longer than any delivery lasts, and no longer than needed: after a crash the next one waits for it.</summary>
    private static readonly TimeSpan Hold = PerDelivery + TimeSpan.FromSeconds(30);

    public async Task<SendResult> SendAsync(DeliveryRow row, CancellationToken cancel)
    {
        if (registry.ById(row.EhrId) is not { BackendClientId: not null } ehr) return new SendResult.NotPossible("this EHR is no longer configured for automation", []);
        if (!queue.IsAsQueued(row)) return new SendResult.NotPossible("its row was changed behind the service; nothing was sent", []);
        using var deadline = Deadline.After(PerDelivery, clock);
        var client = ehrs.ForBackend(ehr).Within(deadline);
        if (await capabilities.GetAsync(ehr, client, cancel) is not { } announced) return new SendResult.TryAgain("what the EHR can do could not be read", []);
        var (request, without, why) = row.Kind == "leaflet" ? await LeafletAsync(row, ehr, client, cancel) : (Message(row, ehr), null, null);
        if (request is null) return why!;
        var (quirks, faults) = Quirks.Read(ehr.ChartQuirks);
        if (quirks is null) throw new InvalidOperationException(string.Join(" ", faults)); // refused at start
        var plan = PlanWriteBack.For(request, announced, Scopes.Parse(ScopesToAsk.ForBackend(ehr, quirks)), quirks);
        var outcome = await new RunWriteBack(client, ledger, clock, Hold).RunAsync(plan, cancel);

        var receipts = outcome.Receipts;
        var there = receipts.FirstOrDefault(r => r.IsThere && r.Kind is not DraftKind.Provenance);
        // Where one document is enough, the other is not owed.
        var owed = receipts.Where(r => r.State is ReceiptState.Failed or ReceiptState.NotAttempted && (r.Kind is DraftKind.Provenance || there is null || !quirks.OneAttachment)).ToList();
        if (there is not null)
            return owed.Count == 0
                ? new SendResult.Sent(there.Reference, without, receipts)
                : new SendResult.TryAgain(string.Join("; ", owed.Select(r => $"without {r.Kind.Slug()}: {r.Reason}").Distinct()), receipts, there.Reference);
        var reasons = string.Join("; ", receipts.Where(r => r.Kind is not DraftKind.Provenance).Select(r => r.Reason).Distinct());
        return owed.Count == 0 ? new SendResult.NotPossible(reasons, receipts) : new SendResult.TryAgain(reasons, receipts);
    }

    /// <summary>The leaflet in the language that the chart prefers; the patient is read for it.</summary>
    private async Task<(WriteBackRequest? Request, string? Without, SendResult? Stop)> LeafletAsync(DeliveryRow row, EhrOptions ehr, FhirClient client, CancellationToken cancel)
    {
        var read = await client.ReadAsync(row.Patient, cancel);
        if (!read.Got(out var patient, out var failure)) return (null, null, new SendResult.TryAgain($"the patient could not be read: {failure.Sentence}", []));
        HandoutResult leaflet;
        using (patient) leaflet = handouts.Leaflet(LanguageOf(patient.Root), IsChild(patient.Root, row));
        if (leaflet is HandoutResult.Refused(var why)) return (null, null, new SendResult.NotPossible(string.Join(" ", why), []));
        var handout = ((HandoutResult.Ready)leaflet).Handout;

        var html = HandoutHtml.Render(handout, new());
        var printed = await print.AsPdfAsync(html, cancel);
        var without = printed switch { Printed.Off(var off) => $"without PDF: {off}", Printed.Failed(var failed) => $"without PDF: {failed}", _ => null };
        var title = $"{handout.Text.Words["title"]} ({handout.Text.Name})";
        var content = Encoding.UTF8.GetBytes($"leaflet {handout.Text.Language} {handout.Text.Version}");
        var drafts = ImmutableArray.CreateBuilder<Draft>();
        var (page, paper) = (KeysOf(DraftKind.EducationDocument), KeysOf(DraftKind.EducationPrint));
        drafts.Add(new(page, input => DocumentJson.Write(DocumentKind.Education, new("text/html;charset=utf-8", handout.Text.Language, Encoding.UTF8.GetBytes(html), handout.Text.Words["title"]),
            title, row.CreatedAt, Context(page), input.Replaces))
        { Formats = [DocumentFormat.Html] });
        if (printed is Printed.Ok(var sheet))
            drafts.Add(new(paper, input => DocumentJson.Write(DocumentKind.EducationPrint, new("application/pdf", handout.Text.Language, sheet, handout.Text.Words["title"]),
                title, row.CreatedAt, Context(paper), input.Replaces, input.Written.GetValueOrDefault(DraftKind.EducationDocument)))
            { Formats = [DocumentFormat.Pdf] });
        return (new(row.Patient, row.CreatedAt, drafts.ToImmutable(), [ProvenanceOf([ProvenanceJson.PolicyOf(handout.Text)], Context(page))]), without, null);

        // The series of the signed handout: it replaces this leaflet.
        DraftKeys KeysOf(DraftKind kind) => Keys.For(kind, ehr.Issuer, row.Patient, Order(row) ?? row.BiopsyDate ?? "undated", content);
        WriteContext Context(DraftKeys keys) => ContextOf(row, keys, null, null);
    }

    private WriteBackRequest Message(DeliveryRow row, EhrOptions ehr)
    {
        var payload = queue.Unprotect(row.Payload!);
        var keys = Keys.For(DraftKind.PatientCommunication, ehr.Issuer, row.Patient, Order(row) ?? row.BiopsyDate ?? "undated", Encoding.UTF8.GetBytes(row.Id), $"{row.Kind} {row.Id}");
        return new(row.Patient, row.CreatedAt,
            [new(keys, _ => PatientMessageJson.Write(payload.Text, clock.GetUtcNow(), ContextOf(row, keys, payload.Author, payload.AuthorName), null)) { HasAuthor = payload.Author.Contains("Practitioner/", StringComparison.Ordinal) }],
            [ProvenanceOf(payload.Policies ?? [], payload.AuthorSigned ? ContextOf(row, keys, payload.Author, payload.AuthorName) : ContextOf(row, keys, null, null))]);
    }

    private Companion ProvenanceOf(ImmutableArray<string> policies, WriteContext context) =>
        new(DraftKind.Provenance, input => ProvenanceJson.OfAutomation(policies, clock.GetUtcNow(), context, [input.Target], input.Tag));

    private static WriteContext ContextOf(DeliveryRow row, DraftKeys keys, string? author, string? name) => new(row.Patient, Order(row), null, author, name, ConfirmPlan.Device, keys.Creation, keys.Series);

    private static string? Order(DeliveryRow row) => row.OrderRef?.StartsWith("ServiceRequest/", StringComparison.Ordinal) is true ? row.OrderRef : null;

    /// <summary>Under 18 on the day of the biopsy, or today where no day is known; without a birth date the adult's text, which says nothing wrong to a child.</summary>
    private static bool IsChild(FhirElement patient, DeliveryRow row) =>
        Age.OnDay(FhirDates.Read(patient.Text("birthDate"), TimeZoneInfo.Utc), row.BiopsyDate is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : DateOnly.FromDateTime(row.CreatedAt.UtcDateTime)) is < 18;

    /// <summary>The preferred language, else the only one, as two letters; English where the chart says none.</summary>
    private static string LanguageOf(FhirElement patient)
    {
        var spoken = patient.Items("communication").ToList();
        var chosen = spoken.Where(c => c.Flag("preferred") is true).Concat(spoken.Count == 1 ? spoken : []).Select(c => c.Member("language").Items("coding").Select(k => k.Text("code")).FirstOrDefault())
            .OfType<string>().FirstOrDefault();
        return chosen is { Length: >= 2 } code ? code[..2].ToLowerInvariant() : "en";
    }
}
