using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>value[x] of an Observation or component. What is not a number, words or a code is said to be none of them.</summary>
internal readonly struct ResultValueLens(FhirElement json)
{
    private static readonly string[] s_kinds =
    [
        "valueQuantity", "valueString", "valueCodeableConcept", "valueInteger", "valueBoolean", "valueRange", "valueRatio",
        "valueSampledData", "valueTime", "valueDateTime", "valuePeriod", "valueAttachment", "valueReference",
    ];

    public ResultValue Read()
    {
        if (!TryFind(out var present, out var value)) return present is null ? new ResultValue.None(WhyAbsent()) : new ResultValue.None($"It states several values ({present}).");
        return present switch
        {
            "valueQuantity" => Quantity(value),
            "valueInteger" when value.AsNumber() is { } whole => new ResultValue.Quantity(whole, null, null, null, null),
            "valueString" when value.AsText() is { } words => new ResultValue.Words(words),
            "valueBoolean" when value.ValueKind is JsonValueKind.True or JsonValueKind.False => new ResultValue.Words(value.GetRawText()),
            "valueCodeableConcept" when Concepts.AsConcept(value) is { } concept => new ResultValue.Coded(concept),
            "valueDateTime" or "valueTime" when value.AsText() is { } time => new ResultValue.Words(time),
            var kind => new ResultValue.None($"{kind["value".Length..]} {Reader.Quoted(value)} is not read."),
        };
    }

    /// <summary>One pass over the members: there are many results, and thirteen kinds of value.</summary>
    /// <param name="present">Name of the one value; of several all names; null when there is none.</param>
    /// <returns>True when there is exactly one.</returns>
    private bool TryFind([NotNullWhen(true)] out string? present, out FhirElement value)
    {
        (present, value) = (null, default);
        foreach (var member in json.EnumerateObject('v'))
        {
            if (member.ValueKind == JsonValueKind.Null || Kind(member) is not { } kind) continue;
            if (present is not null)
            {
                present = string.Join(", ", json.EnumerateObject().Where(m => m.ValueKind != JsonValueKind.Null && s_kinds.Contains(m.Name)).Select(m => m.Name).Order(StringComparer.Ordinal));
                return false;
            }
            (present, value) = (kind, member);
        }
        return present is not null;
    }

    private static string? Kind(FhirElement member)
    {
        foreach (var kind in s_kinds)
            if (member.HasName(kind)) return kind;
        return null;
    }

    private static ResultValue Quantity(FhirElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return new ResultValue.None($"{Reader.Quoted(value)} is no quantity.");
        var stated = value.Member("value");
        if (stated.AsNumber() is { } amount) return CommonUnits.Of(value, stated).With(amount);
        var (unit, code) = (value.CommonText("unit") ?? value.CommonText("units"), value.CodeText("code"));
        return stated.ValueKind switch
        {
            JsonValueKind.Undefined => new ResultValue.None(DataAbsent(value) ?? $"A quantity without a number{(unit ?? code) switch { { } u => $" ({u})", null => "" }}."),
            JsonValueKind.Number => new ResultValue.None($"{Reader.Quoted(stated)} is beyond what can be calculated with."),
            JsonValueKind.String => new ResultValue.Words($"{stated.GetString()} {unit ?? code}".Trim()),
            _ => new ResultValue.None($"{Reader.Quoted(stated)} is no number."),
        };
    }

    private string WhyAbsent()
    {
        if (json.OptionalConcept("dataAbsentReason") is { } reason) return $"No value: {reason.Words}.";
        foreach (var kind in s_kinds)
            if (DataAbsent(json.Member("_" + kind)) is { } absent) return absent;
        return "No value.";
    }

    private static string? DataAbsent(FhirElement json)
    {
        foreach (var extension in json.Items("extension"))
            if (extension.Text("url") == "http://hl7.org/fhir/StructureDefinition/data-absent-reason") return $"No value: {extension.CodeText("valueCode") ?? "unknown"}.";
        return null;
    }
}
