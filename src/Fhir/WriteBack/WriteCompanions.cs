using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// Provenance and AuditEvent of one target. In the same transaction where there are transactions; else afterwards, found again by their
/// <c>meta.tag</c>. They have no identifier in R4.
/// </summary>
internal sealed class WriteCompanions(Run run, Purpose purpose, Rung.Write rung)
{
    private sealed record Tagged(PlannedCompanion Planned, string System, string Tag)
    {
        public DraftKind Kind => Planned.Companion.Kind;

        public string Token => $"{System}|{Tag}";

        public FhirQuery? IfNoneExist => Planned.Conditional ? FhirQuery.Of(("_tag", Token)) : null;
    }

    private readonly ImmutableArray<Tagged> _all = [.. rung.Companions.Select(c => new Tagged(
        c, $"urn:biopsyfhir:{c.Companion.Kind.Slug()}", Keys.ForCompanion(c.Companion.Kind, rung.Draft.Keys)))];

    /// <summary>
    /// The target, which is certainly absent, and its companions in one transaction. Null when there is none to be had, or the server
    /// refused it as a whole (nothing was written then): the target is created by itself.
    /// </summary>
    public async Task<(FhirResult<WriteAnswer> Target, ImmutableArray<Receipt> Receipts)?> TogetherAsync(ReadOnlyMemory<byte> target, FhirQuery? ifNoneExist, CancellationToken ct)
    {
        var uuid = Keys.Uuid(rung.Draft.Keys.CreationToken);
        var together = new List<(Tagged Companion, ReadOnlyMemory<byte> Json)>();
        var certainlyNot = false;
        try
        {
            foreach (var companion in _all.Where(c => c.Planned.How == HowAccompanied.InTransaction))
            {
                // One that an earlier run began is welcome too: its target is certainly absent, so it is as well.
                var (json, fault) = Build(companion, uuid);
                if (fault is null && await run.BeginAsync(Entry(companion), ct).ConfigureAwait(false) is { Begun: LedgerBegin.Began or LedgerBegin.BegunBefore })
                    together.Add((companion, json));
            }

            if (together.Count == 0)
                return null;
            var keyed = ifNoneExist is not null && together.TrueForAll(c => c.Companion.IfNoneExist is not null);
            var answer = await run.Client.TransactionAsync(Bundle(uuid, target, ifNoneExist, together), keyed, ct).ConfigureAwait(false);
            if (!answer.Got(out var done, out var failure))
            {
                certainlyNot = !failure.OutcomeUnknown;
                return failure.OutcomeUnknown || failure is FhirFailure.Unauthorised or FhirFailure.Busy or FhirFailure.Unavailable or FhirFailure.TimedOut
                    ? (failure, [])
                    : null;
            }

            var first = done.Entries.FirstOrDefault();
            if (first is { Succeeded: false })
            {
                certainlyNot = true;
                return (new FhirFailure.Refused { Status = first.Status, Issues = first.Issues }, []);
            }

            var receipts = ImmutableArray.CreateBuilder<Receipt>();
            for (var i = 0; i < together.Count; i++)
            {
                var entry = done.Entries.Length > i + 1 ? done.Entries[i + 1] : null;
                if (entry is { Succeeded: false })
                    continue; // A server that calls it a transaction and does not roll back: it is tried by itself afterwards.
                await run.CompleteAsync(Entry(together[i].Companion), entry?.Address?.Reference).ConfigureAwait(false);
                receipts.Add(Receipt(together[i].Companion, entry?.Status == 200 ? ReceiptState.AlreadyThere : ReceiptState.Created, "in the same transaction", entry?.Address));
            }

            return (new WriteAnswer(done.Status, first?.Address, first?.ETag, AlreadyThere: ifNoneExist is not null && first?.Status == 200), receipts.ToImmutable());
        }
        finally
        {
            // Completed ones are not touched by this.
            foreach (var (companion, _) in together)
                await run.LetGoAsync(Entry(companion), certainlyNot).ConfigureAwait(false);
        }
    }

