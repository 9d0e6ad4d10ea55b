using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Fhir.Publishing;
using Microsoft.Net.Http.Headers;

namespace BiopsyFhir.Api.Published;

/// <summary>
/// <c>/fhir</c>: the policies as R4 knowledge resources, to read and search. No patient data, nothing to write. Open to anybody like our
/// other public documents, unless <c>Policy:Publish</c> says otherwise.
/// </summary>
public static class PublishedEndpoints
{
    private const string FhirJson = "application/fhir+json";

    public static IServiceCollection AddPublishedPolicies(this IServiceCollection services) => services.AddSingleton<PublishedPolicies>();

    public static void MapPublishedPolicies(this WebApplication app, ServiceOptions options)
    {
        if (options.Policy.Publish == PublishTo.Off) return;
        var fhir = app.MapGroup("/fhir").WithTags("Policies as FHIR");
        fhir.MapGet("/metadata", Metadata).WithName("FhirMetadata").WithSummary("CapabilityStatement of what is published here.").Produces<JsonElement>(200, FhirJson);
        var guarded = fhir.MapGroup("");
        if (options.Policy.Publish == PublishTo.SignedIn) guarded.RequireAuthorization(ApiCaller.Policy);
        guarded.MapGet("/{type}", Search).WithName("FhirSearch").Produces<JsonElement>(200, FhirJson)
            .WithSummary("Searches PlanDefinition, ActivityDefinition, ValueSet or Library by _id, url, identifier, name, title, version and status; answers a Bundle in pages.");
        guarded.MapPost("/{type}/_search", SearchByForm).WithName("FhirSearchByForm").Accepts<JsonElement>("application/x-www-form-urlencoded").Produces<JsonElement>(200, FhirJson).DisableAntiforgery()
            .WithSummary("The same search with its parameters in a form.");
        guarded.MapGet("/{type}/{id}", Read).WithName("FhirRead").Produces<JsonElement>(200, FhirJson).WithSummary("Reads one resource; its ETag names its content.");
    }

    private static IResult Metadata(HttpContext http, PublishedPolicies published) =>
        Refused(http.Request) ?? Results.Bytes(published.CapabilityStatement(), FhirJson);

    private static IResult Read(string type, string id, HttpContext http, PublishedPolicies published)
    {
        if ((Refused(http.Request) ?? Unknown(type)) is { } refused) return refused;
        if (published.OfType(type).FirstOrDefault(r => r.Id == id) is not { } found)
            return new Failure(FailureKind.NotFound, $"There is no {type} with this id.").ToOperationOutcome();
        var tag = new EntityTagHeaderValue($"\"{found.Hash[..16]}\"", isWeak: true);
        http.Response.Headers.ETag = tag.ToString();
        var known = http.Request.GetTypedHeaders().IfNoneMatch;
        return known.Any(k => k.Compare(tag, useStrongComparison: false)) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(found.Json, FhirJson);
    }

    private static IResult Search(string type, HttpContext http, PublishedPolicies published) => Answer(type, http, published, Pairs(http.Request.Query));

    private static async Task<IResult> SearchByForm(string type, HttpContext http, PublishedPolicies published)
    {
        if (!http.Request.HasFormContentType) return new Failure(FailureKind.UnsupportedMediaType, "Send the parameters as application/x-www-form-urlencoded.").ToOperationOutcome();
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        return Answer(type, http, published, [.. Pairs(http.Request.Query), .. Pairs(form)]);
    }

    private static IResult Answer(string type, HttpContext http, PublishedPolicies published, ImmutableArray<(string, string)> query)
    {
        if ((Refused(http.Request, query) ?? Unknown(type)) is { } refused) return refused;
        var (search, faults) = SearchPublished.Read(query, Strict(http.Request));
        if (search is null) return new Failure(FailureKind.BadRequest, "The search cannot be used", [.. faults.Select(f => new Fault("", f.Words))]).ToOperationOutcome();
        var found = published.OfType(type).Where(resource => search.Filters.All(fits => fits(resource))).ToList();
        return Results.Bytes(SearchsetJson.Of(found, search, $"{published.Base}/{type}"), FhirJson);
    }

    private static ImmutableArray<(string, string)> Pairs(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> values) =>
        [.. values.SelectMany(pair => pair.Value.Select(value => (pair.Key, value ?? "")))];

    /// <summary>R4 3.1.0.1.11: JSON only. _format wins over Accept; an Accept that would take anything takes JSON.</summary>
    private static IResult? Refused(HttpRequest request, ImmutableArray<(string Name, string Value)>? query = null)
    {
        var formats = (query ?? Pairs(request.Query)).Where(p => p.Name == "_format").Select(p => p.Value).ToList();
        var fits = formats.Count > 0 ? formats.All(IsJson)
            : request.GetTypedHeaders().Accept is not { Count: > 0 } accept || accept.Any(a => a.Quality is not 0 && (a.MatchesAllTypes || a.MediaType == "application/*" || IsJson(a.MediaType.ToString()) || a.MediaType == "text/html"));
        return fits ? null : new Failure(FailureKind.NotAcceptable, "JSON is what can be had here: application/fhir+json.").ToOperationOutcome();
    }

    private static bool IsJson(string format) => format.Split(';')[0].Trim().ToLowerInvariant() is FhirJson or "application/json" or "text/json" or "json" or "application/json+fhir" or "application/fhir json";

    private static IResult? Unknown(string type) => PublishPolicies.Types.Contains(type) ? null
        : new Failure(FailureKind.NotFound, $"Published are {string.Join(", ", PublishPolicies.Types)}.").ToOperationOutcome();

    /// <summary>R4 3.1.1.4: lenient when nothing is said.</summary>
    private static bool Strict(HttpRequest request) => request.Headers["Prefer"].SelectMany(p => (p ?? "").Split([',', ';']))
        .Any(p => p.Trim().Replace(" ", "", StringComparison.Ordinal).Equals("handling=strict", StringComparison.OrdinalIgnoreCase));
}
