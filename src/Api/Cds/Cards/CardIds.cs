using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Ids made from what they stand for (RFC 9562, version 8, SHA-256): a call that is repeated gets the same cards, another call never
/// gets the same id (H-43, H-69).
/// </summary>
public static class CardIds
{
    public static Guid OfCard(HookCall call, CardTopic topic, string summary, ReadOnlySpan<char> detail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> instance = stackalloc byte[16];
        call.HookInstance.TryWriteBytes(instance);
        hash.AppendData(instance);
        Part(hash, call.Ehr.Id);
        Part(hash, call.Client);
        Part(hash, call.Service.Id);
        Part(hash, topic.Code());
        Part(hash, summary);
        Part(hash, detail);
        return Version8(hash);
    }

    public static Guid OfSuggestion(Guid card, string kind)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> id = stackalloc byte[16];
        card.TryWriteBytes(id);
        hash.AppendData(id);
        Part(hash, kind);
        return Version8(hash);
    }

    /// <summary>The length first: no two lists of parts run into the same text.</summary>
    public static void Part(IncrementalHash hash, ReadOnlySpan<char> part)
    {
        Span<byte> length = stackalloc byte[4];
        BitConverter.TryWriteBytes(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(MemoryMarshal.AsBytes(part));
    }

    private static Guid Version8(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[32];
        hash.GetHashAndReset(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes[..16], bigEndian: true);
    }
}
