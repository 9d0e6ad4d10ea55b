using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BiopsyFhir.Api.Cds;

/// <summary>Parts of something, one after the other in a rented buffer, to be hashed in one go: a call into the cryptographic library for each of them cost more than the hash.</summary>
public sealed class HashedParts : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _length;

    public void Add(Guid id)
    {
        id.TryWriteBytes(Room(16));
        _length += 16;
    }

    /// <summary>The length first: no two lists of parts run into the same text.</summary>
    public void Add(ReadOnlySpan<char> part)
    {
        var text = MemoryMarshal.AsBytes(part);
        var room = Room(sizeof(int) + text.Length);
        BitConverter.TryWriteBytes(room, part.Length);
        text.CopyTo(room[sizeof(int)..]);
        _length += sizeof(int) + text.Length;
    }

    /// <param name="hash">32 bytes.</param>
    public void Sha256(Span<byte> hash) => SHA256.HashData(_bytes.AsSpan(0, _length), hash);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length)); // it held a patient's words
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private Span<byte> Room(int more)
    {
        if (_bytes.Length - _length < more)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + more));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
            _bytes = larger;
        }
        return _bytes.AsSpan(_length);
    }
}
