using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.Cds;

/// <summary><c>POST /cds-services/{id}</c>: body → shape → gather → assess → cards. The body is read once and parsed once; everything reads from that document.</summary>
internal sealed class CallEndpoint(GatherHook gather, HookCards cards, HookAudit audit, PolicyShelf policies, Facility facility, EhrRegistry ehrs, CdsOptions options, TimeProvider clock)
{
    private static readonly byte[] NoCards = """{"cards":[]}"""u8.ToArray();

    public async Task<IResult> PostAsync(HttpContext context, string id)
    {
        var service = HookServices.ById(id)!; // the guard answered 404 for any other
        if (ReadBody.UnsupportedMediaType(context.Request) is { } why) return new Failure(FailureKind.UnsupportedMediaType, why).ToOperationOutcome();
        using var deadline = Deadline.After(options.Deadline, clock);
        var times = new PhaseTimes();
        using var body = await ReadBody.ReadAsync(context.Request, context.RequestAborted);
        if (body is null) return new Failure(FailureKind.TooLarge, $"The body is larger than {ReadBody.MaxBytes} bytes.").ToOperationOutcome();
        var read = FhirJson.Parse(body.Bytes);
        if (read is not JsonRead.Ok(var document)) return Refuse(((JsonRead.Refused)read).Faults);
        using (document)
        {
            var faults = new List<ReadFault>();
            if (HookRequest.Read(document.RootElement, service, faults) is not { } request) return Refuse(faults);
            times.End("parse");
            return await AnswerAsync(context, service, request, deadline, times);
        }
    }

    private async Task<IResult> AnswerAsync(HttpContext context, HookService service, HookRequest request, Deadline deadline, PhaseTimes times)
    {
        var caller = HookCaller.Of(context);
        var named = ehrs.ByIssuer(request.FhirServer);
        var theirs = named is not null && caller.Ehrs.Contains(named);
        if ((theirs ? named : caller.Ehrs is [var first, ..] ? first : null) is not { } ehr) return new Failure(FailureKind.Forbidden, "No EHR is configured for this caller.").ToOperationOutcome();

        using var data = Data(service, request);
        var (found, faults) = await FindAsync(request, ehr, theirs, data, deadline, times, context.RequestAborted);
        switch (found)
        {
            case null:
                return Refuse(faults);
            case HookFound.CannotRead(var what, var why):
                Time(context, times);
                return new Failure(FailureKind.DataUnavailable, $"{what} could not be read, so nothing can be said about a bone marrow biopsy. {why}").ToOperationOutcome();
            case HookFound.Judged judged:
                context.Response.OnStarting(() =>
                {
                    times.End("present");
                    Time(context, times);
                    return Task.CompletedTask;
                });
                context.Response.ContentType = "application/json";
                var call = Call(service, request, ehr, caller);
                await cards.WriteAsync(call, judged, context.Response.BodyWriter, context.RequestAborted);
                await audit.NoteAsync(call);
                return Results.Empty;
            default:
                Time(context, times);
                return Results.Bytes(NoCards, "application/json");
        }
    }

    internal HookData Data(HookService service, HookRequest request)
    {
        var windowStart = AsOf.Last.AddDays(-PrefetchKey.LookBackDays);
        var where = $"#/context/{(service.Hook is Hook.AppointmentBook ? "appointments" : "draftOrders")}";
        return new(new(request.Drafts, where), [.. PrefetchKey.All.Select(key => Prefetched.Read(key, request.Prefetch, windowStart))]);
    }

    /// <returns>Null with the faults, when the call mixes patients.</returns>
    internal async Task<(HookFound?, IReadOnlyList<ReadFault>)> FindAsync(HookRequest request, EhrOptions ehr, bool theirs, HookData data, Deadline deadline, PhaseTimes times, CancellationToken cancel)
    {
        var asOf = AsOf;
        var gathered = await gather.RunAsync(request, ehr, theirs, data, asOf, deadline, cancel);
        times.End("gather");
        switch (gathered)
        {
            case Gathering.Refused(var faults):
                return (null, faults);
            case Gathering.CannotRead(var what, var why):
                return (new HookFound.CannotRead(what, why), []);
            case Gathering.Ok(var chart, var biopsy, var unseen):
                var judged = Judge(request, data, chart, biopsy, unseen, asOf);
                times.End("assess");
                Instruments.Assessed(judged.Readiness);
                return (judged, []);
            default:
                return (new HookFound.NoBiopsy(), []);
        }
    }

