using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using static BiopsyFhir.Api.Review.ReviewEndpoints;

namespace BiopsyFhir.Api.Worklist;

/// <summary><c>/worklist</c> for the procedure unit, and from it each patient's review to read; signing needs a launch from the EHR.</summary>
public static class WorklistEndpoints
{
    public static IServiceCollection AddWorklist(this IServiceCollection services, ServiceOptions options) => services
        .AddSingleton(options.Worklist).AddSingleton<UpcomingBiopsies>().AddSingleton<ReadWorklist>().AddSingleton<WorklistLists>().AddSingleton<WorklistShelf>().AddHostedService<RefreshWorklist>();

    public static void MapWorklist(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        var pages = app.MapOwnPages("/worklist");
        pages.MapGet("", async (HttpContext http, WorklistShelf shelf, ReadWorklist read, WorklistOptions options, Facility facility, TimeProvider clock) =>
        {
            await shelf.AskedAsync(http.RequestAborted);
            var (list, elsewhere) = await shelf.NewestAsync(http.RequestAborted);
            if (list is null && !shelf.Failed && !elsewhere && !read.Ehrs.IsEmpty) _ = shelf.Refresh(stopping);
            var (today, wanted) = (PartialDate.Instant(clock.GetUtcNow(), facility.Zone).Last, WorklistFilter.Read(http.Request.Query));
            return Page<WorklistPage>(200, (nameof(WorklistPage.List), list), (nameof(WorklistPage.Rows), (IReadOnlyList<WorklistRow>)[.. (list?.Rows ?? []).Where(r => wanted.Lets(r, today))]),
                (nameof(WorklistPage.Progress), shelf.Progress ?? (elsewhere ? new WorklistProgress() : null)), (nameof(WorklistPage.Failed), shelf.Failed), (nameof(WorklistPage.Possible), !read.Ehrs.IsEmpty),
                (nameof(WorklistPage.Wanted), wanted), (nameof(WorklistPage.Today), today), (nameof(WorklistPage.Days), options.Days),
                (nameof(WorklistPage.At), list is null ? "" : TimeZoneInfo.ConvertTime(list.At, facility.Zone).InFull()));
        });
        pages.MapPost("/refresh", (WorklistShelf shelf) =>
        {
            shelf.Refresh(stopping);
            return Results.LocalRedirect("~/worklist");
        });
        pages.MapGet("/{ehr}/Patient/{id}", ReviewAsync);
    }

    /// <summary>The review of one patient as it is now, to read.</summary>
    private static async Task<IResult> ReviewAsync(HttpContext http, string ehr, string id, EhrRegistry registry, ReadWorklist read, PolicyShelf policies, Facility facility, AuditTrail audit, TimeProvider clock)
    {
        var patient = $"Patient/{id}";
        if (registry.ById(ehr) is not { BackendClientId: not null } found || !TokenResponse.IsId(id)) return Results.NotFound();
        var now = clock.GetUtcNow();
        var gathered = await read.GatherAsync(found, patient, now, http.RequestAborted);
        await audit.RecordAsync(new("view", http.User.Identity?.Name ?? "unknown", gathered is Gathered.Ok ? "done" : "failed", found.Id, null, patient), http.RequestAborted);
        if (gathered is not Gathered.Ok chart)
            return Page<StopPage>(502, (nameof(StopPage.Heading), "The chart could not be read"), (nameof(StopPage.Faults), (IReadOnlyList<(string, string)>)[("EHR", ((Gathered.Refused)gathered).Why)]),
                (nameof(StopPage.Advice), "Nothing was judged. Try again in a moment."), (nameof(StopPage.Path), "/worklist"));

        string? Value(string name) => http.Request.Query[name].FirstOrDefault();
        var path = $"/worklist/{found.Id}/{patient}";
        var faults = new List<Fhir.Reading.ReadFault>();
        var query = ReviewForm.Query(Value, policies, facility, now, faults);
        var assessed = faults.Count > 0 ? new Assessed.Refused(faults) : RunAssessment.OfChart(chart.Chart, query, "", new PhaseTimes());
        if (assessed is not Assessed.Ok(var readiness, _))
            return Page<StopPage>(200, (nameof(StopPage.Heading), "Not assessed yet"), (nameof(StopPage.Faults), (IReadOnlyList<(string, string)>)[.. ((Assessed.Refused)assessed).Faults.Select(f => (f.Where, f.What))]),
                (nameof(StopPage.Advice), "Give the date of the biopsy."), (nameof(StopPage.Path), path), (nameof(StopPage.AskForDate), true));
        return Page<ReviewPage>(200, (nameof(ReviewPage.Model), ReviewModel.Of(chart, readiness, query, policies) with
        {
            Path = path,
            Query = ReviewForm.Settings(Value),
            Banner = chart.Name is { } name ? new(name.Name, name.BirthDate, name.Identifier) : null,
            ResourceBase = found.Issuer.TrimEnd('/'),
        }));
    }
}
