using System.Net.Http.Headers;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>One call as we mean it; every attempt makes a fresh HTTP message of it.</summary>
internal sealed record FhirRequest(HttpMethod Method, Uri Address, string Type)
{
    public const string FhirJsonType = "application/fhir+json";

    /// <summary>A read, or a write that a key makes safe to repeat.</summary>
    public bool Repeatable { get; init; }

    public bool Anonymous { get; init; }

    public string Accept { get; init; } = FhirJsonType;

    public ReadOnlyMemory<byte> Body { get; init; }

    public string BodyType { get; init; } = FhirJsonType;

    public string? IfMatch { get; init; }

    public string? IfNoneExist { get; init; }

    /// <summary>Bytes of an attachment rather than a resource.</summary>
    public bool Raw { get; init; }

    public bool IsWrite => Method != HttpMethod.Get;

    public HttpRequestMessage ToMessage(AccessToken? token)
    {
        var message = new HttpRequestMessage(Method, Address)
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept", Accept == FhirJsonType ? "application/fhir+json, application/json;q=0.9" : Accept);
        message.Headers.TryAddWithoutValidation("User-Agent", "BiopsyFhir");
        if (token is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        if (IfMatch is not null)
            message.Headers.TryAddWithoutValidation("If-Match", IfMatch);
        if (IfNoneExist is not null)
            message.Headers.TryAddWithoutValidation("If-None-Exist", IfNoneExist);
        if (!Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", BodyType);
        }

        return message;
    }
}

/// <summary>One answer: a document or bytes on success, else the failure.</summary>
internal sealed class FhirAnswer : IDisposable
{
    public int Status { get; init; }

    public PooledJson? Json { get; init; }

    public byte[]? Raw { get; init; }

    public int Bytes { get; init; }

    public string? ContentType { get; init; }

    public string? Location { get; init; }

    public string? ETag { get; init; }

    public FhirFailure? Failure { get; init; }

    public static FhirAnswer Of(FhirFailure failure) => new() { Failure = failure, Status = failure.Status ?? 0 };

    public void Dispose() => Json?.Dispose();
}
