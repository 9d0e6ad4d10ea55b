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
    /// <summary>Quick, and not proof against texts made to collide: for tables in which these only push each other out.</summary>
    public static ulong Hash(ReadOnlySpan<byte> utf8)
    {
        // The way of wyhash: sixteen bytes a step, multiplied with one another to twice the width, and both halves kept.
        const ulong odd = 0x9E3779B97F4A7C15;
        var sum = (ulong)utf8.Length * odd;
        for (var rest = utf8; rest.Length > 16; rest = rest[16..]) sum = Product(Eight(rest) ^ odd, Eight(rest[8..]) ^ sum);
        // The last sixteen; some of them again, which does no harm.
        var (first, second) = utf8.Length switch
        {
            >= 16 => (Eight(utf8[^16..]), Eight(utf8[^8..])),
            >= 8 => (Eight(utf8), Eight(utf8[^8..])),
            >= 4 => (BinaryPrimitives.ReadUInt32LittleEndian(utf8), BinaryPrimitives.ReadUInt32LittleEndian(utf8[^4..])),
            > 0 => (utf8[0] | (ulong)utf8[utf8.Length / 2] << 8, utf8[^1]),
            _ => (0ul, 0ul),
        };
        return Product(Product(first ^ odd, second ^ sum), odd);
    }

    private static ulong Eight(ReadOnlySpan<byte> utf8) => BinaryPrimitives.ReadUInt64LittleEndian(utf8);

    private static ulong Product(ulong one, ulong other)
    {
        var high = Math.BigMul(one, other, out var low);
        return high ^ low;
    }
}
