using System.Buffers.Binary;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// What was made of pieces of JSON that come again with every patient, by their bytes. Bounded: a new one takes the place of an old
/// one. Safe for many threads: a slot is read and written as one reference.
/// </summary>
internal sealed class ByUtf8<T>(int longestBytes) where T : class
{
    private const int Slots = 1 << 13, Neighbours = 4;

    private readonly Known?[] _known = new Known?[Slots + Neighbours];

    private sealed record Known(byte[] Utf8, T Made);

    public T? Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > longestBytes) return null;
        foreach (var known in _known.AsSpan(Slot(utf8, Slots), Neighbours))
            if (known is not null && utf8.SequenceEqual(known.Utf8)) return known.Made;
        return null;
    }

    public void Keep(ReadOnlySpan<byte> utf8, T made)
    {
        if (utf8.Length > longestBytes) return;
        var places = _known.AsSpan(Slot(utf8, Slots), Neighbours);
        var free = 0;
        while (free < Neighbours - 1 && places[free] is not null) free++;
        places[free] = new(utf8.ToArray(), made);
    }

    /// <summary>Texts made to fall on one slot only push each other out.</summary>
    private static int Slot(ReadOnlySpan<byte> utf8, int slots) => (int)(ByUtf8.Hash(utf8) >> 32) & (slots - 1);
}

internal static class ByUtf8
{
    /// <summary>Quick, and not proof against texts made to collide: for tables in which these only push each other out. The upper half is the better one.</summary>
    public static ulong Hash(ReadOnlySpan<byte> utf8)
    {
        const ulong odd = 0x9E3779B97F4A7C15;
        var sum = (ulong)utf8.Length;
        var rest = utf8;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..]) sum = ((sum ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) * odd) ^ (sum >> 32);
        ulong last = 0;
        if (utf8.Length >= sizeof(ulong)) last = BinaryPrimitives.ReadUInt64LittleEndian(utf8[^sizeof(ulong)..]); // some of them again, which does no harm
        else foreach (var one in rest) last = (last << 8) | one;
        sum = (sum ^ last) * odd;
        return (sum ^ (sum >> 29)) * odd;
    }
}
