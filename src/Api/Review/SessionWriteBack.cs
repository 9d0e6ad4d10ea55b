using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Review;

/// <summary>The chosen findings, as JSON (contract section 4). A finding that is not named counts as accepted.</summary>
/// <param name="Settings">The same names as on the review page: procedureAt, policy, indication, site, sedation, escort.</param>
/// <param name="Formats">Of the handout: html. Another format is refused, not left out.</param>
public sealed record WriteBackBody(IReadOnlyList<DecisionBody>? Decisions = null, string Language = "en", IReadOnlyList<string>? Formats = null, Dictionary<string, string>? Settings = null);

/// <param name="Finding">Key: rule and subject, R-HOLD:apixaban.</param>
/// <param name="Choice">accept, change or dismiss.</param>
public sealed record DecisionBody(string Finding, Choice Choice, string? Reason = null, DateOnly? LastDoseDate = null, DateOnly? ResumeDate = null);

/// <summary>A receipt per resource.</summary>
/// <param name="State">created, already-there, not-supported, failed or not-attempted.</param>
public sealed record ReceiptBody(string Resource, string Kind, string State, string? Reference, string Reason);

public sealed record WriteBackAnswer(IReadOnlyList<ReceiptBody> Receipts, IReadOnlyList<string> ToDownload, string? HandoutRefused);

/// <summary><c>POST /api/v1/sessions/{id}/write-back</c>: the JSON twin of signing on the page.</summary>
public static partial class SessionWriteBack
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    public static void MapSessionWriteBack(this WebApplication app) =>
        app.MapSessionApi().MapPost("/write-back", PostAsync).WithName("WriteBack").WithSummary("Write a signed plan back.").Accepts<WriteBackBody>("application/json").Produces<WriteBackAnswer>();

    private static async Task<IResult> PostAsync(HttpContext http, SmartSession session, ChartShelf charts, ConfirmPlan confirm, PolicyShelf policies, Facility facility, TimeProvider clock)
    {
        WriteBackBody? body;
        try
        {
            body = await JsonSerializer.DeserializeAsync<WriteBackBody>(http.Request.Body, Json, http.RequestAborted);
        }
        catch (JsonException e)
        {
            return new Failure(FailureKind.BadRequest, "The body is not the expected JSON.", [new(e.Path ?? "$", "cannot be read here")]).ToProblem();
        }
        if (body is null) return new Failure(FailureKind.BadRequest, "The body is empty.", [new("$", "an object is expected")]).ToProblem();
        if (session.UserReference is not { } user)
            return new Failure(FailureKind.Forbidden, "The EHR did not say who is signed in, so nothing can be signed.").ToProblem();
        var reading = charts.Of(session);
        if (await reading.Task.WaitAsync(http.RequestAborted) is not Gathered.Ok gathered)
        {
            charts.Forget(session.Id);
            return new Failure(FailureKind.EhrRefused, "The chart could not be read, so nothing was judged or written.").ToProblem();
        }

        var faults = new List<ReadFault>();
        var query = ReviewForm.Query(name => body.Settings?.GetValueOrDefault(name), policies, facility, clock.GetUtcNow(), faults);
        faults.AddRange((body.Settings?.Keys ?? Enumerable.Empty<string>()).Except(ReviewForm.SettingNames).Select(k => new ReadFault($"settings/{k}", "is not known")));
        faults.AddRange((body.Formats ?? []).Where(f => f != "html").Select(f => new ReadFault("formats", $"'{f}' cannot be made here; there is html")));
        if (!LanguageTag().IsMatch(body.Language)) faults.Add(new("language", "is not a language tag, such as en or es"));
        if (faults.Count > 0) return Refused(faults.Select(f => new Fault(f.Where, f.What)));
        if (RunAssessment.OfChart(gathered.Chart, query, "", new PhaseTimes()) is not Assessed.Ok(var readiness, _))
            return Refused([new("settings/procedureAt", "no biopsy date is known; give one")]);

        var decisions = (body.Decisions ?? []).Select(d => new Decision(d.Finding, d.Choice, d.Reason, d.LastDoseDate, d.ResumeDate));
        var at = confirm.SigningTime();
        var signing = SignPlan.From(readiness, decisions, new Signer(user, await reading.SignerNameAsync()), at);
        if (signing is Signing.Refused refused) return Refused(refused.Faults.Select(f => new Fault(f.Where, f.What)));
        var plan = ((Signing.Accepted)signing).Plan;
        var intent = await confirm.RecordAsync(session, plan, name => body.Settings?.GetValueOrDefault(name), body.Language);
        var written = await confirm.WriteAsync(session, plan, intent);
        return Results.Json(new WriteBackAnswer(
            [.. written.Outcome.Receipts.Select(r => new ReceiptBody(r.Kind.ResourceType(), r.Kind.Slug(), r.StateName, r.Reference, r.Reason))],
            [.. written.Outcome.ToDownload.Select(p => p.Kebab())], written.HandoutRefused), Json);
    }

    /// <summary>BCP 47 in its everyday shape. A language without a text of ours is not a fault: the handout is English then, and says so.</summary>
    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\z")]
    private static partial Regex LanguageTag();

    private static IResult Refused(IEnumerable<Fault> faults) =>
        new Failure(FailureKind.BadRequest, "The decisions cannot be signed.", [.. faults]).ToProblem();
}
