using System.Globalization;
using BiopsyFhir.Domain;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BiopsyFhir.Api.Assessments;

public static class AssessmentServices
{
    public static IServiceCollection AddAssessments(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new PolicySettings(configuration["Policy:Default"] ?? "P1", configuration["Policy:Folder"]));
        services.AddSingleton<PolicyShelf>();
        services.AddSingleton(Facility(configuration));
        services.AddHostedService<WatchPolicies>();
        return services;
    }

    public static void MapAssessments(this WebApplication app)
    {
        app.Services.GetRequiredService<PolicyShelf>(); // refuses to start with every fault of the policies
        app.MapPost("/api/v1/assessments", AssessmentEndpoint.PostAsync);
    }

    private static Facility Facility(IConfiguration configuration) => new(
        TimeZones.Find(configuration["Facility:TimeZone"] ?? "UTC") ?? TimeZoneInfo.Utc,
        decimal.Parse(configuration["Facility:ElevationMeters"] ?? "0", CultureInfo.InvariantCulture),
        TimeOnly.Parse(configuration["Facility:DefaultStart"] ?? "08:00", CultureInfo.InvariantCulture),
        configuration["Facility:ProcedureUnitPhone"], configuration["Facility:AfterHoursPhone"]);
}
