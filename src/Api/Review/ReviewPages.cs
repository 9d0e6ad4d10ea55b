using System.Text;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Reading;
using Microsoft.AspNetCore.Http.HttpResults;
using static BiopsyFhir.Api.Review.ReviewEndpoints;

namespace BiopsyFhir.Api.Review;

/// <summary>What each page of a launch does, in the order in which a clinician meets them.</summary>
public sealed class ReviewPages(PageTokens tokens, ChartShelf charts, WritingShelf writing, ConfirmPlan confirm, HandoutShelf handouts, PrintHandout print, PolicyShelf policies, Facility facility, TimeProvider clock)
{
    /// <summary>Review: the assessment with the settings of the query.</summary>
    public async Task<IResult> ShowAsync(HttpContext http, SmartSession session)
    {
        var times = new PhaseTimes();
        var reading = charts.Of(session);
        if (!await WithinPatience(reading.Task))
            return Page<WaitPage>(200, (nameof(WaitPage.Heading), "Reading the chart"), (nameof(WaitPage.Words), "Medicines, results and problems are being read from the EHR. Nothing is judged before everything is here."),
                (nameof(WaitPage.Path), session.Path + http.Request.QueryString), (nameof(WaitPage.Lines), reading.Progress), (nameof(WaitPage.Done), reading.Progress.Count));
        if (await GatheredAsync(session, reading) is not { } gathered) return await RefusedAsync(session, reading);
        times.End("chart");

        string? Value(string name) => http.Request.Query[name].FirstOrDefault();
        var assessed = Assess(gathered, Value, out var query);
        if (assessed is Assessed.Refused(var faults)) return CannotAssess(session, faults);
        var readiness = ((Assessed.Ok)assessed).Readiness;
        times.End("assess");
        var signer = await reading.SignerNameAsync();
        times.End("name");
        var model = Model(session, gathered, readiness, query, ReviewForm.Settings(Value), signer);
        times.End("presets");
        http.Response.OnStarting(() =>
        {
            times.End("present"); // the page is rendered whole before its first byte goes out
            http.Response.Headers["Server-Timing"] = times.ToString();
            return Task.CompletedTask;
        });
        return Page<ReviewPage>(200, (nameof(ReviewPage.Model), model));
    }

    public async Task<IResult> ReadAgainAsync(HttpContext http, SmartSession session)
    {
        charts.Forget(session.Id);
        return Results.LocalRedirect($"~{session.Path}");
    }

    /// <summary>What will be written, in words, before anything is sent.</summary>
    public async Task<IResult> PlanAsync(HttpContext http, SmartSession session)
    {
        var (signing, stop, form) = await DecideAsync(http, session);
        if (stop is not null) return stop;
        var plan = signing!;
        var language = form!["language"].FirstOrDefault() ?? "en";
        var (handout, why) = confirm.HandoutOf(plan, language);
        if (handout is not null) writing.Preview(session.Id, handout);
        var steps = await confirm.StepsAsync(session, plan, handout, http.RequestAborted);
        return Page<PlanPage>(200, (nameof(PlanPage.Plan), plan), (nameof(PlanPage.Path), session.Path), (nameof(PlanPage.FormToken), tokens.For(session)),
            (nameof(PlanPage.Carried), ReviewForm.Carried(form)), (nameof(PlanPage.Steps), steps),
            (nameof(PlanPage.HandoutPath), handout is null ? null : $"{session.Path}/handout"), (nameof(PlanPage.HandoutRefused), why),
            (nameof(PlanPage.NoPdf), print.WhyOff));
    }

    /// <summary>One confirmation: writes back, then shows receipts. Confirming again adds nothing.</summary>
    public async Task<IResult> SignAsync(HttpContext http, SmartSession session)
    {
        var (plan, stop, form) = await DecideAsync(http, session);
        if (stop is not null) return stop;
        // Recorded before the browser is told, so that what was signed is written even if this process dies now.
        var intent = await confirm.RecordAsync(session, plan!, name => form![name].FirstOrDefault(), form!["language"].FirstOrDefault() ?? "en");
        writing.Begin(session.Id, () => confirm.WriteAsync(session, plan!, intent));
        return Results.LocalRedirect($"~{session.Path}/receipts");
    }

