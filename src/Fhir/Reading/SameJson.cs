using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// What was read from a piece of JSON, so that the same bytes are read once: a laboratory sends the same code and reference range
/// with every result. Lives as long as one chart is read.
/// </summary>
internal sealed class SameJson<T>(Func<FhirElement, T> read)
{
    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _known = new Dictionary<byte[], T>(new Bytes()).GetAlternateLookup<ReadOnlySpan<byte>>();

    public T Of(FhirElement json)
    {
        if (json.ValueKind == JsonValueKind.Undefined) return read(json);
        var bytes = json.RawUtf8;
        if (!_known.TryGetValue(bytes, out var known)) _known[bytes] = known = read(json);
        return known;
    }

    private sealed class Bytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            // The hash of texts, seeded per process: input cannot be made to collide. An odd last byte is left to the comparison.
            return string.GetHashCode(MemoryMarshal.Cast<byte, char>(alternate));
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
