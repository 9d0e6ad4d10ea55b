using System.Buffers;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>A parsed body together with the rented bytes that it reads from; both go back when it is disposed.</summary>
internal sealed class PooledJson : IDisposable
{
    private readonly FhirDocument _document;
    private byte[]? _rented;

    private PooledJson(FhirDocument document, byte[] rented)
    {
        _document = document;
        _rented = rented;
    }

    public FhirElement Root => _document.RootElement;

    /// <summary>Takes over the rented bytes, also when they cannot be read; then says why.</summary>
    public static (PooledJson? Json, string? Fault) Parse(byte[] rented, int length)
    {
        var read = FhirJson.Parse(rented.AsMemory(0, length));
        if (read is JsonRead.Ok(var document))
            return (new PooledJson(document, rented), null);
        var fault = ((JsonRead.Refused)read).Faults[0];
        ArrayPool<byte>.Shared.Return(rented);
        // Without the place: names of members in an unexpected body may be anything, and this ends up in logs.
        var what = fault.What.Split(" (")[0];
        return (null, what.StartsWith("is ", StringComparison.Ordinal) ? $"its body {what}" : $"in its body, {what}");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is not { } rented)
            return;
        _document.Dispose();
        ArrayPool<byte>.Shared.Return(rented);
    }
}

internal static class ResourceTypes
{
    /// <summary>Whether an element is a resource of this type.</summary>
    public static bool IsA(this FhirElement element, string type) => element.Text("resourceType") == type;
}
