using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary>RFC 9457 problem+json with one entry per fault.</summary>
public sealed class Problem(int status, string detail, IReadOnlyList<ReadFault> faults) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/problem+json";
        await using var json = new Utf8JsonWriter(httpContext.Response.Body);
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", "The request cannot be used");
        json.WriteNumber("status", status);
        json.WriteString("detail", detail);
        json.WriteStartArray("errors");
        foreach (var fault in faults)
        {
            json.WriteStartObject();
            json.WriteString("where", fault.Where);
            json.WriteString("detail", fault.What);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
