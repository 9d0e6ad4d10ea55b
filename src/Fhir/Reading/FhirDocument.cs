using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// A parsed body: where each of its values stands, in the order of the text, and where the values inside it end. Made in one pass of
/// <see cref="Utf8JsonReader"/>, which decides what is JSON; read through <see cref="FhirElement"/>. The bytes are not copied and must outlive it.
/// Why not <see cref="JsonDocument"/>: docs/decisions/2026-11-25-an-index-of-our-own.md.
/// </summary>
public sealed class FhirDocument : IDisposable
{
    /// <summary>Beyond so many members an object is looked through for duplicate keys at its end, with a table: no input makes that slow.</summary>
    private const int FewMembers = 64;

    private readonly ReadOnlyMemory<byte> _bytes;
    private JsonValue[]? _values;

    private FhirDocument(ReadOnlyMemory<byte> bytes, JsonValue[] values)
    {
        _bytes = bytes;
        _values = values;
    }

    /// <summary>JSON that we wrote ourselves.</summary>
    /// <exception cref="InvalidDataException">It is not accepted.</exception>
    public static FhirDocument Of(string json) => FhirJson.Parse(Encoding.UTF8.GetBytes(json)) switch
    {
        JsonRead.Ok(var document) => document,
        JsonRead.Refused(var faults) => throw new InvalidDataException(string.Join("; ", faults)),
        _ => throw new InvalidOperationException("JsonRead is a closed set."),
    };

    public FhirElement RootElement => new(this, 0);

    internal ReadOnlySpan<byte> Bytes => _bytes.Span;

