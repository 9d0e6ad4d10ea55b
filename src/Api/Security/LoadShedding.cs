using System.Globalization;
using System.Threading.RateLimiting;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// More work than can be done is refused at the door, in words, before everybody waits for everybody. Hooks, assessments and pages have
/// doors of their own: an order must not wait for somebody's batch. At each door as many wait as are let in; the next is told to come
/// again (503, Retry-After). Health and the handing out of files are never refused, nor is the demo EHR, which our own pages wait for.
/// </summary>
public static class LoadShedding
{
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);

    private static readonly string[] Pages = ["/review", "/launch", "/callback", "/worklist", "/deliveries", "/feedback", "/check-ehr", "/api"];

    public static IServiceCollection AddLoadShedding(this IServiceCollection services, ServiceOptions options) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => DoorOf(context.Request.Path, options.Limits) switch
        {
            (var name, { } most) => RateLimitPartition.GetConcurrencyLimiter(name, _ => new() { PermitLimit = most, QueueLimit = most }),
            (var name, null) => RateLimitPartition.GetNoLimiter(name),
        });
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = ComeAgain.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            await ErrorHandling.WriteAsync(rejected.HttpContext, new(FailureKind.Unavailable, "More is asked of this service just now than it can do. Nothing was begun; ask again in two seconds."));
        };
    });

    private static (string Name, int? Most) DoorOf(PathString path, LimitOptions limits) =>
        path.StartsWithSegments("/cds-services") ? ("hooks", limits.Hooks)
        : path.StartsWithSegments("/api/v1/assessments") ? ("assessments", limits.Assessments)
        : path.StartsWithSegments("/api/v1/health") ? ("open", null)
        : Pages.Any(page => path.StartsWithSegments(page)) ? ("pages", limits.Pages)
        : ("open", null);
}