    /// <summary>Those that are not there yet, once the target is.</summary>
    public async Task<ImmutableArray<Receipt>> AfterAsync(Receipt target, TargetHistory history, ImmutableArray<Receipt> accompanied, CancellationToken ct)
    {
        var receipts = ImmutableArray.CreateBuilder<Receipt>();
        foreach (var companion in _all.Where(c => !accompanied.Any(a => a.Kind == c.Kind)))
        {
            if (companion.Planned.How == HowAccompanied.NotAtAll)
                receipts.Add(Receipt(companion, ReceiptState.NotSupported, companion.Planned.Reason));
            else if (target.Reference is null)
                receipts.Add(Receipt(companion, ReceiptState.NotAttempted, "the reference of its target is not known"));
            else if (ct.IsCancellationRequested)
                receipts.Add(Receipt(companion, ReceiptState.NotAttempted, "the run was stopped before"));
            else
                receipts.Add(await AfterAsync(companion, target.Reference, history, ct).ConfigureAwait(false));
        }

        return receipts.ToImmutable();
    }

    private async Task<Receipt> AfterAsync(Tagged companion, string target, TargetHistory history, CancellationToken ct)
    {
        var mayBeThere = false;
        var settled = false;
        try
        {
            var (begun, whyNot) = await run.BeginAsync(Entry(companion), ct).ConfigureAwait(false);
            if (begun is null)
                return Receipt(companion, ReceiptState.NotAttempted, whyNot!);
            if (begun is LedgerBegin.Done { Entry: var done })
            {
                settled = true;
                return Receipt(companion, ReceiptState.AlreadyThere, "it was written by an earlier run", null) with { Reference = done.Reference };
            }

            mayBeThere = begun is LedgerBegin.BegunBefore;
            try
            {
                var doubt = Doubt(companion, history, mayBeThere);
                var (receipt, certain) = await SettleAsync(companion, target, doubt, () => mayBeThere = true, ct).ConfigureAwait(false);
                if (certain)
                    mayBeThere = begun is LedgerBegin.BegunBefore;
                settled = receipt.IsThere;
                if (settled)
                    await run.CompleteAsync(Entry(companion), receipt.Reference).ConfigureAwait(false);
                return receipt;
            }
            finally
            {
                if (!settled)
                    await run.LetGoAsync(Entry(companion), nothingWritten: !mayBeThere).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return mayBeThere
                ? Receipt(companion, ReceiptState.Failed, "stopped before the EHR answered; the next run looks for it first")
                : Receipt(companion, ReceiptState.NotAttempted, "the run was stopped before");
        }
    }

    /// <summary>What to answer when it cannot be searched for and may be there; null when it cannot be there yet.</summary>
    private static (ReceiptState State, string Reason)? Doubt(Tagged companion, TargetHistory history, bool begunBefore)
    {
        if (history == TargetHistory.NewAlone || (history == TargetHistory.Recorded && !begunBefore))
            return null;
        return companion.Planned.How == HowAccompanied.InTransaction
            ? (ReceiptState.AlreadyThere, "in the same transaction as its target")
            : (ReceiptState.Failed, "an earlier run may have written it, and the EHR cannot be searched for it");
    }

    /// <summary>The receipt, and whether a failure means for certain that nothing was written.</summary>
    private async Task<(Receipt Receipt, bool Certain)> SettleAsync(Tagged companion, string target, (ReceiptState State, string Reason)? doubt, Action sending, CancellationToken ct)
    {
        var absenceShown = false;
        if (companion.Planned.Findable)
        {
            var (found, shown, failure) = await FindAsync(companion, ct).ConfigureAwait(false);
            if (found is not null)
                return (Receipt(companion, ReceiptState.AlreadyThere, "it is there already", found), true);
            if (failure is not (null or FhirFailure.Refused or FhirFailure.Forbidden or FhirFailure.NotFound))
                return (Receipt(companion, ReceiptState.Failed, $"it could not be looked for: {failure.Sentence}"), true);
            absenceShown = shown;
        }

        if (doubt is { } inDoubt && !absenceShown && companion.IfNoneExist is null)
            return (Receipt(companion, inDoubt.State, inDoubt.Reason), true);

        var (json, fault) = Build(companion, target);
        if (fault is not null)
            return (Receipt(companion, ReceiptState.Failed, fault), true);
        sending();
        var answer = await run.Client.CreateAsync(companion.Kind.ResourceType(), json, companion.IfNoneExist, ct).ConfigureAwait(false);
        if (answer.Got(out var created, out var refused))
            return (Receipt(companion, created.AlreadyThere ? ReceiptState.AlreadyThere : ReceiptState.Created, created.AlreadyThere ? "it is there already" : "created", created.Address), true);
        if (refused.OutcomeUnknown)
        {
            var (found, _, _) = companion.Planned.Findable ? await FindAsync(companion, ct).ConfigureAwait(false) : (null, false, null);
            return found is not null
                ? (Receipt(companion, ReceiptState.Created, "created, found by its tag after the answer was lost", found), true)
                : (Receipt(companion, ReceiptState.Failed, $"{refused.Sentence} It may have been written; the next run looks for it first."), false);
        }

        var unsupported = refused is FhirFailure.Forbidden or FhirFailure.NotFound || refused.Status is 405 or 501;
        return (Receipt(companion, unsupported ? ReceiptState.NotSupported : ReceiptState.Failed, refused.Sentence) with { Issues = refused.Issues }, true);
    }

    private async Task<(ResourceAddress? Found, bool AbsenceShown, FhirFailure? Failure)> FindAsync(Tagged companion, CancellationToken ct)
    {
        var type = companion.Kind.ResourceType();
        var answer = await run.Client.SearchAsync(type, FhirQuery.Of(("_tag", companion.Token)), ct).ConfigureAwait(false);
        if (!answer.Got(out var result, out var failure))
            return (null, false, failure);
        using (result)
        {
            var id = result.Matches.Where(m => OurCopies.IsTagged(m, companion.System, companion.Tag)).Select(m => m.Text("id")).FirstOrDefault(i => i is not null);
            return (id is null ? null : new ResourceAddress(type, id), result.ShowsAbsence, null);
        }
    }

    private (ReadOnlyMemory<byte> Json, string? Fault) Build(Tagged companion, string target) => CheckDraft.Build(
        () => companion.Planned.Companion.Build(new CompanionInput(rung.Kind, target, companion.System, companion.Tag)),
        json => CheckDraft.Fault(json, companion.Kind, companion.System, companion.Tag));

    private LedgerKey Entry(Tagged companion) => new(companion.Token, companion.Token, run.Request.ConfirmedAt);

    private Receipt Receipt(Tagged companion, ReceiptState state, string reason, ResourceAddress? at = null) =>
        run.Receipt(purpose, companion.Kind, state, reason) with { Reference = at?.Reference };

    private byte[] Bundle(string uuid, ReadOnlyMemory<byte> target, FhirQuery? ifNoneExist, List<(Tagged Companion, ReadOnlyMemory<byte> Json)> together)
    {
        var buffer = new ArrayBufferWriter<byte>(target.Length + 4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resourceType", "Bundle");
            json.WriteString("type", "transaction");
            json.WriteStartArray("entry");
            Entry(json, uuid, target, rung.Kind.ResourceType(), ifNoneExist);
            foreach (var (companion, resource) in together)
                Entry(json, Keys.Uuid(companion.Token), resource, companion.Kind.ResourceType(), companion.IfNoneExist);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Entry(Utf8JsonWriter json, string fullUrl, ReadOnlyMemory<byte> resource, string type, FhirQuery? ifNoneExist)
    {
        json.WriteStartObject();
        json.WriteString("fullUrl", fullUrl);
        json.WritePropertyName("resource");
        json.WriteRawValue(resource.Span);
        json.WriteStartObject("request");
        json.WriteString("method", "POST");
        json.WriteString("url", type);
        if (ifNoneExist is not null)
            json.WriteString("ifNoneExist", ifNoneExist.ToHeader());
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
