using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>
/// FHIR calls for one hook call or one session. Failures are values (<see cref="FhirFailure"/>); only the caller's own cancellation is
/// thrown. Safe for parallel calls. Returned documents are pooled and the caller's to dispose.
/// </summary>
public sealed class FhirClient
{
    private readonly FhirConnection _connection;
    private readonly FhirExchange _exchange;
    private readonly Deadline? _deadline;

    internal FhirClient(FhirConnection connection, IAccessTokens? tokens)
        : this(connection, new FhirExchange(connection, tokens), null)
    {
    }

    private FhirClient(FhirConnection connection, FhirExchange exchange, Deadline? deadline)
    {
        _connection = connection;
        _exchange = exchange;
        _deadline = deadline;
    }

    public FhirServer Server => _connection.Server;

    /// <summary>The same client under one deadline for all calls made through the answer.</summary>
    public FhirClient Within(Deadline deadline) => new(_connection, _exchange, deadline);

    /// <summary>All pages of <c>GET {type}?{query}</c>. A later page that fails leaves <see cref="SearchResult.Incomplete"/>, not silence.</summary>
    public async Task<FhirResult<SearchResult>> SearchAsync(string type, FhirQuery query, CancellationToken ct)
    {
        var link = query.Parameters.IsEmpty ? type : $"{type}?{query}";
        return type.All(char.IsAsciiLetter) && Server.Addresses.TryResolve(link, out var first)
            ? await ReadPages.AllAsync(_exchange, _connection, type, query, first, _deadline, ct).ConfigureAwait(false)
            : new FhirFailure.NotAllowedAddress("it is not a resource type");
    }

    /// <summary>
    /// One resource by <c>Type/id</c>, <c>Type/id/_history/v</c> or an absolute address on this server. Another type or id in the
    /// answer is a failure: two patients must never mix.
    /// </summary>
    public async Task<FhirResult<FhirResource>> ReadAsync(string reference, CancellationToken ct)
    {
        if (!Server.Addresses.TryReadReference(reference, out var wanted) || !Server.Addresses.TryResolve(reference, out var address))
            return new FhirFailure.NotAllowedAddress("the reference does not name a resource on the EHR");
        var answer = await _exchange.SendAsync(new FhirRequest(HttpMethod.Get, address, wanted.Type) { Repeatable = true }, _deadline, ct).ConfigureAwait(false);
        if (answer.Failure is not null)
            return answer.Failure;
        var root = answer.Json!.Root;
        if (root.IsA(wanted.Type) && root.Text("id") == wanted.Id)
            return new FhirResource(answer.Json, answer.ETag, wanted);
        using (answer)
        {
            return root.IsA("OperationOutcome") && wanted.Type != "OperationOutcome"
                ? new FhirFailure.Refused { Status = answer.Status, Issues = OutcomeIssue.ReadAll(root) }
                : new FhirFailure.Garbled("another resource than the one asked for") { Status = answer.Status };
        }
    }

    /// <summary><c>GET metadata</c>, first without a token as servers should allow, then with it. The caller keeps the answer for a while.</summary>
    public async Task<FhirResult<Capabilities>> CapabilitiesAsync(CancellationToken ct)
    {
        var request = new FhirRequest(HttpMethod.Get, new Uri(Server.Addresses.Base, "metadata"), "CapabilityStatement") { Repeatable = true, Anonymous = true };
        var answer = await _exchange.SendAsync(request, _deadline, ct).ConfigureAwait(false);
        if (answer.Failure is FhirFailure.Unauthorised or FhirFailure.Forbidden)
            answer = await _exchange.SendAsync(request with { Anonymous = false }, _deadline, ct).ConfigureAwait(false);
        if (answer.Failure is not null)
            return answer.Failure;
        using (answer)
        {
            var (capabilities, refused) = Capabilities.Read(answer.Json!.Root);
            return capabilities is not null ? capabilities : new FhirFailure.Garbled(refused!) { Status = answer.Status };
        }
    }

    /// <summary>
    /// <c>POST {type}</c>. With <paramref name="ifNoneExist"/> (a conditional create on our own identifier) it is repeated after a
    /// transient failure; without, it is sent once.
    /// </summary>
    /// <param name="type">The resource type.</param>
    /// <param name="json">The resource, UTF-8.</param>
    /// <param name="ifNoneExist">Only where the server announces conditional create: others ignore the header and add a second one.</param>
    /// <param name="ct">The caller's cancellation.</param>
    public Task<FhirResult<WriteAnswer>> CreateAsync(string type, ReadOnlyMemory<byte> json, FhirQuery? ifNoneExist, CancellationToken ct) =>
        WriteAsync(HttpMethod.Post, type, new ResourceAddress(type, ""), r => r with { Body = json, IfNoneExist = ifNoneExist?.ToHeader(), Repeatable = ifNoneExist is not null }, ct);

