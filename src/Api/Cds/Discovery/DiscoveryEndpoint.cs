using System.Text.Json;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Cds;

/// <summary><c>GET /cds-services</c>: what can be called and what to send along. The answer never changes while the service runs.</summary>
public static class DiscoveryEndpoint
{
    private static readonly byte[] Plain = Write(PrefetchVersion.V2);
    private static readonly byte[] Dated = Write(PrefetchVersion.V3);

    /// <summary>Lists the CDS Hooks services with their prefetch templates.</summary>
    /// <remarks>Answered without a token too. A client known to fill templates of CDS Hooks 3.0 gets those when it sends its token.</remarks>
    public static IResult Get(HttpContext context) =>
        Results.Bytes(HookCaller.Of(context).Prefetch is PrefetchVersion.V3 ? Dated : Plain, "application/json");

    private static byte[] Write(PrefetchVersion version)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("services");
            foreach (var service in HookServices.All) Write(json, service, version);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, HookService service, PrefetchVersion version)
    {
        json.WriteStartObject();
        json.WriteString("hook", service.Hook.Name());
        json.WriteString("id", service.Id);
        json.WriteString("title", service.Title);
        json.WriteString("description", service.Description);
        json.WriteString("usageRequirements",
            "Prefetch, or fhirAuthorization with read access to the types of the prefetch templates. What can be seen neither way is named on a card.");
        if (version is PrefetchVersion.V3)
        {
            json.WriteString("version", "3.0.0");
            json.WriteString("hookVersion", "1.0.0");
        }
        json.WriteStartObject("prefetch");
        foreach (var key in PrefetchKey.All) json.WriteString(key.Key, key.Template(version is PrefetchVersion.V3));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
