using System.Collections.Immutable;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>A resource on the server that carries our identifiers.</summary>
internal sealed record OurCopy(ResourceAddress Address, string? Status, bool SameContent, DateTimeOffset? AuthoredAt, string? ETag)
{
    /// <summary>Counts as the current version.</summary>
    public bool IsCurrent => Status is "active" or "current" or "draft" or "on-hold" or "completed" or "requested" or "accepted" or "in-progress" or "received" or "ready";

    /// <summary>We marked it as replaced ourselves, so we may take that back.</summary>
    public bool WasSuperseded => Status == Lifecycle.Superseded(Address.Type);
}

/// <summary>Statuses by type: what a new one has, and what a replaced one gets.</summary>
internal static class Lifecycle
{
    public static string Current(string type) => type switch { "DocumentReference" => "current", "Task" => "requested", "Communication" => "completed", _ => "active" };

    public static string? Superseded(string type) => type switch { "CarePlan" => "revoked", "DocumentReference" => "superseded", "Task" => "cancelled", _ => null };

    /// <summary>Statuses from which we may mark it: a completed or withdrawn one was settled by somebody else.</summary>
    public static bool MayMark(string type, string? status) => type switch
    {
        "CarePlan" => status is "draft" or "active" or "on-hold",
        "DocumentReference" => status is "current",
        "Task" => status is "draft" or "requested" or "received" or "accepted" or "ready" or "on-hold",
        _ => false,
    };
}

/// <summary>
/// Finds what we wrote earlier. A server that ignores the parameter answers with everybody's resources, so only those that carry our
/// identifier themselves count; and absence counts only when the whole answer was seen.
/// </summary>
internal sealed record OurCopies(ImmutableArray<OurCopy> Copies, bool AbsenceShown)
{
    public static async Task<FhirResult<OurCopies>> FindAsync(FhirClient client, Rung.Write rung, string patient, string token, CancellationToken ct)
    {
        var type = rung.Kind.ResourceType();
        var query = FhirQuery.Of(("identifier", token));
        if (rung.SearchByPatient)
            query = query.And("patient", patient["Patient/".Length..]);
        var answer = await client.SearchAsync(type, query, ct).ConfigureAwait(false);
        if (!answer.Got(out var result, out var failure))
            return failure;
        using (result)
        {
            return new OurCopies(
                [.. result.Matches.Select(m => Read(m, rung.Draft.Keys)).OfType<OurCopy>().DistinctBy(c => c.Address.Reference)],
                result.ShowsAbsence);
        }
    }

    /// <summary>A resource as one of ours; null when it does not carry the series identifier.</summary>
    public static OurCopy? Read(FhirElement resource, DraftKeys keys)
    {
        if (!Carries(resource, keys.SeriesSystem, keys.Series) || resource.Text("id") is not { } id || resource.Text("resourceType") is not { } type)
            return null;
        return new OurCopy(
            new ResourceAddress(type, id),
            resource.Text("status"),
            Carries(resource, keys.CreationSystem, keys.Creation),
            Authored(resource, type),
            FhirResource.VersionTag(resource));
    }

    public static bool Carries(FhirElement resource, string system, string value) =>
        resource.Items("identifier").Any(i => i.Text("system") == system && i.Text("value") == value);

    public static bool IsTagged(FhirElement resource, string system, string code) =>
        resource.Member("meta").Items("tag").Any(t => t.Text("system") == system && t.Text("code") == code);

    /// <summary>The time of confirmation that we wrote into it: our own clock, so two of ours can be compared. A date alone says nothing.</summary>
    private static DateTimeOffset? Authored(FhirElement resource, string type)
    {
        var text = resource.Text(type switch { "CarePlan" => "created", "DocumentReference" => "date", "Communication" => "sent", _ => "authoredOn" });
        return text is not null && text.Contains('T') && DateTimeOffset.TryParse(text, out var at) ? at : null;
    }
}
