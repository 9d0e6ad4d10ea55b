using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Every refusal of <c>/api</c> and of our own pages in the log: which address (its pattern: a path holds ids) and why. Who it was, where
/// somebody is known, is for the audit trail: no line holds an identifier. Strangers are many where the internet can reach us, and are said
/// at a lower level.
/// </summary>
public sealed class LogRefusals(AuditTrail audit, ILogger<LogRefusals> log) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler framework = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "no address of ours";
        if (authorizeResult.Forbidden)
        {
            log.LogWarning("Refused {Method} {Address}: the caller lacks the role", Method(context), pattern);
            await audit.RecordAsync(new("call", Caller(context), "refused: lacks the role", Target: pattern), context.RequestAborted);
        }
        else if (authorizeResult.Challenged && context.Request.Headers.Authorization.Count > 0) log.LogWarning("Refused {Method} {Address}: the token is not good", Method(context), pattern);
        else if (authorizeResult.Challenged && log.IsEnabled(LogLevel.Information)) log.LogInformation("Refused {Method} {Address}: not signed in", Method(context), pattern);
        await framework.HandleAsync(next, context, policy, authorizeResult);
    }

    /// <summary>A method is the caller's own word too.</summary>
    private static string Method(HttpContext context) => context.Request.Method is var method && (HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method)) ? method : "another method";

    /// <summary>Entra ID's object id of a person, or the id of a program; both were verified with the token.</summary>
    private static string Caller(HttpContext context) =>
        (context.User.FindFirst("oid") ?? context.User.FindFirst("azp") ?? context.User.FindFirst("appid") ?? context.User.FindFirst("sub"))?.Value is { Length: > 0 and <= 100 } id && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? id : "somebody";
}
