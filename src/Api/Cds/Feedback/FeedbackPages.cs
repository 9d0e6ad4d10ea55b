using System.Globalization;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Api.Cds;

/// <summary><c>GET /api/v1/feedback/summary</c> and its page <c>/feedback</c>: for the people who keep the rules. The same callers may see both.</summary>
public static class FeedbackPages
{
    private const int UsualDays = 84; // twelve weeks

    public static void MapFeedback(this WebApplication app)
    {
        app.MapApi().MapGet("/feedback/summary", SummaryAsync).WithName("FeedbackSummary").WithTags("CDS Hooks")
            .WithSummary("How often each rule spoke up in order entry, and what became of it.").Produces<FeedbackReport>().ProducesProblem(400);
        app.MapOwnPages("/feedback").MapGet("", PageAsync);
    }

    /// <param name="from">First day (YYYY-MM-DD, UTC). Default: twelve weeks before the last.</param>
    /// <param name="to">Last day. Default: today.</param>
    private static async Task<IResult> SummaryAsync(FeedbackSummary summary, TimeProvider clock, CancellationToken cancel, string? from = null, string? to = null)
    {
        var faults = new List<Fault>();
        var (first, last) = Range(from, to, clock, faults);
        return faults.Count > 0
            ? new Failure(FailureKind.BadRequest, "The time asked for makes no sense.", faults).ToProblem()
            : Results.Ok(await summary.OfAsync(first, last, cancel));
    }

    private static async Task<IResult> PageAsync(FeedbackSummary summary, TimeProvider clock, CancellationToken cancel, string? from = null, string? to = null)
    {
        var faults = new List<Fault>();
        var (first, last) = Range(from, to, clock, faults);
        var report = await summary.OfAsync(first, last, cancel);
        return new RazorComponentResult<FeedbackPage>(new Dictionary<string, object?> { [nameof(FeedbackPage.Report)] = report, [nameof(FeedbackPage.Faults)] = faults })
        {
            StatusCode = faults.Count > 0 ? 400 : 200,
        };
    }

    /// <summary>A fault leaves the usual time in place, so that the page has something to show beside it.</summary>
    private static (DateOnly First, DateOnly Last) Range(string? from, string? to, TimeProvider clock, List<Fault> faults)
    {
        var last = Day("to", to, faults) ?? DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        var first = Day("from", from, faults) ?? last.AddDays(1 - UsualDays);
        if (first <= last && last.DayNumber - first.DayNumber < 400) return (first, last);
        faults.Add(new("query from", first > last ? $"{first:yyyy-MM-dd} is after {last:yyyy-MM-dd}." : "At most 400 days can be counted."));
        return (last.AddDays(1 - UsualDays), last);
    }

    private static DateOnly? Day(string name, string? text, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 2000 and <= 2200) return day;
        faults.Add(new($"query {name}", "A day is expected as YYYY-MM-DD."));
        return null;
    }
}
