using System.Net;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Notify;
using BiopsyFhir.Sandbox.Orders;
using BiopsyFhir.Sandbox.Pages;
using BiopsyFhir.Sandbox.Patients;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BiopsyFhir.Sandbox;

/// <summary>Mounts the demo EHR in a host: <c>builder.Services.AddSandboxEhr(…)</c>, then <c>app.MapSandboxEhr()</c>.
/// The host meets it over HTTP, as it meets any EHR.</summary>
public static class SandboxEhr
{
    /// <summary>The named HttpClient for the sandbox's own calls (key sets, notifications, CDS Hooks); a host without a socket can give it a handler.</summary>
    public const string HttpClientName = "BiopsyFhir.Sandbox";

    /// <summary>Takes <see cref="TimeProvider"/> from the container, or the system clock when there is none.</summary>
    public static IServiceCollection AddSandboxEhr(this IServiceCollection services, Action<SandboxOptions>? configure = null)
    {
        services.AddOptions<SandboxOptions>().Configure(configure ?? (_ => { }));
        services.TryAddSingleton(TimeProvider.System);
        // No redirects: an address on this machine must not lead the call to another one.
        services.AddHttpClient(HttpClientName).ConfigureHttpClient(client => client.Timeout = TimeSpan.FromSeconds(10))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        services.AddRazorComponents();
        services.AddSingleton<SandboxAddresses>();
        services.AddSingleton<SeedPatients>();
        services.AddSingleton(provider =>
        {
            var store = new ResourceStore(provider.GetRequiredService<TimeProvider>());
            provider.GetRequiredService<SeedPatients>().Plant(store);
            return store;
        });
        services.AddSingleton<GrantStore>().AddSingleton<Clients>().AddSingleton<ClientAssertion>().AddSingleton<SigningKeys>();
        services.AddSingleton<RunSearch>().AddSingleton<FhirEndpoint>();
        services.AddSingleton<AuthorizeEndpoint>().AddSingleton<TokenEndpoint>();
        services.AddSingleton<PageEndpoints>();
        services.AddSingleton<Prefetch>().AddSingleton<CdsClient>().AddSingleton<OrderEndpoints>();
        services.AddHostedService<NotifySubscribers>();
        services.AddHostedService<LoopbackGuard>();
        return services;
    }

    /// <summary>Everything below <c>/sandbox</c>. Open to its demo user: never reachable from another machine.</summary>
    public static IEndpointConventionBuilder MapSandboxEhr(this IEndpointRouteBuilder app)
    {
        var ehr = app.MapGroup("/sandbox").AllowAnonymous().ExcludeFromDescription();
        ehr.AddEndpointFilter(async (call, next) => call.HttpContext.Connection.LocalIpAddress is { } address && !IPAddress.IsLoopback(address)
            ? Results.Problem(statusCode: 403, title: "The sandbox answers on this machine only.") : await next(call));

        ehr.MapGet("", (PageEndpoints pages) => pages.Start());
        ehr.MapPost("launch", (HttpRequest request, PageEndpoints pages) => pages.LaunchAsync(request));
        ehr.MapPost("reset", (PageEndpoints pages) => pages.Reset());
        ehr.MapGet("frame/{patient}", (string patient, PageEndpoints pages) => pages.Frame(patient));
        ehr.MapGet("chart/{patient}", (string patient, PageEndpoints pages) => pages.Chart(patient));
        ehr.MapGet("resource/{type}/{id}", (string type, string id, PageEndpoints pages) => pages.Resource(type, id));
        ehr.MapGet("resource/{type}/{id}/attachment/{index:int}", (string type, string id, int index, HttpResponse response, PageEndpoints pages) => pages.Attachment(response, type, id, index));
        ehr.MapGet("assets/{name}", (string name, HttpResponse response) => Asset.Serve(name, response));

        var orders = ehr.MapGroup("/orders/{patient}");
        orders.MapGet("", (string patient, PageEndpoints pages) => pages.Orders(patient));
        orders.MapGet("draft", (string patient, string? what, string? on, OrderEndpoints endpoint) => endpoint.Draft(patient, what, on));
        foreach (var moment in (string[])["view", "select", "sign"])
            orders.MapPost(moment, (string patient, HttpRequest request, OrderEndpoints endpoint) => endpoint.HookAsync(patient, moment, request));
        orders.MapPost("feedback", (string patient, HttpRequest request, OrderEndpoints endpoint) => endpoint.FeedbackAsync(patient, request));
        orders.MapPost("place", (string patient, HttpRequest request, OrderEndpoints endpoint) => endpoint.PlaceAsync(patient, request));

        var auth = ehr.MapGroup("/auth");
        auth.MapMethods("authorize", ["GET", "POST"], (HttpRequest request, AuthorizeEndpoint endpoint) => endpoint.AuthorizeAsync(request));
        auth.MapPost("choose", (HttpRequest request, AuthorizeEndpoint endpoint) => endpoint.ChosenAsync(request));
        auth.MapPost("token", (HttpRequest request, TokenEndpoint endpoint) => endpoint.TokenAsync(request));
        auth.MapPost("introspect", (HttpRequest request, TokenEndpoint endpoint) => endpoint.IntrospectAsync(request));
        auth.MapPost("revoke", (HttpRequest request, TokenEndpoint endpoint) => endpoint.RevokeAsync(request));
        auth.MapGet("cds-jwks", (SigningKeys keys) => Results.Json(keys.CdsKeySet()));
        auth.MapGet("jwks", (SigningKeys keys) => Results.Json(keys.IdTokenKeySet()));
        auth.MapGet(".well-known/openid-configuration", (SandboxAddresses at) => Results.Json(Discovery.OpenId(at)));

        ehr.Map("fhir/{**path}", (HttpContext http, string? path, FhirEndpoint fhir) => fhir.HandleAsync(http, path ?? ""));
        return ehr;
    }

    /// <summary>Refuses to start where other machines could reach the demo: it has no password.</summary>
    /// <param name="addresses">Listening addresses as ASP.NET writes them (<c>http://localhost:5080</c>).</param>
    /// <exception cref="InvalidOperationException">Names every address that is not loopback.</exception>
    public static void RefuseOffLoopback(IEnumerable<string> addresses)
    {
        var open = addresses.SelectMany(a => a.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Where(a => !IsLoopback(a)).ToList();
        if (open is []) return;
        throw new InvalidOperationException($"The sandbox EHR has no password and only starts on this machine's own (loopback) addresses. Not loopback: {string.Join(", ", open)}. "
            + "Listen on http://localhost, or switch the sandbox off (--Sandbox:Enabled=false).");
    }

    private static bool IsLoopback(string address)
    {
        // BindingAddress also reads "http://*:80" and "http://+:80", which Uri does not.
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return false;
        }
        return !binding.IsUnixPipe && !binding.IsNamedPipe
            && (binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(binding.Host, out var ip) && IPAddress.IsLoopback(ip)));
    }
}
