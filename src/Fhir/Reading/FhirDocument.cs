using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// A parsed body: where each of its values stands, in the order of the text, and where the values inside it end. Made in one pass
/// (<see cref="JsonTokens"/>); read through <see cref="FhirElement"/>. The bytes are not copied and must outlive it.
/// Why not <see cref="JsonDocument"/>: docs/decisions/2026-11-25-an-index-of-our-own.md.
/// </summary>
public sealed class FhirDocument : IDisposable
{
    /// <summary>Beyond so many members an object is looked through for duplicate keys at its end, with a table: no input makes that slow.</summary>
    private const int FewMembers = 64;

    /// <summary>Beyond so many members an object has a list of them: a resource is asked for dozens, and going from one to the next is slow.</summary>
    private const int FewToGoThrough = 4;

    /// <summary>An array and not the memory itself, which takes its time to say where its bytes are.</summary>
    private readonly ArraySegment<byte> _bytes;
    private JsonValue[]? _values;

    /// <summary>One after the other, for each object that has one: how many members, their marks, and where among the values they stand.</summary>
    private readonly int[] _members;

    private FhirDocument(ReadOnlyMemory<byte> bytes, JsonValue[] values, int[] members)
    {
        _bytes = MemoryMarshal.TryGetArray(bytes, out var array) ? array : bytes.ToArray();
        _values = values;
        _members = members;
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

    internal ReadOnlySpan<byte> Bytes => _bytes;

    internal JsonValue[] Values
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_values is { } values) return values;
            throw Disposed();
        }
    }

    /// <summary>The marks of an object's members; their places follow, as many.</summary>
    internal ReadOnlySpan<int> MarksOf(in JsonValue value) => _members.AsSpan(value.Members + 1, _members[value.Members]);

    internal int PlaceOf(in JsonValue value, int member) => _members[value.Members + 1 + _members[value.Members] + member];

    private static ObjectDisposedException Disposed() => new(nameof(FhirDocument));

    /// <returns>Null when it is not JSON, is nested too deep, has half a surrogate pair, or an object has the same key twice.</returns>
    /// <param name="bytes">UTF-8.</param>
    internal static FhirDocument? Index(ReadOnlyMemory<byte> bytes, int maxDepth)
    {
        // A value of FHIR takes about 24 bytes of text with its name.
        var values = ArrayPool<JsonValue>.Shared.Rent(Math.Max(64, bytes.Length / 20));
        var members = ArrayPool<int>.Shared.Rent(Math.Max(64, bytes.Length / 20));
        if (Index(bytes.Span, maxDepth, ref values, ref members)) return new(bytes, values, members);
        ArrayPool<JsonValue>.Shared.Return(values);
        ArrayPool<int>.Shared.Return(members);
        return null;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _values, null) is not { } values) return;
        ArrayPool<JsonValue>.Shared.Return(values);
        ArrayPool<int>.Shared.Return(_members);
    }

    private static bool Index(ReadOnlySpan<byte> bytes, int maxDepth, ref JsonValue[] values, ref int[] members)
    {
        Span<Open> open = stackalloc Open[maxDepth + 1];
        var (depth, count, listed) = (0, 0, 0);
        var at = JsonTokens.EndOfBlanks(bytes, 0);
        while (true)
        {
            if (count == values.Length) values = Larger(values, count + 1);
            ref var value = ref values[count];
            if (open[depth].IsObject)
            {
                if ((at = Name(bytes, at, ref value)) == JsonTokens.Not) return false;
                if (!open[depth].Enter(value.NameMark) && IsThere(bytes, values, open[depth].At, count)) return false;
            }
            else
            {
                (value.Name, value.NameMark, value.NameEscaped) = (-1, 0, false);
            }
            if ((at = Value(bytes, at, ref value)) == JsonTokens.Not) return false;
            value.Next = ++count;
            if (value.Kind is JsonValueKind.Object or JsonValueKind.Array)
            {
                if (depth == maxDepth) return false;
                open[++depth] = new() { At = count - 1, IsObject = value.Kind == JsonValueKind.Object };
                at = JsonTokens.EndOfBlanks(bytes, at);
                if (JsonTokens.At(bytes, at) != open[depth].Closing) continue;
            }
            // What follows a value: the ends of what it stood in, then a comma or the end of the text.
            while (true)
            {
                at = JsonTokens.EndOfBlanks(bytes, at);
                if (depth == 0) return at == bytes.Length;
                var next = JsonTokens.At(bytes, at++);
                if (next == ',') break;
                if (next != open[depth].Closing || !Close(bytes, values, open[depth--], count, at, ref members, ref listed)) return false;
            }
            at = JsonTokens.EndOfBlanks(bytes, at);
        }
    }

    /// <returns>Where the value of this name begins.</returns>
    private static int Name(ReadOnlySpan<byte> bytes, int at, ref JsonValue value)
    {
        if (JsonTokens.At(bytes, at) != '"') return JsonTokens.Not;
        var name = at + 1;
        if ((at = JsonTokens.EndOfString(bytes, name, out var escaped)) == JsonTokens.Not) return JsonTokens.Not;
        value.Name = name;
        value.NameEscaped = escaped;
        value.NameMark = NameMark.Of(escaped ? Encoding.UTF8.GetBytes(NameAt(bytes, name, escaped: true)) : bytes[name..at]);
        at = JsonTokens.EndOfBlanks(bytes, at + 1);
        return JsonTokens.At(bytes, at) == ':' ? JsonTokens.EndOfBlanks(bytes, at + 1) : JsonTokens.Not;
    }

    /// <returns>Its end; of an object or list where its inside begins.</returns>
    private static int Value(ReadOnlySpan<byte> bytes, int at, ref JsonValue value)
    {
        value.Start = at;
        value.Escaped = false;
        int end;
        switch (JsonTokens.At(bytes, at))
        {
            case (byte)'"':
                value.Kind = JsonValueKind.String;
                value.Start = at + 1;
                end = JsonTokens.EndOfString(bytes, at + 1, out value.Escaped);
                value.Length = end - value.Start;
                return end == JsonTokens.Not ? JsonTokens.Not : end + 1;
            case (byte)'{':
                value.Kind = JsonValueKind.Object;
                return at + 1;
            case (byte)'[':
                value.Kind = JsonValueKind.Array;
                return at + 1;
            case (byte)'t':
                value.Kind = JsonValueKind.True;
                end = JsonTokens.EndOfWord(bytes, at, "true"u8);
                break;
            case (byte)'f':
                value.Kind = JsonValueKind.False;
                end = JsonTokens.EndOfWord(bytes, at, "false"u8);
                break;
            case (byte)'n':
                value.Kind = JsonValueKind.Null;
                end = JsonTokens.EndOfWord(bytes, at, "null"u8);
                break;
            default:
                value.Kind = JsonValueKind.Number;
                end = JsonTokens.EndOfNumber(bytes, at);
                break;
        }
        value.Length = end - at;
        return end;
    }

    /// <param name="count">Of the values so far.</param>
    /// <param name="end">After its closing bracket.</param>
    /// <returns>False when it has a key twice.</returns>
    private static bool Close(ReadOnlySpan<byte> bytes, JsonValue[] values, in Open closed, int count, int end, ref int[] members, ref int listed)
    {
        ref var whole = ref values[closed.At];
        whole.Next = count;
        whole.Length = end - whole.Start;
        whole.Names = closed.Members > FewMembers ? uint.MaxValue : NameMark.Half(closed.Seen);
        whole.Members = JsonValue.NotListed;
        if (closed.Members <= FewToGoThrough) return true;
        var room = 1 + (closed.Members * 2);
        if (members.Length - listed < room) members = Larger(members, listed + room);
        whole.Members = listed;
        members[listed] = closed.Members;
        var marks = members.AsSpan(listed + 1, closed.Members);
        var places = members.AsSpan(listed + 1 + closed.Members, closed.Members);
        for (int i = closed.At + 1, member = 0; member < marks.Length; i = values[i].Next, member++) (marks[member], places[member]) = ((int)values[i].NameMark, i);
        listed += room;
        return closed.Members <= FewMembers || !HasTwice(bytes, values, closed.At);
    }

    /// <summary>Whether the object that begins at <paramref name="at"/> has the name of <paramref name="last"/> before it.</summary>
    private static bool IsThere(ReadOnlySpan<byte> bytes, JsonValue[] values, int at, int last)
    {
        ref readonly var again = ref values[last];
        for (var i = at + 1; i < last; i = values[i].Next)
            if (values[i].NameMark == again.NameMark && NameAt(bytes, values[i].Name, values[i].NameEscaped) == NameAt(bytes, again.Name, again.NameEscaped)) return true;
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

    private static T[] Larger<T>(T[] list, int least)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(list.Length * 2, least));
        list.CopyTo(larger.AsSpan());
        ArrayPool<T>.Shared.Return(list);
        return larger;
    }

    /// <summary>An object or list that is being read.</summary>
    private struct Open
    {
        public int At;
        /// <summary>Counted in objects.</summary>
        public int Members;
        public bool IsObject;

        public readonly byte Closing => IsObject ? (byte)'}' : (byte)']';

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
    public const int NotListed = -1;

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
    public uint Names;

    /// <summary>Of an object with many members: where the list of them begins; else <see cref="NotListed"/>.</summary>
    public int Members;
    public bool Escaped;
    public bool NameEscaped;
    private byte _kind;

    public JsonValueKind Kind
    {
        readonly get => (JsonValueKind)_kind;
        set => _kind = (byte)value;
    }
}

/// <summary>Length, first, middle and last letter of a name in one number: names that differ in it need not be compared letter by letter.</summary>
internal static class NameMark
{
    public static uint Of(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? 0 : (byte)name.Length | (uint)name[0] << 8 | (uint)name[name.Length / 2] << 16 | (uint)name[^1] << 24;

    public static char FirstLetter(uint mark) => (char)(byte)(mark >> 8);

    /// <summary>One of 64 bits for each mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bit(uint mark) => 1ul << (int)(mark * 0x9E3779B1u >> 26);

    /// <summary>The same in half the bits, for keeping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Half(ulong bits) => (uint)(bits | bits >> 32);

    /// <summary>Of a name that we ask for: these are ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(string name) =>
        name.Length == 0 ? 0 : (byte)name.Length | (uint)(byte)name[0] << 8 | (uint)(byte)name[name.Length / 2] << 16 | (uint)(byte)name[^1] << 24;
}