    internal static HookCall Call(HookService service, HookRequest request, EhrOptions ehr, HookCaller caller) => new()
    {
        Service = service,
        HookInstance = request.HookInstance,
        Ehr = ehr,
        Client = caller.Client ?? ehr.Id,
        UserId = request.UserId,
        PatientId = request.PatientId,
        EncounterId = request.EncounterId,
        Selections = request.Selections,
    };

    private PartialDate AsOf => PartialDate.Instant(clock.GetUtcNow(), facility.Zone);

    private HookFound.Judged Judge(HookRequest request, HookData data, Chart chart, SoughtBiopsy sought, IReadOnlyList<Unseen> unseen, PartialDate asOf)
    {
        var policy = policies.Default;
        var biopsy = ((BiopsyFound.Ok)FindBiopsy.From(sought.Request, chart, asOf, facility, policy.Catalogue.Biopsies)).Biopsy;
        if (sought.Assumed is { } day) biopsy = biopsy with { NotJudged = biopsy.NotJudged.Add(new("Date of the biopsy", day.Why, MightHide.Other)) };
        var order = biopsy.Order ?? AppointmentOf(sought, chart, asOf, policy.Catalogue.Biopsies);
        return new()
        {
            Readiness = Assess.Run(new() { Chart = chart, Biopsy = biopsy, AsOf = asOf, Facility = facility }, policy),
            AssessmentId = Id(request, data, policy, asOf),
            Order = order,
            OrderIsDraft = order is not null && data.Drafts.Has(order),
            Drafts = data.Drafts.ByReference,
            Unseen = unseen,
        };
    }

    /// <summary>An appointment on a day that the call itself named decides nothing else, so FindBiopsy does not return it.</summary>
    private static string? AppointmentOf(SoughtBiopsy sought, Chart chart, PartialDate asOf, BiopsyCatalogue catalogue)
    {
        var bookings = FindBiopsy.Pending(sought.Request, chart, catalogue).Bookings;
        return (bookings.FirstOrDefault(b => b.Start?.First == (sought.Request.ProcedureAt ?? asOf).First) ?? bookings.FirstOrDefault())?.Reference;
    }

    /// <summary>
    /// The same data, policy and day give the same id; the token and the number of the call are no part of it. The data go in as their
    /// XxHash128: reading them with SHA-256 cost a tenth of the call (docs/decisions/2026-11-25-id-of-a-hook-assessment.md).
    /// </summary>
    private string Id(HookRequest request, HookData data, Policy policy, PartialDate asOf)
    {
        var input = new XxHash128();
        Part(input, request.Context);
        Part(input, request.Prefetch);
        foreach (var gap in data.Read)
            foreach (var entry in gap.Entries) Part(input, entry.Resource);
        var digest = input.GetCurrentHashAsUInt128();
        var all = $"{policy.Hash}\n{asOf.Last:yyyy-MM-dd};{facility.Zone.Id};{facility.ElevationMeters};{facility.DefaultStart:HH:mm};{facility.ProcedureUnitPhone};{facility.AfterHoursPhone}\n{digest:x32}";
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>Its length first: no two lists of parts run into the same bytes. What is not there is another thing than nothing.</summary>
    private static void Part(XxHash128 hash, FhirElement json)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, json.ValueKind is JsonValueKind.Undefined ? -1 : json.RawUtf8.Length);
        hash.Append(length);
        hash.Append(json.RawUtf8);
    }

    private static void Time(HttpContext context, PhaseTimes times) => context.Response.Headers["Server-Timing"] = times.ToString();

    private static IResult Refuse(IReadOnlyList<ReadFault> faults) =>
        new Failure(FailureKind.BadRequest, "The call cannot be used.", [.. faults.Select(f => new Fault(f.Where, f.What))]).ToOperationOutcome();
}
