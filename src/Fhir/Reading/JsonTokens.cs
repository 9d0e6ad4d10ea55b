using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// The tokens of JSON (RFC 8259 sections 2, 3, 6 and 7), a function each: given where a token begins, where does it end. The bytes are UTF-8, which
/// is checked beforehand. As strict as <see cref="System.Text.Json.Utf8JsonReader"/>, and stricter in one thing: half a surrogate pair is no string.
/// </summary>
internal static class JsonTokens
{
    /// <summary>Instead of an end: it is no such token.</summary>
    public const int Not = -1;

    /// <summary>The byte there; 0, with which no token begins or goes on, behind the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte At(ReadOnlySpan<byte> bytes, int at) => (uint)at < (uint)bytes.Length ? bytes[at] : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfBlanks(ReadOnlySpan<byte> bytes, int at)
    {
        while (At(bytes, at) is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
        return at;
    }

    /// <param name="at">After the first quote.</param>
    /// <returns>Where the last quote stands.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfString(ReadOnlySpan<byte> bytes, int at, out bool escaped)
    {
        escaped = false;
        at = NextSpecial(bytes, at);
        return At(bytes, at) == '"' ? at : EndOfEscaped(bytes, at, out escaped);
    }

    private static int EndOfEscaped(ReadOnlySpan<byte> bytes, int at, out bool escaped)
    {
        escaped = true;
        while (At(bytes, at) == '\\')
        {
            if ((at = EndOfEscape(bytes, at + 1)) == Not) return Not;
            at = NextSpecial(bytes, at);
        }
        return At(bytes, at) == '"' ? at : Not; // else a control character, or nothing more
    }

    /// <summary>The next byte that is a quote, a backslash or a control character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NextSpecial(ReadOnlySpan<byte> bytes, int at)
    {
        ref var first = ref MemoryMarshal.GetReference(bytes);
        for (; at <= bytes.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref first, (nuint)at);
            var special = Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\')) | Vector256.LessThan(block, Vector256.Create((byte)' '));
            if (special.ExtractMostSignificantBits() is not 0 and var bits) return at + BitOperations.TrailingZeroCount(bits);
        }
        while (at < bytes.Length && bytes[at] is >= (byte)' ' and not (byte)'"' and not (byte)'\\') at++;
        return at;
    }

    /// <param name="at">After the backslash.</param>
    private static int EndOfEscape(ReadOnlySpan<byte> bytes, int at)
    {
        switch (At(bytes, at++))
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at;
            case (byte)'u':
                if (!TryUnit(bytes, at, out var unit)) return Not;
                at += 4;
                if (char.IsLowSurrogate(unit)) return Not;
                if (!char.IsHighSurrogate(unit)) return at;
                return At(bytes, at) == '\\' && At(bytes, at + 1) == 'u' && TryUnit(bytes, at + 2, out var low) && char.IsLowSurrogate(low) ? at + 6 : Not;
            default:
                return Not;
        }
    }

    private static bool TryUnit(ReadOnlySpan<byte> bytes, int at, out char unit)
    {
        unit = default;
        for (var end = at + 4; at < end; at++)
        {
            var digit = At(bytes, at);
            if (!char.IsAsciiHexDigit((char)digit)) return false;
            unit = (char)((unit << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10));
        }
        return true;
    }

    public static int EndOfNumber(ReadOnlySpan<byte> bytes, int at)
    {
        if (At(bytes, at) == '-') at++;
        if (At(bytes, at) == '0') at++;
        else if ((at = EndOfDigits(bytes, at)) == Not) return Not;
        if (At(bytes, at) == '.' && (at = EndOfDigits(bytes, at + 1)) == Not) return Not;
        if (At(bytes, at) is not ((byte)'e' or (byte)'E')) return at;
        return EndOfDigits(bytes, At(bytes, at + 1) is (byte)'+' or (byte)'-' ? at + 2 : at + 1);
    }

    /// <summary>One digit at least.</summary>
    private static int EndOfDigits(ReadOnlySpan<byte> bytes, int at)
    {
        var first = at;
        while (At(bytes, at) is >= (byte)'0' and <= (byte)'9') at++;
        return at == first ? Not : at;
    }

    public static int EndOfWord(ReadOnlySpan<byte> bytes, int at, ReadOnlySpan<byte> word) => bytes[at..].StartsWith(word) ? at + word.Length : Not;
}
