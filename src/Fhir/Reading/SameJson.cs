using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// What was read from a piece of JSON, so that the same bytes are read once: a laboratory sends the same code and reference range
/// with every result. Lives as long as one chart is read. Bounded: the newer takes the place of the older.
/// </summary>
/// <param name="slots">A power of two.</param>
internal sealed class SameJson<T>(Func<FhirElement, T> read, int slots)
{
    /// <summary>Null until something is read: of orders alone a hook asks no range.</summary>
    private (FhirElement Json, T Made)[]? _known;

    public T Of(FhirElement json)
    {
        if (json.ValueKind == JsonValueKind.Undefined) return read(json);
        _known ??= new (FhirElement, T)[slots];
        var bytes = json.RawUtf8;
        var slot = (int)(ByUtf8.Hash(bytes) >> 32) & (slots - 1);
        ref var first = ref _known[slot];
        if (first.Json.RawUtf8.SequenceEqual(bytes)) return first.Made;
        ref var second = ref _known[slot ^ 1];
        if (second.Json.RawUtf8.SequenceEqual(bytes)) return second.Made;
        if (first.Json.ValueKind != JsonValueKind.Undefined) second = first;
        first = (json, read(json));
        return first.Made;
    }
}
