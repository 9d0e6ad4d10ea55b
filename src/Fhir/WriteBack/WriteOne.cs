using System.Collections.Immutable;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// One resource, exactly once: begin in the ledger, look for earlier ones, create, mark the earlier ones, add what accompanies it.
/// </summary>
internal sealed class WriteOne(Run run, Purpose purpose, Rung.Write rung, ImmutableDictionary<DraftKind, string> written)
{
    private readonly DraftKeys _keys = rung.Draft.Keys;
    private readonly string _type = rung.Kind.ResourceType();
    private readonly MarkStatus _mark = new(run.Client);
    private readonly WriteCompanions _companions = new(run, purpose, rung);

    /// <summary>Something may be on the server that we do not know of yet.</summary>
    private bool _mayBeThere;

    private ImmutableArray<OurCopy> _earlier = [];

    /// <summary>It is there, with what went in the same transaction; or the step ends here.</summary>
    private sealed record Settled(Receipt? There, TargetHistory History, ImmutableArray<Receipt> Accompanied, StepTaken? End)
    {
        public static implicit operator Settled(StepTaken end) => new(null, default, [], end);
    }

    public async Task<StepTaken> RunAsync(CancellationToken ct)
    {
        var entry = run.Entry(_keys);
        var settled = false;
        try
        {
            var (begun, whyNot) = await run.BeginAsync(entry, ct).ConfigureAwait(false);
            if (begun is null)
                return Ended(ReceiptState.NotAttempted, whyNot!, tryNext: false);
            _mayBeThere = begun is LedgerBegin.BegunBefore;
            try
            {
                var (there, history, accompanied, end) = await SettleAsync(begun, ct).ConfigureAwait(false);
                if (there is null)
                    return end!;
                settled = true;
                if (!await run.CompleteAsync(entry, there.Reference).ConfigureAwait(false))
                    there = there with { Reason = $"{there.Reason}; our own record of it could not be kept" };
                there = there with { Earlier = await MarkEarlierAsync(ct).ConfigureAwait(false) };
                var after = await _companions.AfterAsync(there, history, accompanied, ct).ConfigureAwait(false);
                return new StepTaken([there, .. accompanied, .. after], TryNext: false, SessionOver: false);
            }
            finally
            {
                if (!settled)
                    await run.LetGoAsync(entry, nothingWritten: !_mayBeThere).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!settled)
        {
            return _mayBeThere
                ? Ended(ReceiptState.Failed, "stopped before the EHR answered; the next run looks for it first", tryNext: false)
                : Ended(ReceiptState.NotAttempted, "the run was stopped before", tryNext: false);
        }
    }

    /// <summary>Gets it onto the server, or finds it there, or says why neither.</summary>
    private async Task<Settled> SettleAsync(LedgerBegin begun, CancellationToken ct)
    {
        var (copies, absenceShown, whyNot, failure) = await LookAsync(ct).ConfigureAwait(false);
        if (whyNot is not null)
            return Ended(ReceiptState.Failed, $"earlier versions could not be looked for: {whyNot}", tryNext: false, failure);

        var same = copies.Where(c => c.SameContent).ToList();
        var others = copies.Where(c => !c.SameContent && c.IsCurrent).ToList();
        _earlier = [.. others.Where(o => o.AuthoredAt is null || o.AuthoredAt <= run.Request.ConfirmedAt)];
        var history = begun is LedgerBegin.Began ? TargetHistory.FoundUnrecorded : TargetHistory.Recorded;
        var recorded = (begun as LedgerBegin.Done)?.Entry;
        // This very confirmation was carried out before: nothing is to be changed by its repeat.
        var repeat = recorded is not null && recorded.ConfirmedAt >= run.Request.ConfirmedAt;

        if (same.Find(c => c.IsCurrent) is { } current)
            return There(current, "it is there already", history);
        if (repeat)
            return same.Count > 0 ? await ExistingAsync(same[0].Address, true, history, ct).ConfigureAwait(false) : await RecordedAsync(recorded!, true, ct).ConfigureAwait(false);
        if (others.Find(o => o.AuthoredAt > run.Request.ConfirmedAt) is { } newer)
            return Ended(ReceiptState.NotAttempted, $"a later confirmation is there already ({newer.Address})", tryNext: false);
        if (same.Count > 0)
            return await ExistingAsync((same.Find(c => c.WasSuperseded) ?? same[0]).Address, false, history, ct).ConfigureAwait(false);
        if (recorded is not null)
            return await RecordedAsync(recorded, false, ct).ConfigureAwait(false);
        if (_mayBeThere && !absenceShown && rung.How != HowCreated.ConditionalCreate)
            return Ended(ReceiptState.Failed, "an earlier run sent it and had no answer, and the EHR cannot be searched for it; look in the chart before it is sent again", tryNext: false);
        return await CreateAsync(absenceShown, ct).ConfigureAwait(false);
    }

    private async Task<(ImmutableArray<OurCopy> Copies, bool AbsenceShown, string? WhyNot, FhirFailure? Failure)> LookAsync(CancellationToken ct)
    {
        if (await run.FindSeriesAsync(_keys.SeriesToken, ct).ConfigureAwait(false) is not { } recorded)
            return ([], false, Run.NoLedger, null);
        var known = recorded
            .Where(e => e.Completed)
            .Select(e => run.Client.Server.Addresses.TryReadReference(e.Reference, out var at) ? (Entry: e, At: at) : default)
            .Where(e => e.At is not null)
            .ToList();
        if (rung.Findable)
        {
            var found = await OurCopies.FindAsync(run.Client, rung, run.Request.Patient, _keys.SeriesToken, ct).ConfigureAwait(false);
            if (found.Got(out var ours, out var failure))
                return ([.. ours.Copies.Select(Latest)], ours.AbsenceShown, null, null);
            // Announced but refused: go on as with a server that cannot be searched. Anything else is worth a later run.
            if (failure is not (FhirFailure.Refused or FhirFailure.Forbidden or FhirFailure.NotFound))
                return ([], false, failure.Sentence, failure);
        }

        return ([.. known
            .Where(e => e.Entry.Key != _keys.CreationToken)
            .Select(e => new OurCopy(e.At!, Lifecycle.Current(_type), false, e.Entry.ConfirmedAt, null))], false, null, null);

        // One that was made current again was confirmed later than the time written in it.
        OurCopy Latest(OurCopy copy)
        {
            var confirmed = known.Where(e => e.At == copy.Address).Select(e => (DateTimeOffset?)e.Entry.ConfirmedAt).Max();
            return confirmed > (copy.AuthoredAt ?? DateTimeOffset.MinValue) ? copy with { AuthoredAt = confirmed } : copy;
        }
    }

    /// <summary>Our record says that it was written, and no search showed it.</summary>
    private async Task<Settled> RecordedAsync(LedgerEntry entry, bool repeat, CancellationToken ct)
    {
        if (!rung.Readable || !run.Client.Server.Addresses.TryReadReference(entry.Reference, out var at))
            return new Settled(Receipt(ReceiptState.AlreadyThere, "it was written by an earlier run, by our own record", entry.Reference), TargetHistory.Recorded, [], null);
        return await ExistingAsync(at, repeat, TargetHistory.Recorded, ct).ConfigureAwait(false);
    }

    /// <summary>One of ours that is on the server, or was: what it is now decides.</summary>
    private async Task<Settled> ExistingAsync(ResourceAddress at, bool repeat, TargetHistory history, CancellationToken ct)
    {
        _mayBeThere = true;
        var read = await run.Client.ReadAsync(at.Reference, ct).ConfigureAwait(false);
        if (!read.Got(out var resource, out var failure))
        {
            return failure is FhirFailure.NotFound or FhirFailure.Gone
                ? Ended(ReceiptState.Failed, $"it was written as {at} and has been removed in the EHR since; it is not written again", tryNext: false)
                : new Settled(Receipt(ReceiptState.AlreadyThere, $"it was written by an earlier run; asked now: {failure.Sentence}", at.Reference), history, [], null);
        }

        using (resource)
        {
            var status = resource.Root.Text("status");
            if (status == "entered-in-error")
                return Ended(ReceiptState.Failed, $"it was written as {at} and marked as entered in error in the EHR; it is not written again", tryNext: false);
            if (status != Lifecycle.Superseded(_type))
                return new Settled(Receipt(ReceiptState.AlreadyThere, $"it is there already, as {status ?? "one without status"}", at.Reference, resource.ETag), history, [], null);
            if (repeat)
            {
                _earlier = []; // It is the earlier one itself now.
                return new Settled(Receipt(ReceiptState.AlreadyThere, "it was written, and replaced by a later version since", at.Reference, resource.ETag), history, [], null);
            }
        }

        var problem = await _mark.AsAsync(at, Lifecycle.Current(_type), _keys, rung.Superseding, s => s == Lifecycle.Superseded(_type), ct).ConfigureAwait(false);
        return problem is null
            ? new Settled(Receipt(ReceiptState.AlreadyThere, "an earlier version with the same content was made current again", at.Reference), history, [], null)
            : Ended(ReceiptState.Failed, $"an earlier version with the same content ({at}) could not be made current again: {problem}", tryNext: false);
    }

    /// <param name="absenceShown">A search just showed that it is not there.</param>
    /// <param name="ct">The caller's cancellation.</param>
    private async Task<Settled> CreateAsync(bool absenceShown, CancellationToken ct)
    {
        ImmutableArray<string> replaces = _type == "Communication" ? [] : [.. _earlier.Select(e => e.Address.Reference)];
        var (json, fault) = CheckDraft.Build(() => rung.Draft.Build(new BuildInput(rung.Format, replaces, written)), j => CheckDraft.Fault(j, rung));
        if (fault is not null)
            return Ended(ReceiptState.Failed, fault, tryNext: true);

        var begunBefore = _mayBeThere;
        _mayBeThere = true;
        var ifNoneExist = rung.How == HowCreated.ConditionalCreate ? FhirQuery.Of(("identifier", _keys.CreationToken)) : null;
        var together = absenceShown || !begunBefore ? await _companions.TogetherAsync(json, ifNoneExist, ct).ConfigureAwait(false) : null;
        var answer = together?.Target ?? await run.Client.CreateAsync(_type, json, ifNoneExist, ct).ConfigureAwait(false);
        var history = begunBefore || together is not null ? TargetHistory.Recorded : TargetHistory.FoundUnrecorded;
        if (answer.Got(out var answered, out var failure))
        {
            // Absent a moment ago and there now: our own first attempt, whose answer was lost.
            if (answered.AlreadyThere && absenceShown)
                answered = answered with { AlreadyThere = false };
            if (answered is { AlreadyThere: true, Address: { } there } && rung.Readable)
                return await ExistingAsync(there, false, history, ct).ConfigureAwait(false);
            var at = answered.Address ?? (await FindCreatedAsync(ct).ConfigureAwait(false))?.Address;
            var receipt = answered.AlreadyThere
                ? Receipt(ReceiptState.AlreadyThere, "it is there already", at?.Reference, answered.ETag)
                : Receipt(ReceiptState.Created, at is null ? "created; the EHR did not say as what" : "created", at?.Reference, answered.ETag);
            return new Settled(receipt, answered.AlreadyThere ? history : together is null ? TargetHistory.NewAlone : TargetHistory.Recorded, together?.Receipts ?? [], null);
        }

        if (failure is FhirFailure.PreconditionFailed && ifNoneExist is not null)
            return new Settled(Receipt(ReceiptState.AlreadyThere, "it is there already, more than once", (await FindCreatedAsync(ct).ConfigureAwait(false))?.Address.Reference), history, [], null);
        if (failure.OutcomeUnknown)
        {
            return await FindCreatedAsync(ct).ConfigureAwait(false) is { } found
                ? new Settled(Receipt(ReceiptState.Created, "created, found by its identifier after the answer was lost", found.Address.Reference, found.ETag),
                    together is null ? TargetHistory.NewAlone : TargetHistory.Recorded, [], null)
                : Ended(ReceiptState.Failed, $"{failure.Sentence} It may have been written; the next run looks for it first.", tryNext: false, failure);
        }

        _mayBeThere = begunBefore;
        var unsupported = failure is FhirFailure.Forbidden or FhirFailure.NotFound || failure.Status is 405 or 501;
        var passing = failure is FhirFailure.Unavailable or FhirFailure.Busy or FhirFailure.TimedOut;
        return Ended(unsupported ? ReceiptState.NotSupported : ReceiptState.Failed, failure.Sentence, tryNext: !begunBefore && !passing, failure);
    }

    private async Task<OurCopy?> FindCreatedAsync(CancellationToken ct)
    {
        if (!rung.Findable)
            return null;
        var found = await OurCopies.FindAsync(run.Client, rung, run.Request.Patient, _keys.CreationToken, ct).ConfigureAwait(false);
        return found.Got(out var ours, out _) ? ours.Copies.Where(c => c.SameContent).OrderByDescending(c => c.IsCurrent).FirstOrDefault() : null;
    }

    private async Task<ImmutableArray<EarlierVersion>> MarkEarlierAsync(CancellationToken ct)
    {
        var earlier = ImmutableArray.CreateBuilder<EarlierVersion>();
        foreach (var copy in _earlier)
        {
            var problem = _type == "Communication" ? "messages stay as they were sent"
                : !Lifecycle.MayMark(_type, copy.Status) ? $"it is {copy.Status} in the EHR, which is left as it is"
                : await MarkAsync(copy, ct).ConfigureAwait(false);
            earlier.Add(new EarlierVersion(copy.Address.Reference, problem is null, problem));
        }

        return earlier.ToImmutable();
    }

    private async Task<string?> MarkAsync(OurCopy copy, CancellationToken ct)
    {
        try
        {
            return await _mark.AsAsync(copy.Address, Lifecycle.Superseded(_type)!, _keys, rung.Superseding, s => Lifecycle.MayMark(_type, s), ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return "the run was stopped before the EHR answered";
        }
    }

    private Settled There(OurCopy copy, string reason, TargetHistory history) =>
        new(Receipt(ReceiptState.AlreadyThere, reason, copy.Address.Reference, copy.ETag), history, [], null);

    private Receipt Receipt(ReceiptState state, string reason, string? reference, string? version = null) =>
        run.Receipt(purpose, rung.Kind, state, reason) with { Reference = reference, Version = version };

    private StepTaken Ended(ReceiptState state, string reason, bool tryNext, FhirFailure? failure = null) =>
        new([run.Receipt(purpose, rung.Kind, state, reason) with { Issues = failure?.Issues ?? [] }], tryNext, failure is FhirFailure.Unauthorised);
}

/// <summary>What is known about a target's past: decides whether a Provenance of it may exist that cannot be searched for.</summary>
internal enum TargetHistory
{
    /// <summary>Created just now by itself: nothing can speak of it yet.</summary>
    NewAlone,

    /// <summary>Written by this ledger's runs, whose record of the companions can be trusted.</summary>
    Recorded,

    /// <summary>Met on the server without a record of ours (the database was lost).</summary>
    FoundUnrecorded,
}
