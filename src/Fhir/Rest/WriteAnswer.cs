using System.Collections.Immutable;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// What a write that succeeded told us. An empty body, a missing ETag and a <c>Location</c> on another host are all success;
/// then <see cref="Address"/> may be null, and the resource is found by its identifier.
/// </summary>
/// <param name="Status">200, 201, 204.</param>
/// <param name="Address">From <c>Location</c> below our own base, else from the body.</param>
/// <param name="ETag">The version tag, when told.</param>
/// <param name="AlreadyThere">A conditional create that met an existing resource (200 instead of 201).</param>
public sealed record WriteAnswer(int Status, ResourceAddress? Address, string? ETag, bool AlreadyThere);

/// <summary>One entry of a transaction's answer, in the order of the request.</summary>
public sealed record TransactionEntry(int? Status, ResourceAddress? Address, string? ETag, ImmutableArray<OutcomeIssue> Issues)
{
    public bool Succeeded => Status is >= 200 and < 300;
}

/// <summary>A transaction that was accepted. <see cref="Entries"/> is empty when the server sent no readable body.</summary>
public sealed record TransactionAnswer(int Status, ImmutableArray<TransactionEntry> Entries)
{
    internal static TransactionAnswer Read(FhirAnswer answer, OutgoingAddress addresses)
    {
        if (answer.Json is null || !answer.Json.Root.IsA("Bundle"))
            return new TransactionAnswer(answer.Status, []);
        return new TransactionAnswer(answer.Status, [.. answer.Json.Root.Items("entry").Select(e => Entry(e, addresses))]);
    }

    private static TransactionEntry Entry(FhirElement entry, OutgoingAddress addresses)
    {
        var response = entry.Member("response");
        // "201 Created" or "201".
        var status = int.TryParse(response.Text("status")?.Split(' ')[0], out var code) ? code : (int?)null;
        var body = entry.Member("resource");
        var issues = OutcomeIssue.ReadAll(response.Member("outcome"));
        return new TransactionEntry(
            status,
            WrittenAddress.Of(response.Text("location"), body, null, addresses),
            response.Text("etag") ?? FhirResource.VersionTag(body),
            issues);
    }
}

/// <summary>Where a written resource is, from what the server told. Never from a <c>Location</c> on another host.</summary>
internal static class WrittenAddress
{
    /// <param name="location">The header, absolute or relative.</param>
    /// <param name="body">The resource in the answer, if any.</param>
    /// <param name="type">The type that was written; null when any will do.</param>
    /// <param name="addresses">Decides what belongs to the server.</param>
    public static ResourceAddress? Of(string? location, FhirElement body, string? type, OutgoingAddress addresses)
    {
        if (addresses.TryReadReference(location, out var at) && (type is null || at.Type == type))
            return at;
        return body.Text("resourceType") is { } bodyType && body.Text("id") is { } id && (type is null || bodyType == type)
            && addresses.TryReadReference($"{bodyType}/{id}", out var inBody)
            ? inBody
            : null;
    }
}
