using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

public static class AssessmentServices
{
    public static IServiceCollection AddAssessments(this IServiceCollection services, ServiceOptions options)
    {
        services.AddSingleton(Policies(options));
        var reading = Task.Run(() => new PolicyShelf(Policies(options))); // a quarter of the start's work, beside the rest of it
        services.AddSingleton(_ => reading.GetAwaiter().GetResult());
        services.AddSingleton(Facility(options));
        services.AddHostedService<WatchPolicies>();
        return services;
    }

    public static void MapAssessments(this WebApplication app)
    {
        app.Services.GetRequiredService<PolicyShelf>(); // refuses to start with every fault of the policies
        var api = app.MapApi();
        api.MapPost("/assessments", AssessmentEndpoint.PostAsync).WithName("Assess").WithTags("Assessments")
            .Accepts<JsonElement>("application/fhir+json", "application/json")
            .Produces<AssessmentAnswer>().ProducesProblem(400).ProducesProblem(413).ProducesProblem(415);
        api.MapGet("/policies", PolicyEndpoints.List).WithName("ListPolicies").WithTags("Policies").Produces<PolicyList>();
        api.MapGet("/policies/{a}/diff/{b}", PolicyEndpoints.Diff).WithName("ComparePolicies").WithTags("Policies").Produces<PolicyComparison>().ProducesProblem(404);
    }

    public static PolicySettings Policies(ServiceOptions options) => new(options.Policy.Default, options.Policy.Folder);

    /// <summary>For a command: the policies; null when they have faults, every one of which has been written.</summary>
    public static async Task<PolicyShelf?> PoliciesAsync(ServiceOptions options, TextWriter errors)
    {
        try
        {
            return new PolicyShelf(Policies(options));
        }
        catch (PolicyFaultsException e)
        {
            foreach (var fault in e.Faults) await errors.WriteLineAsync(fault);
            return null;
        }
    }

    public static Facility Facility(ServiceOptions options) => new(options.Facility.TimeZone, options.Facility.ElevationMeters, options.Facility.DefaultStart,
        options.Facility.ProcedureUnitPhone, options.Facility.AfterHoursPhone);
}
