namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Ids made from what they stand for (RFC 9562, version 8, SHA-256): a call that is repeated gets the same cards, another call never
/// gets the same id (H-43, H-69).
/// </summary>
public static class CardIds
{
    public static Guid OfCard(HookCall call, CardTopic topic, string summary, ReadOnlySpan<char> detail)
    {
        using var parts = new HashedParts();
        parts.Add(call.HookInstance);
        parts.Add(call.Ehr.Id);
        parts.Add(call.Client);
        parts.Add(call.Service.Id);
        parts.Add(topic.Code());
        parts.Add(summary);
        parts.Add(detail);
        return Version8(parts);
    }

    public static Guid OfSuggestion(Guid card, string kind)
    {
        using var parts = new HashedParts();
        parts.Add(card);
        parts.Add(kind);
        return Version8(parts);
    }

    private static Guid Version8(HashedParts parts)
    {
        Span<byte> bytes = stackalloc byte[32];
        parts.Sha256(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes[..16], bigEndian: true);
    }
}
