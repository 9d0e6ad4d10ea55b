using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.SignIn;

/// <summary>Our own pages that no launch opens: worklist, deliveries, feedback, check-ehr.</summary>
public static class OwnPages
{
    /// <summary>Guards pages of our own; add endpoints to the group, never beside it.</summary>
    public static RouteGroupBuilder MapOwnPages(this WebApplication app, string path)
    {
        var group = app.MapGroup(path).RequireAuthorization(ApiCaller.Policy);
        group.ExcludeFromDescription();
        return group;
    }
}