    internal JsonValue[] Values
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_values is { } values) return values;
            throw Disposed();
        }
    }

    private static ObjectDisposedException Disposed() => new(nameof(FhirDocument));

    /// <returns>Null when an object has the same key twice.</returns>
    /// <exception cref="JsonException">The bytes are not JSON, or nested too deep.</exception>
    internal static FhirDocument? Index(ReadOnlyMemory<byte> bytes, JsonReaderOptions options)
    {
        // A value of FHIR takes about 24 bytes of text with its name.
        var values = ArrayPool<JsonValue>.Shared.Rent(Math.Max(64, bytes.Length / 20));
        try
        {
            if (!Index(bytes.Span, options, ref values)) return null;
            var document = new FhirDocument(bytes, values);
            values = null;
            return document;
        }
        finally
        {
            if (values is not null) ArrayPool<JsonValue>.Shared.Return(values);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _values, null) is { } values) ArrayPool<JsonValue>.Shared.Return(values);
    }

    private static bool Index(ReadOnlySpan<byte> bytes, JsonReaderOptions options, ref JsonValue[] values)
    {
        var reader = new Utf8JsonReader(bytes, options);
        Span<Open> open = stackalloc Open[options.MaxDepth + 1];
        var (depth, count) = (0, 0);
        var (name, mark, nameEscaped) = (-1, 0u, false);
        while (reader.Read())
        {
            var kind = reader.TokenType;
            if (kind == JsonTokenType.PropertyName)
            {
                name = (int)reader.TokenStartIndex + 1;
                nameEscaped = reader.ValueIsEscaped;
                mark = nameEscaped ? NameMark.Of(Encoding.UTF8.GetBytes(reader.GetString()!)) : NameMark.Of(reader.ValueSpan);
                if (!open[depth].Enter(mark) && IsThere(bytes, values, open[depth].At, count, name, mark, nameEscaped)) return false;
                continue;
            }
            if (kind is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                ref var closed = ref open[depth--];
                ref var whole = ref values[closed.At];
                whole.Next = count;
                whole.Length = (int)reader.BytesConsumed - whole.Start;
                whole.Names = closed.Members > FewMembers ? ulong.MaxValue : closed.Seen;
                if (closed.Members > FewMembers && HasTwice(bytes, values, closed.At)) return false;
                continue;
            }
            if (count == values.Length) values = Larger(values);
            ref var value = ref values[count];
            value.Name = name;
            value.NameMark = mark;
            value.NameEscaped = nameEscaped;
            value.Next = count + 1;
            (name, mark, nameEscaped) = (-1, 0, false);
            value.Start = (int)reader.TokenStartIndex;
            value.Escaped = false;
            switch (kind)
            {
                case JsonTokenType.String:
                    value.Kind = JsonValueKind.String;
                    value.Start++;
                    value.Length = reader.ValueSpan.Length;
                    value.Escaped = reader.ValueIsEscaped;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    value.Kind = kind == JsonTokenType.StartObject ? JsonValueKind.Object : JsonValueKind.Array;
                    open[++depth] = new() { At = count };
                    break;
                default:
                    value.Kind = kind switch
                    {
                        JsonTokenType.Number => JsonValueKind.Number,
                        JsonTokenType.True => JsonValueKind.True,
                        JsonTokenType.False => JsonValueKind.False,
                        _ => JsonValueKind.Null,
                    };
                    value.Length = reader.ValueSpan.Length;
                    break;
            }
            count++;
        }
        return true;
    }

    /// <summary>Whether an object, whose values end at <paramref name="end"/> so far, has this key.</summary>
    private static bool IsThere(ReadOnlySpan<byte> bytes, JsonValue[] values, int at, int end, int name, uint mark, bool escaped)
    {
        for (var i = at + 1; i < end; i = values[i].Next)
            if (values[i].NameMark == mark && NameAt(bytes, values[i].Name, values[i].NameEscaped) == NameAt(bytes, name, escaped)) return true;
        return false;
    }

    private static bool HasTwice(ReadOnlySpan<byte> bytes, JsonValue[] values, int at)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = at + 1; i < values[at].Next; i = values[i].Next)
            if (!names.Add(NameAt(bytes, values[i].Name, values[i].NameEscaped))) return true;
        return false;
    }

    /// <summary>The name that begins there, without its quotes and escapes.</summary>
    internal static string NameAt(ReadOnlySpan<byte> bytes, int name, bool escaped)
    {
        if (!escaped) return Encoding.UTF8.GetString(bytes.Slice(name, bytes[name..].IndexOf((byte)'"')));
        var reader = new Utf8JsonReader(bytes[(name - 1)..], isFinalBlock: false, state: default); // more follows, which is not its matter
        reader.Read();
        return reader.GetString()!;
    }

    private static JsonValue[] Larger(JsonValue[] values)
    {
        var larger = ArrayPool<JsonValue>.Shared.Rent(values.Length * 2);
        values.CopyTo(larger.AsSpan());
        ArrayPool<JsonValue>.Shared.Return(values);
        return larger;
    }

    /// <summary>An object or list that is being read.</summary>
    private struct Open
    {
        public int At;
        public int Members;

        /// <summary>The bits of the names that came; one that is set says only that the key may have come.</summary>
        public ulong Seen;

        /// <returns>False when the key may be there already and must be looked for now.</returns>
        public bool Enter(uint mark)
        {
            if (++Members > FewMembers) return true;
            var (before, bit) = (Seen, NameMark.Bit(mark));
            Seen |= bit;
            return (before & bit) == 0;
        }
    }
}

/// <summary>Where one value of a body stands.</summary>
internal struct JsonValue
{
    /// <summary>First byte; of a string the one after its quote.</summary>
    public int Start;

    /// <summary>In bytes; of a string without its quotes.</summary>
    public int Length;

    /// <summary>The value that follows it and everything in it.</summary>
    public int Next;

    /// <summary>First byte of its name after the quote; -1 in lists.</summary>
    public int Name;
    public uint NameMark;

    /// <summary>Of an object: the bits of its members' names. One that is not set says that there is no such member.</summary>
    public ulong Names;
    public JsonValueKind Kind;
    public bool Escaped;
    public bool NameEscaped;
}

/// <summary>Length, first, middle and last letter of a name in one number: names that differ in it need not be compared letter by letter.</summary>
internal static class NameMark
{
    public static uint Of(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? 0 : (byte)name.Length | (uint)name[0] << 8 | (uint)name[name.Length / 2] << 16 | (uint)name[^1] << 24;

    /// <summary>One of 64 bits for each mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bit(uint mark) => 1ul << (int)(mark * 0x9E3779B1u >> 26);

    /// <summary>Of a name that we ask for: these are ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(string name) =>
        name.Length == 0 ? 0 : (byte)name.Length | (uint)(byte)name[0] << 8 | (uint)(byte)name[name.Length / 2] << 16 | (uint)(byte)name[^1] << 24;
}
