using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using static BiopsyFhir.Api.Review.ReviewEndpoints;

namespace BiopsyFhir.Api.Delivery;

/// <summary>Education that goes out by itself: <c>GET /api/v1/deliveries</c>, <c>/deliveries</c>, <c>POST /subscriptions/{ehr}</c>.</summary>
public static class DeliveryEndpoints
{
    public static IServiceCollection AddDelivery(this IServiceCollection services, ServiceOptions options, DataFolder folder)
    {
        services.AddSingleton<QueueDeliveries>().AddSingleton<SendDelivery>().AddSingleton<DeliverDue>().AddSingleton<WatchOrders>().AddSingleton<Deliveries>().AddSingleton<LookWhetherSeen>().AddSingleton<LookSoon>();
        if (!options.Education.Automatic) return services;
        services.AddHostedService(provider => provider.GetRequiredService<LookSoon>());
        return services.AddDeliverySchedule(options, folder);
    }

    public static void MapDelivery(this WebApplication app)
    {
        app.MapApi().MapGet("/deliveries", async (Deliveries deliveries, CancellationToken cancel, string? state = null) =>
            state is null || Deliveries.States.Contains(state)
                ? Results.Ok(await deliveries.ListAsync(state, cancel))
                : new Failure(FailureKind.BadRequest, "The state is not known.", [new("query state", $"one of {string.Join(", ", Deliveries.States)} is expected")]).ToProblem())
            .WithName("Deliveries").WithTags("Education").WithSummary("What went to patients by itself, what is queued and what waits for a signature; newest first, at most 500.")
            .Produces<IReadOnlyList<DeliveryItem>>().ProducesProblem(400);

        var pages = app.MapOwnPages("/deliveries");
        pages.MapGet("", async (HttpContext http, Deliveries deliveries, EducationOptions settings, Facility facility) =>
        {
            var state = Deliveries.States.FirstOrDefault(s => s == http.Request.Query["state"]);
            return Page<DeliveriesPage>(200, (nameof(DeliveriesPage.Items), await deliveries.ListAsync(state, http.RequestAborted)), (nameof(DeliveriesPage.State), state),
                (nameof(DeliveriesPage.Automatic), settings.Automatic), (nameof(DeliveriesPage.Zone), facility.Zone));
        });
        pages.MapPost("/{id}/replay", async (string id, HttpContext http, Deliveries deliveries, AuditTrail audit) =>
        {
            var done = await deliveries.ReplayAsync(id, http.RequestAborted);
            await audit.RecordAsync(new("replay", http.User.Identity?.Name ?? "unknown", done ? "done" : "refused", null, Deliveries.IsId(id) ? id : null), http.RequestAborted);
            return Results.LocalRedirect("~/deliveries");
        }).RequireAuthorization(OwnPages.Operate);
        app.MapNotifications();
    }
}
