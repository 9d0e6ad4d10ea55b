namespace BiopsyFhir.Fhir.Publishing;

/// <summary>What <c>/fhir</c> can do: read and search the published policies, nothing else.</summary>
public static class CapabilityJson
{
    /// <param name="since">Since when this instance says so.</param>
    /// <param name="open">Whether anybody may read, or only callers of the API.</param>
    public static byte[] Of(PublishContext context, string softwareVersion, DateOnly since, bool open)
    {
        using var json = new ResourceJson("CapabilityStatement");
        json.Text("url", $"{context.Base}/metadata").Text("name", "BiopsyFhirPolicies").Text("title", "Policies of BiopsyFhir as FHIR R4").Text("status", "active")
            .Flag("experimental", context.Experimental).Text("date", since.ToString("yyyy-MM-dd")).Text("publisher", "BiopsyFhir")
            .Text("description", "The policies by which readiness for a bone marrow biopsy is judged, as knowledge resources. No patient data is here, and nothing can be written.")
            .Text("kind", "instance")
            .Object("software", () => json.Text("name", "BiopsyFhir").Text("version", softwareVersion))
            .Object("implementation", () => json.Text("description", "Published policies of this BiopsyFhir service").Text("url", context.Base))
            .Text("fhirVersion", "4.0.1").Strings("format", ["application/fhir+json", "json"])
            .One("rest", () =>
            {
                json.Text("mode", "server")
                    .Object("security", () => json.Flag("cors", false).Text("description",
                        open ? "Open: there is no patient data here. A site can ask for the sign-in of its API instead." : "Reading asks for the bearer token of the API; this statement does not."))
                    .List("resource", PublishPolicies.Types, type => json.Text("type", type)
                        .List("interaction", (string[])["read", "search-type"], code => json.Text("code", code))
                        .Text("versioning", "no-version")
                        .List("searchParam", SearchPublished.Parameters, p => json.Text("name", p.Name).Text("type", p.Type).Text("documentation", p.Words)));
            });
        return json.Done();
    }
}
