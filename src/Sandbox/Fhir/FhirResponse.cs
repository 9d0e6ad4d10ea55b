using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>An answer of the FHIR server: sent as it is, or folded into the response entry of a batch or transaction.</summary>
internal sealed record FhirResponse(int Status, byte[]? Body = null)
{
    public StoredResource? Resource { get; init; }
    public string? Location { get; init; }
    public string ContentType { get; init; } = "application/fhir+json; charset=utf-8";

    public static FhirResponse Of(int status, StoredResource resource, string? location = null) =>
        new(status, resource.Json) { Resource = resource, Location = location };

    public static FhirResponse Of(FhirFault fault) => new(fault.Status, FhirJson.Write(fault.Outcome()));

    public async Task SendAsync(HttpContext http)
    {
        var response = http.Response;
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (Resource is not null)
        {
            response.Headers.ETag = Resource.ETag;
            response.Headers.LastModified = Resource.LastUpdated.ToString("R");
        }
        if (Location is not null) response.Headers.Location = Location;
        if (Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (Body is null or []) return;
        response.ContentType = ContentType;
        response.ContentLength = Body.Length;
        await response.Body.WriteAsync(Body, http.RequestAborted);
    }

    /// <summary>As <c>Bundle.entry</c> of a batch-response or transaction-response.</summary>
    public JsonObject AsEntry(string fhirBase, bool minimal)
    {
        var response = new JsonObject { ["status"] = $"{Status}" };
        if (Location is not null) response["location"] = Location;
        if (Resource is not null)
        {
            response["etag"] = Resource.ETag;
            response["lastModified"] = $"{Resource.LastUpdated.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
        }
        var body = Body is null or [] ? null : FhirJson.Read(Body);
        if (Status >= 400) response["outcome"] = body;
        var entry = new JsonObject();
        if (Resource is not null) entry["fullUrl"] = $"{fhirBase}/{Resource.Key}";
        if (Status < 400 && body is not null && !(minimal && Resource is not null)) entry["resource"] = body;
        entry["response"] = response;
        return entry;
    }
}
