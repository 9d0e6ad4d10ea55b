using System.Buffers;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>A response body within its limit, as a document or as bytes; anything else is a named fault.</summary>
internal static class ReadBody
{
    /// <summary>A resource; the caller's to dispose.</summary>
    public static async Task<(PooledJson? Json, int Bytes, FhirFailure? Fault)> ResourceAsync(HttpResponseMessage response, int limit, CancellationToken ct)
    {
        if (WrongType(response) is { } wrong)
            return (null, 0, new FhirFailure.Garbled(wrong));
        var (bytes, length, fault) = await BytesAsync(response, limit, ct).ConfigureAwait(false);
        if (fault is not null)
            return (null, length, fault);
        var (json, why) = PooledJson.Parse(bytes, length);
        return (json, length, why is null ? null : new FhirFailure.Garbled(why));
    }

    /// <summary>Whether there was no body, rather than one of another kind.</summary>
    public static bool IsEmpty(HttpResponseMessage response, int bytesRead) =>
        response.Content.Headers.ContentLength == 0 || (bytesRead == 0 && WrongType(response) is null);

    /// <summary>An attachment's bytes.</summary>
    public static async Task<(byte[]? Raw, FhirFailure? Fault)> RawAsync(HttpResponseMessage response, int limit, CancellationToken ct)
    {
        var (bytes, length, fault) = await BytesAsync(response, limit, ct).ConfigureAwait(false);
        if (fault is not null)
            return (null, fault);
        var raw = bytes.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(bytes);
        return (raw, null);
    }

    /// <summary>On success the array is rented and the caller gives it back; on a fault it is given back already.</summary>
    private static async Task<(byte[] Rented, int Length, FhirFailure? Fault)> BytesAsync(HttpResponseMessage response, int limit, CancellationToken ct)
    {
        // The handler has taken off what it can undo; an encoding that is left cannot be read.
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)) is not null)
            return ([], 0, new FhirFailure.Garbled("an unknown compression"));
        if (response.Content.Headers.ContentLength > limit)
            return ([], 0, TooLarge(limit));

        var rented = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(response.Content.Headers.ContentLength + 1 ?? 16 * 1024, 1024, limit + 1L));
        var length = 0;
        FhirFailure? fault;
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            await using var _ = stream.ConfigureAwait(false);
            while (true)
            {
                var read = await stream.ReadAsync(rented.AsMemory(length), ct).ConfigureAwait(false);
                if (read == 0)
                    return (rented, length, null);
                length += read;
                if (length > limit)
                {
                    fault = TooLarge(limit);
                    break;
                }

                if (length == rented.Length)
                    rented = Grow(rented, length, limit);
            }
        }
        catch (InvalidDataException)
        {
            fault = new FhirFailure.Garbled("a broken compressed body");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            fault = new FhirFailure.Garbled("a body that ended early") { CutShort = true };
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }

        ArrayPool<byte>.Shared.Return(rented);
        return ([], length, fault);
    }

    private static byte[] Grow(byte[] rented, int length, int limit)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(limit + 1L, rented.Length * 2L));
        rented.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(rented);
        return larger;
    }

    private static FhirFailure.TooLarge TooLarge(int limit) =>
        new(limit >= 1024 * 1024 ? $"the answer has more than {limit / (1024 * 1024)} MiB" : $"the answer has more than {limit} bytes");

    /// <summary>FHIR JSON is UTF-8 under one of four names that servers use; a missing name is let through, for the parser to judge.</summary>
    private static string? WrongType(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentLength == 0)
            return "an empty body";
        if (!response.Content.Headers.NonValidated.Contains("Content-Type"))
            return null;
        if (response.Content.Headers.ContentType is not { } type)
            return "a body of unknown type";
        var what = type.MediaType?.ToLowerInvariant() switch
        {
            "application/fhir+json" or "application/json" or "application/json+fhir" or "text/json" => null,
            "text/html" or "application/xhtml+xml" => "an HTML page instead of FHIR JSON",
            "application/fhir+xml" or "application/xml" or "text/xml" => "XML instead of FHIR JSON",
            "text/plain" => "plain text instead of FHIR JSON",
            _ => "a body that is not FHIR JSON",
        };
        if (what is null && type.CharSet is { } charset && charset.Trim('"').ToLowerInvariant() is not ("utf-8" or "utf8" or "us-ascii"))
            return "text that is not UTF-8";
        return what;
    }
}