    public async Task<IResult> ReceiptsAsync(HttpContext http, SmartSession session)
    {
        var task = writing.Of(session.Id);
        // Not in this process's memory: another node is at it, or it was done before this one started.
        if (task is null && !await confirm.UnderWayAsync(session))
            return await confirm.LastAsync(session) is { } last ? Receipts(session, last) : Results.LocalRedirect($"~{session.Path}");
        if (task is null || !await WithinPatience(task))
            return Page<WaitPage>(200, (nameof(WaitPage.Heading), "Writing to the chart"), (nameof(WaitPage.Words), "The plan is being written. Closing this page does not stop it."),
                (nameof(WaitPage.Path), $"{session.Path}/receipts"), (nameof(WaitPage.Of), 2), (nameof(WaitPage.Done), 1));
        return Receipts(session, await task);
    }

    private static RazorComponentResult<ReceiptsPage> Receipts(SmartSession session, Written written) =>
        Page<ReceiptsPage>(200, (nameof(ReceiptsPage.Outcome), written.Outcome), (nameof(ReceiptsPage.Path), session.Path),
            (nameof(ReceiptsPage.ResourceBase), session.Issuer.TrimEnd('/')), (nameof(ReceiptsPage.HandoutRefused), written.HandoutRefused), (nameof(ReceiptsPage.NoPdf), written.NoPdf));

    /// <summary>The handout as the patient will see it, for the sandboxed frame of the plan page: its own policy, no script.</summary>
    public async Task<IResult> HandoutAsync(HttpContext http, SmartSession session)
    {
        if (writing.PreviewOf(session.Id) is not { } handout) return Results.NotFound();
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'";
        return Results.Content(HandoutHtml.Render(handout, LayoutOf(http)), "text/html; charset=utf-8");
    }

    /// <summary>The same page, printed.</summary>
    public async Task<IResult> HandoutPdfAsync(HttpContext http, SmartSession session)
    {
        if (writing.PreviewOf(session.Id) is not { } handout) return Results.NotFound();
        return await print.AsPdfAsync(HandoutHtml.Render(handout, LayoutOf(http)), http.RequestAborted) switch
        {
            Printed.Ok(var pdf) => Results.File(pdf.ToArray(), "application/pdf", "biopsy-handout.pdf"),
            Printed.Off(var why) => Stop(501, "There is no PDF here", [("PDF", why)], session),
            Printed.Failed(var why) => Stop(503, "It could not be printed", [("PDF", why)], session),
            _ => throw new InvalidOperationException("Printed is a closed set."),
        };
    }

    private static HandoutLayout LayoutOf(HttpContext http) => new(http.Request.Query["print"] == "large", http.Request.Query["paper"] == "letter");

    /// <summary>The assessment as text for a clinical note.</summary>
    public async Task<IResult> NoteAsync(HttpContext http, SmartSession session)
    {
        var reading = charts.Of(session);
        if (await GatheredAsync(session, reading) is not { } gathered) return await RefusedAsync(session, reading);
        return Assess(gathered, name => http.Request.Query[name].FirstOrDefault(), out _) switch
        {
            Assessed.Ok ok => Results.Text(AssessmentText.Of(ok.Readiness), "text/plain; charset=utf-8"),
            Assessed.Refused refused => CannotAssess(session, refused.Faults),
            _ => throw new InvalidOperationException("Assessed is a closed set."),
        };
    }

    /// <summary>The last rung of the ladder: the signed plan or the handout as a file.</summary>
    public async Task<IResult> FileAsync(SmartSession session, string purpose)
    {
        if (writing.Of(session.Id) is not { IsCompletedSuccessfully: true } task) return Results.NotFound();
        var written = await task;
        return purpose switch
        {
            "plan" when written.Plan is { } plan => Results.File(Encoding.UTF8.GetBytes(PlanWords.AsText(plan)), "text/plain; charset=utf-8", "biopsy-plan.txt"),
            "education" when written.HandoutHtml is { } html => Results.File(Encoding.UTF8.GetBytes(html), "text/html; charset=utf-8", "biopsy-handout.html"),
            _ => Results.NotFound(),
        };
    }

