using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BiopsyFhir.Fhir;

/// <summary>The few FHIR data types that we author, written straight to JSON: every byte of a created resource is ours.</summary>
internal sealed class ResourceJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;

    public ResourceJson(string resourceType)
    {
        // Relaxed: a resource is JSON sent as application/fhir+json, never put inside HTML; it stays readable in the chart.
        _json = new(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartObject();
        _json.WriteString("resourceType", resourceType);
    }

    public byte[] Done()
    {
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    public ResourceJson Text(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) _json.WriteString(name, Printable(value));
        return this;
    }

    /// <summary>Control characters, which neither FHIR strings nor XML 1.0 may hold, as question marks: one of them would have the whole resource refused.</summary>
    internal static string Printable(string text) =>
        text.Any(IsUnprintable) ? string.Concat(text.Select(c => IsUnprintable(c) ? '?' : c)) : text;

    private static bool IsUnprintable(char c) => char.IsControl(c) && c is not ('\n' or '\r' or '\t');

    public ResourceJson Flag(string name, bool value)
    {
        _json.WriteBoolean(name, value);
        return this;
    }

    public ResourceJson Number(string name, long value)
    {
        _json.WriteNumber(name, value);
        return this;
    }

    public ResourceJson Decimal(string name, decimal value)
    {
        _json.WriteNumber(name, value / 1.0000000000000000000000000000m); // without trailing zeros
        return this;
    }

    /// <summary>A resource that is JSON already.</summary>
    public ResourceJson Raw(string name, ReadOnlySpan<byte> resource)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(resource, skipInputValidation: true);
        return this;
    }

    public ResourceJson Object(string name, Action content)
    {
        _json.WriteStartObject(name);
        content();
        _json.WriteEndObject();
        return this;
    }

    /// <summary>A list of objects; nothing at all when there are none (FHIR forbids empty arrays).</summary>
    public ResourceJson List<T>(string name, IEnumerable<T> items, Action<T> content)
    {
        var open = false;
        foreach (var item in items)
        {
            if (!open) _json.WriteStartArray(name);
            open = true;
            _json.WriteStartObject();
            content(item);
            _json.WriteEndObject();
        }
        if (open) _json.WriteEndArray();
        return this;
    }

    public ResourceJson Strings(string name, IReadOnlyCollection<string> items)
    {
        if (items.Count == 0) return this;
        _json.WriteStartArray(name);
        foreach (var item in items) _json.WriteStringValue(item);
        _json.WriteEndArray();
        return this;
    }

    public ResourceJson One(string name, Action content) => List(name, [0], _ => content());

    /// <summary>Both identifiers of a written resource: the creation key and the series (contract section 6).</summary>
    public ResourceJson Identifiers(string kind, WriteContext context) =>
        List("identifier", [($"urn:biopsyfhir:{kind}", context.CreationKey), ($"urn:biopsyfhir:{kind}-series", context.SeriesKey)],
            i => Text("system", i.Item1).Text("value", i.Item2));

    public ResourceJson Profile(string url) => Object("meta", () => Strings("profile", [url]));

    public ResourceJson Narrative(string div) => Object("text", () => Text("status", "generated").Text("div", div));

    public ResourceJson Reference(string name, string? reference, string? display = null)
    {
        if (reference is not null) Object(name, () => Text("reference", reference).Text("display", display));
        return this;
    }

    public ResourceJson References(string name, IEnumerable<string?> references) =>
        List(name, references.OfType<string>(), r => Text("reference", r));

    public ResourceJson Coding(string system, string code, string display) =>
        One("coding", () => Text("system", system).Text("code", code).Text("display", display));

    public ResourceJson Concept(string name, string system, string code, string display) =>
        Object(name, () => Coding(system, code, display));
}
