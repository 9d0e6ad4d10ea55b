using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace BiopsyFhir.Api.Assessments;

/// <summary>The bytes of a request, from a pool; disposing gives them back.</summary>
public sealed class Body(byte[] rented, int length) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => rented.AsMemory(0, length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented, clearArray: true);
}

/// <summary>Reads a JSON body within the contract's limits.</summary>
public static class ReadBody
{
    /// <summary>Contract section 2.</summary>
    public const int MaxBytes = 20_971_520;

    /// <summary>Why the body's form is not accepted, or null: FHIR or plain JSON in UTF-8, without any Content-Encoding.</summary>
    public static string? UnsupportedMediaType(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return "Send the body without Content-Encoding.";
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return "Send application/fhir+json or application/json.";
        if (!type.MediaType.Equals("application/fhir+json", StringComparison.OrdinalIgnoreCase) && !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return $"'{type.MediaType}' is not read; send application/fhir+json or application/json.";
        return type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? "JSON is UTF-8; other character sets are not read." : null;
    }

    /// <summary>
    /// So much of a body that is too large is taken and thrown away: a client that is still sending when the connection closes
    /// would see a reset instead of the 413.
    /// </summary>
    private const int MaxDiscarded = 4 * MaxBytes;

    /// <summary>Null when there are more bytes than the limit.</summary>
    public static async Task<Body?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxDiscarded;
        if (request.ContentLength > MaxBytes)
        {
            if (request.ContentLength <= MaxDiscarded) await DiscardAsync(request, MaxDiscarded, cancel);
            return null;
        }
        var buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? 64 * 1024) + 1);
        var length = 0;
        var taken = false;
        try
        {
            while (await request.Body.ReadAsync(buffer.AsMemory(length), cancel) is > 0 and var read)
            {
                length += read;
                if (length > MaxBytes)
                {
                    await DiscardAsync(request, MaxDiscarded - length, cancel);
                    return null;
                }
                if (length < buffer.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, MaxBytes + 1));
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                buffer = larger;
            }
            taken = true;
            return new(buffer, length);
        }
        finally
        {
            if (!taken) ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static async Task DiscardAsync(HttpRequest request, int atMost, CancellationToken cancel)
    {
        var scratch = new byte[64 * 1024];
        while (atMost > 0 && await request.Body.ReadAsync(scratch, cancel) is > 0 and var read) atMost -= read;
    }
}
