using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

public static class AssessmentServices
{
    public static IServiceCollection AddAssessments(this IServiceCollection services, ServiceOptions options)
    {
        services.AddSingleton(new PolicySettings(options.Policy.Default, options.Policy.Folder));
        services.AddSingleton<PolicyShelf>();
        services.AddSingleton(Facility(options.Facility));
        services.AddHostedService<WatchPolicies>();
        return services;
    }

    public static void MapAssessments(this WebApplication app)
    {
        app.Services.GetRequiredService<PolicyShelf>(); // refuses to start with every fault of the policies
        app.MapApi().MapPost("/assessments", AssessmentEndpoint.PostAsync);
    }

    private static Facility Facility(FacilityOptions facility) => new(facility.TimeZone, facility.ElevationMeters, facility.DefaultStart,
        facility.ProcedureUnitPhone, facility.AfterHoursPhone);
}
