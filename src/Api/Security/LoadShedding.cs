using System.Globalization;
using System.Threading.RateLimiting;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// More work than can be done is refused at the door, in words, before everybody waits for everybody. Hooks, assessments and pages have
/// doors of their own: an order must not wait for somebody's batch. At each door as many wait as are let in; the next is told to come
/// again (503, Retry-After). Health and the handing out of files are never refused, nor is the demo EHR, which our own pages wait for.
/// <para>
/// At the hooks' door each CDS client has a queue of its own: one hospital's flood takes its share and not another's. Whose a call is is
/// read from its token before that is verified, for a flood must cost nothing; who borrows another's name is refused as soon as it is.
/// </para>
/// </summary>
public static class LoadShedding
{
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);

    private static readonly string[] Pages = ["/review", "/launch", "/callback", "/worklist", "/deliveries", "/feedback", "/check-ehr", "/api"];

    public static IServiceCollection AddLoadShedding(this IServiceCollection services, ServiceOptions options) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, string>(context => context.Request.Path.StartsWithSegments("/cds-services")
                ? Queue($"hooks of {ClientOf(context)}", options.Limits.HooksPerClient) : RateLimitPartition.GetNoLimiter("")),
            PartitionedRateLimiter.Create<HttpContext, string>(context => DoorOf(context.Request.Path, options.Limits) is (var name, { } most)
                ? Queue(name, most) : RateLimitPartition.GetNoLimiter("")));
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = ComeAgain.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            await ErrorHandling.WriteAsync(rejected.HttpContext, new(FailureKind.Unavailable, "More is asked of this service just now than it can do. Nothing was begun; ask again in two seconds."));
        };
    });

    private static RateLimitPartition<string> Queue(string name, int most) => RateLimitPartition.GetConcurrencyLimiter(name, _ => new() { PermitLimit = most, QueueLimit = most });

    /// <summary>The issuer that the token names, if it is one of the configuration: their number is bounded. Believed in nothing else.</summary>
    private static string ClientOf(HttpContext context) =>
        HookToken.IssuerOf(context.Request.Headers.Authorization.ToString()) is { } issuer
            && context.RequestServices.GetRequiredService<EhrRegistry>().All.Any(ehr => ehr.CdsClients.Any(client => client.Issuer == issuer)) ? issuer : "nobody we know";

    private static (string Name, int? Most) DoorOf(PathString path, LimitOptions limits) =>
        path.StartsWithSegments("/cds-services") ? ("hooks", limits.Hooks)
        : path.StartsWithSegments("/api/v1/assessments") ? ("assessments", limits.Assessments)
        : path.StartsWithSegments("/api/v1/health") ? ("open", null)
        : Pages.Any(page => path.StartsWithSegments(page)) ? ("pages", limits.Pages)
        : ("open", null);
}
