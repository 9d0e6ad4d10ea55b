using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>A parsed document, which its taker disposes, or what is wrong with the bytes and where.</summary>
public abstract record JsonRead
{
    public sealed record Ok(FhirDocument Document) : JsonRead;
    public sealed record Refused(IReadOnlyList<ReadFault> Faults) : JsonRead;
}

/// <summary>A fault of the input as a whole. Where: a line, a byte, or a JSON pointer.</summary>
public sealed record ReadFault(string Where, string What);

/// <summary>
/// Bytes -> JSON, strictly: UTF-8 (a byte-order mark is accepted), no comments, no duplicate keys (readers disagree about which
/// one counts), no half surrogate pairs, at most 64 levels.
/// </summary>
public static class FhirJson
{
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions s_readerOptions = new() { MaxDepth = MaxDepth };

    public static JsonRead Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.StartsWith("\ufeff"u8)) bytes = bytes[3..];
        if (bytes.IsEmpty) return Refused("body", "is empty");
        if (!Utf8.IsValid(bytes.Span)) return Refused($"byte {FirstInvalidByte(bytes.Span)}", "is not UTF-8");
        if (FhirDocument.Index(bytes, MaxDepth) is { } document) return new JsonRead.Ok(document);
        // The index does not say what is wrong or where: the second pass runs only if needed.
        return new JsonRead.Refused(FindFaults(bytes.Span) is { Count: > 0 } faults ? faults : [new("body", "is not JSON")]);
    }

    private static JsonRead.Refused Refused(string where, string what) => new([new(where, what)]);

    /// <summary>Every duplicate key and half surrogate pair by JSON pointer, up to the first syntax fault, which ends the reading.</summary>
    private static List<ReadFault> FindFaults(ReadOnlySpan<byte> bytes)
    {
        var faults = new List<ReadFault>();
        var places = new Stack<Place>();
        try
        {
            var reader = new Utf8JsonReader(bytes, s_readerOptions);
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) places.Pop();
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (TextOf(ref reader) is not { } name) faults.Add(new(Pointer(places), "a key with half a surrogate pair"));
                    else if (!places.Peek().Enter(name)) faults.Add(new(Pointer(places), "the key is there twice"));
                }
                else
                {
                    if (places.TryPeek(out var place)) place.NextItem();
                    if (reader.TokenType == JsonTokenType.String && TextOf(ref reader) is null) faults.Add(new(Pointer(places), "half a surrogate pair"));
                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) places.Push(new(reader.TokenType == JsonTokenType.StartArray));
                }
            }
        }
        catch (JsonException e)
        {
            var where = $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            faults.Add(new(where, places.Count >= MaxDepth ? $"nested deeper than {MaxDepth} levels" : $"is not JSON ({Pointer(places)})"));
        }
        return faults;
    }

    private static string? TextOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return reader.GetString();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Pointer(Stack<Place> places)
    {
        var pointer = new StringBuilder("#");
        foreach (var place in places.Reverse())
            if (place.Step is { } step) pointer.Append('/').Append(step.Length > 100 ? step[..100] + "…" : step.Replace("~", "~0").Replace("/", "~1"));
        return pointer.ToString();
    }

    private static int FirstInvalidByte(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at + 1;
    }

    /// <summary>Where the reader is inside one object or array.</summary>
    private sealed class Place(bool isArray)
    {
        private readonly HashSet<string> _names = [];
        private int _index = -1;

        public string? Step { get; private set; }

        /// <returns>False when the name was there before.</returns>
        public bool Enter(string name)
        {
            Step = name;
            return _names.Add(name);
        }

        public void NextItem()
        {
            if (isArray) Step = (++_index).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