    /// <summary>Session, form token, decisions and signature in one place, for preview and signing alike.</summary>
    private async Task<(SignedPlan? Plan, IResult? Stop, IFormCollection? Form)> DecideAsync(HttpContext http, SmartSession session)
    {
        if (!http.Request.HasFormContentType) return (null, Stop(415, "The form cannot be read", [("form", "a form post is expected")], session), null);
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var reading = charts.Of(session);
        if (await GatheredAsync(session, reading) is not { } gathered) return (null, await RefusedAsync(session, reading), null);
        if (Assess(gathered, name => form[name].FirstOrDefault(), out _) is not Assessed.Ok(var readiness, _))
            return (null, Stop(409, "The assessment changed", [("settings", "It cannot be assessed with these settings any more.")], session), null);
        if (session.UserReference is not { } user)
            return (null, Stop(403, "Nobody to sign", [("fhirUser", "The EHR did not say who is signed in, so nothing can be signed. Launch again with the user's identity.")], session), null);

        var faults = new List<(string Where, string What)>();
        var decisions = ReviewForm.Decisions(form, faults);
        var at = confirm.SigningTime();
        var signing = SignPlan.From(readiness, decisions, new Signer(user, await reading.SignerNameAsync()), at);
        if (signing is Signing.Refused refused) faults.AddRange(refused.Faults);
        return faults.Count > 0
            ? (null, Stop(400, "These decisions cannot be signed yet", faults, session), null)
            : (((Signing.Accepted)signing).Plan, null, form);
    }

    private Assessed Assess(Gathered.Ok gathered, Func<string, string?> value, out AssessmentQuery query)
    {
        var faults = new List<ReadFault>();
        query = ReviewForm.Query(value, policies, facility, clock.GetUtcNow(), faults);
        return faults.Count > 0 ? new Assessed.Refused(faults) : RunAssessment.OfChart(gathered.Chart, query, "", new PhaseTimes());
    }

    private ReviewModel Model(SmartSession session, Gathered.Ok gathered, Readiness readiness, AssessmentQuery query, ReviewQuery settings, string? userName) =>
        ReviewModel.Of(gathered, readiness, query, policies) with
        {
            Path = session.Path,
            FormToken = tokens.For(session),
            Banner = session.NeedPatientBanner && gathered.Name is { } name ? new(name.Name, name.BirthDate, name.Identifier) : null,
            Query = settings,
            ResourceBase = session.Issuer.TrimEnd('/'),
            Degraded = [.. session.Degraded],
            OperatorName = userName ?? session.UserReference ?? "somebody whom the EHR did not name",
            Languages = [.. handouts.Languages],
        };

    private static async Task<Gathered.Ok?> GatheredAsync(SmartSession session, ChartReading reading) => await reading.Task as Gathered.Ok;

    private async Task<IResult> RefusedAsync(SmartSession session, ChartReading reading)
    {
        var why = (await reading.Task as Gathered.Refused)?.Why ?? "The chart could not be read.";
        charts.Forget(session.Id);
        return Page<StopPage>(502, (nameof(StopPage.Heading), "The chart could not be read"), (nameof(StopPage.Faults), (IReadOnlyList<(string, string)>)[("EHR", why)]),
            (nameof(StopPage.Advice), "Nothing was judged. Try again; if it stays, launch again from the EHR."), (nameof(StopPage.Path), session.Path));
    }

    private static RazorComponentResult<StopPage> CannotAssess(SmartSession session, IReadOnlyList<ReadFault> faults) =>
        Page<StopPage>(200, (nameof(StopPage.Heading), "Not assessed yet"), (nameof(StopPage.Faults), (IReadOnlyList<(string, string)>)[.. faults.Select(f => (f.Where, f.What))]),
            (nameof(StopPage.Advice), "Give the date of the biopsy, or open the review from the order."), (nameof(StopPage.Path), session.Path),
            (nameof(StopPage.AskForDate), true));

    private static RazorComponentResult<StopPage> Stop(int status, string heading, IReadOnlyList<(string, string)> faults, SmartSession session) =>
        Page<StopPage>(status, (nameof(StopPage.Heading), heading), (nameof(StopPage.Faults), faults), (nameof(StopPage.Path), session.Path));
}