    /// <summary>
    /// <c>PUT {reference}</c> with <c>If-Match</c>. Repeated after a transient failure: the version tag keeps it from being done twice
    /// (a repeat of one that got through answers 412, and the caller looks again).
    /// </summary>
    public Task<FhirResult<WriteAnswer>> UpdateAsync(ResourceAddress resource, ReadOnlyMemory<byte> json, string ifMatch, CancellationToken ct) =>
        WriteAsync(HttpMethod.Put, resource.Reference, resource, r => r with { Body = json, IfMatch = ifMatch, Repeatable = true }, ct);

    /// <summary><c>PATCH {reference}</c> with a JSON Patch (RFC 6902) and <c>If-Match</c>; repeated as <see cref="UpdateAsync"/> is.</summary>
    public Task<FhirResult<WriteAnswer>> PatchAsync(ResourceAddress resource, ReadOnlyMemory<byte> jsonPatch, string ifMatch, CancellationToken ct) =>
        WriteAsync(HttpMethod.Patch, resource.Reference, resource, r => r with { Body = jsonPatch, BodyType = "application/json-patch+json", IfMatch = ifMatch, Repeatable = true }, ct);

    /// <summary>Posts a transaction Bundle to the base.</summary>
    /// <param name="bundle">The Bundle, UTF-8.</param>
    /// <param name="keyed">Every entry carries <c>ifNoneExist</c> or <c>ifMatch</c>, so that a repeat adds nothing.</param>
    /// <param name="ct">The caller's cancellation.</param>
    public async Task<FhirResult<TransactionAnswer>> TransactionAsync(ReadOnlyMemory<byte> bundle, bool keyed, CancellationToken ct)
    {
        // The base as configured: some servers take a POST only without, some only with the slash.
        var request = new FhirRequest(HttpMethod.Post, new Uri(Server.BaseUrl), "Bundle") { Body = bundle, Repeatable = keyed };
        using var answer = await _exchange.SendAsync(request, _deadline, ct).ConfigureAwait(false);
        return answer.Failure is not null ? answer.Failure : TransactionAnswer.Read(answer, Server.Addresses);
    }

    /// <summary>
    /// An attachment: relative as Epic sends them (<c>Binary/1</c>) or absolute as Oracle does; on another host it is not asked.
    /// A Binary resource is unpacked.
    /// </summary>
    /// <param name="url">The address in the attachment.</param>
    /// <param name="accept">Oracle chooses the form by this header.</param>
    /// <param name="ct">The caller's cancellation.</param>
    public async Task<FhirResult<BinaryContent>> BinaryAsync(string url, string accept, CancellationToken ct)
    {
        if (!Server.Addresses.TryResolve(url, out var address))
            return new FhirFailure.NotAllowedAddress("the attachment is not on the EHR's own address");
        var answer = await _exchange.SendAsync(new FhirRequest(HttpMethod.Get, address, "Binary") { Accept = accept, Raw = true, Repeatable = true }, _deadline, ct).ConfigureAwait(false);
        if (answer.Failure is not null)
            return answer.Failure;
        if (answer.ContentType is null || !answer.ContentType.Contains("json", StringComparison.OrdinalIgnoreCase))
            return new BinaryContent(answer.ContentType, answer.Raw!);
        if (FhirJson.Parse(answer.Raw!) is not JsonRead.Ok(var document))
            return new BinaryContent(answer.ContentType, answer.Raw!);
        using (document)
        {
            if (!document.RootElement.IsA("Binary"))
                return new BinaryContent(answer.ContentType, answer.Raw!);
            var data = document.RootElement.Member("data");
            return data.TryGetBytesFromBase64(out var bytes)
                ? new BinaryContent(document.RootElement.Text("contentType"), bytes)
                : new FhirFailure.Garbled("a Binary without readable data") { Status = answer.Status };
        }
    }

    private async Task<FhirResult<WriteAnswer>> WriteAsync(HttpMethod method, string link, ResourceAddress resource, Func<FhirRequest, FhirRequest> fill, CancellationToken ct)
    {
        if (!Server.Addresses.TryResolve(link, out var address))
            return new FhirFailure.NotAllowedAddress("it does not belong to the EHR");
        var request = fill(new FhirRequest(method, address, resource.Type));
        using var answer = await _exchange.SendAsync(request, _deadline, ct).ConfigureAwait(false);
        if (answer.Failure is not null)
            return answer.Failure;
        var body = answer.Json?.Root ?? default;
        var at = WrittenAddress.Of(answer.Location, body, resource.Type, Server.Addresses) ?? (resource.Id.Length > 0 ? resource : null);
        return new WriteAnswer(
            answer.Status,
            at,
            answer.ETag ?? (body.IsA(resource.Type) ? FhirResource.VersionTag(body) : null) ?? (at?.Version is { } v ? $"W/\"{v}\"" : null),
            AlreadyThere: request.IfNoneExist is not null && answer.Status == 200);
    }
}
