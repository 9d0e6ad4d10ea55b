using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Education;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.WriteBack;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Api.Review;

/// <summary>
/// The pages of one launch: review, what will be written, receipts. Each step re-reads nothing and re-computes everything, so what
/// is signed is what the policy says now about what was read.
/// </summary>
public static class ReviewEndpoints
{
    /// <summary>A page that is not ready by then shows progress instead of a blank browser.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(900);

    public static IServiceCollection AddReview(this IServiceCollection services, ServiceOptions options)
    {
        services.AddRazorComponents();
        services.AddSingleton(options.Education).AddSingleton<HandoutShelf>().AddSingleton(_ => new PrintHandout(options.Education.Chromium));
        return services.AddSingleton<CapabilitiesShelf>().AddSingleton<ChartShelf>().AddSingleton<WritingShelf>().AddSingleton<ConfirmPlan>().AddSingleton<ReviewPages>()
            .AddHostedService<ResumeWrites>();
    }

    public static void MapReviewPages(this WebApplication app)
    {
        app.Services.GetRequiredService<HandoutShelf>(); // refuses to start with every fault of the texts
        var pages = app.MapReview().ExcludeFromDescription();
        pages.MapGet("", (HttpContext http, SmartSession session, ReviewPages review) => review.ShowAsync(http, session));
        pages.MapGet("/reread", (HttpContext http, SmartSession session, ReviewPages review) => review.ReadAgainAsync(http, session));
        pages.MapPost("/plan", (HttpContext http, SmartSession session, ReviewPages review) => review.PlanAsync(http, session));
        pages.MapPost("/sign", (HttpContext http, SmartSession session, ReviewPages review) => review.SignAsync(http, session));
        pages.MapGet("/receipts", (HttpContext http, SmartSession session, ReviewPages review) => review.ReceiptsAsync(http, session));
        pages.MapGet("/handout", (HttpContext http, SmartSession session, ReviewPages review) => review.HandoutAsync(http, session));
        pages.MapGet("/handout.pdf", (HttpContext http, SmartSession session, ReviewPages review) => review.HandoutPdfAsync(http, session));
        pages.MapGet("/note", (HttpContext http, SmartSession session, ReviewPages review) => review.NoteAsync(http, session));
        pages.MapGet("/file/{purpose}", (SmartSession session, string purpose, ReviewPages review) => review.FileAsync(session, purpose));
    }

    internal static Task<bool> WithinPatience(Task task) => Task.WhenAny(task, Task.Delay(Patience)).ContinueWith(_ => task.IsCompleted, TaskScheduler.Default);

    internal static RazorComponentResult<T> Page<T>(int status, params (string Name, object? Value)[] parameters)
        where T : IComponent =>
        new(parameters.ToDictionary(p => p.Name, p => p.Value)) { StatusCode = status, PreventStreamingRendering = true };
}
