using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>Makes a Bundle another one: by its structure where it is JSON, by its bytes now and then and where it is not.</summary>
internal sealed class Mutate(Random random, IReadOnlyList<byte[]> corpus)
{
    private const int Largest = 256 * 1024;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 64 };

    private static readonly string[] Dates =
        ["2026", "2026-02", "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "2026-03-18T25:00:00Z", "2026-03-18T08:00:00", "2026-03-18T08:00:00+14:00", "2026-03-18T08:00:00-99:99", "2026-03-18T23:59:60Z",
         "2026-03-18 08:00", "18.03.2026", "2026-3-8", "+2026-03-18", "2026-03-18T08:00:00.123456789123Z", "2026-W12", "tomorrow", "２０２６-03-18"];

    private static readonly string[] Units =
        ["g/dL", "g/L", "mg/dL", "umol/L", "10*9/L", "10*3/uL", "/uL", "K/uL", "{INR}", "%", "1", "", " ", "G/DL", "g/dl", "µmol/L", "μmol/L", "x10^9/L", "cells/mm3", "[degF]", "wibble", "10*", "g//L", "s", "min", "mmol/L"];

    private static readonly string[] Numbers =
        ["0", "-0", "-1", "1e400", "1e-400", "79228162514264337593543950335", "79228162514264337593543950336", "0.1000000000000000000000000000000000001", "1E2", "-1e-28", "99999999999999999999999999999999999999", "1.5e3", "4.2", "150", "0.0"];

    private static readonly string[] Types =
        ["Patient", "Observation", "MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication", "Condition", "AllergyIntolerance", "Procedure", "ServiceRequest", "Appointment",
         "DiagnosticReport", "Device", "Specimen", "OperationOutcome", "Bundle", "Parameters", "Binary", "List", "Wibble", "patient", "", "Basic"];

    private static readonly string[] Words =
        ["", " ", "\u0000", "\u202E", "\uFEFF", "warfarin", "Platelets", "active", "final", "entered-in-error", "unknown", "cancelled", "#", "#x", "Patient/p", "Patient/other", "urn:uuid:0", "Observation/platelets", "http://[::1", "https://ehr.example.org:99999/", "//evil.example.org", "javascript:x", "https://a:b@ehr.example.org/#x", "https://ehr.example.org/fhir/Patient/p",
         "..", "Patient/p/_history/1", "<script>", "%s%n", "((((((((((((((((((((a+)+)+)+", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "5 mg", "1-2 tablets every 8-12 hours", "ß", "İ", "\uD83E\uDE78"];

    private static readonly string[] Members =
        ["hook", "hookInstance", "context", "patientId", "draftOrders", "prefetch", "keys", "kty", "kid", "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "access_token", "expires_in", "patient", "status", "intent", "code", "subject", "patient", "medicationCodeableConcept", "medicationReference", "valueQuantity", "valueString", "valueCodeableConcept", "valueInteger", "valueRange", "effectiveDateTime", "effectivePeriod",
         "effectiveInstant", "implicitRules", "modifierExtension", "_status", "extension", "contained", "dosageInstruction", "doNotPerform", "dataAbsentReason", "interpretation", "resourceType", "id", "deceasedBoolean", "deceasedDateTime", "birthDate", "gender", "component", "hasMember", "text", "language", "reasonCode"];

    public byte[] Next(byte[] from)
    {
        var bytes = random.Next(5) == 0 ? Bytes(from) : Structure(from) ?? Bytes(from);
        return bytes.Length <= Largest ? bytes : bytes[..Largest];
    }

    /// <returns>Null where the input is no JSON object.</returns>
    private byte[]? Structure(byte[] from)
    {
        if (Read(from) is not JsonObject root) return null;
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            var places = Places(root).ToList();
            if (places.Count == 0) break;
            Change(places[random.Next(places.Count)]);
        }
        try
        {
            return Encoding.UTF8.GetBytes(root.ToJsonString());
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or ArgumentException)
        {
            return null; // deeper than the writer goes, or half a surrogate pair
        }
    }

    /// <summary>The input as nodes; null where it is no JSON object, or one that is refused as a whole (its nodes could not be read).</summary>
    public static JsonNode? Read(byte[] from)
    {
        if (FhirJson.Parse(from) is not JsonRead.Ok(var document)) return null;
        document.Dispose();
        return JsonNode.Parse(from.AsSpan(from.AsSpan().StartsWith("\ufeff"u8) ? 3 : 0), documentOptions: Deep) is JsonObject root && Places(root).Any() ? root : null;
    }

    private void Change(Place place)
    {
        switch (random.Next(13))
        {
            case 0: place.Remove(); break;
            case 1: place.Set(Strange()); break;
            case 2 or 3: place.Set(Fitting(place)); break;
            case 4: place.Set(new JsonArray(place.Value?.DeepClone())); break;
            case 5: place.Set(new JsonObject { [Pick(Members)] = place.Value?.DeepClone() }); break;
            case 6 when place.Parent is JsonObject members: members[Pick(Members)] = place.Value?.DeepClone(); break;
            case 6 or 7 when place.Parent is JsonArray list: Repeat(list, place.Value); break;
            case 8: place.Set(Nested(random.Next(2, 80))); break;
            case 9 when place.Parent is JsonObject members: members[Pick(Members)] = Strange(); break;
            case 10: place.Set(Foreign() ?? Strange()); break;
            case 11 when place.Value is JsonArray list: Shuffle(list); break;
            default: place.Set(Strange()); break;
        }
    }

    private void Repeat(JsonArray list, JsonNode? value)
    {
        var times = random.Next(20) == 0 ? 300 : random.Next(1, 4);
        while (times-- > 0) list.Insert(random.Next(list.Count + 1), value?.DeepClone());
    }

    private void Shuffle(JsonArray list)
    {
        for (var n = list.Count; n > 1; n--)
        {
            var moved = list[random.Next(n)];
            list.Remove(moved);
            list.Add(moved);
        }
    }

    /// <summary>A part of another input.</summary>
    private JsonNode? Foreign()
    {
        if (Read(corpus[random.Next(corpus.Count)]) is not { } other) return null;
        var places = Places(other).ToList();
        return places[random.Next(places.Count)].Value?.DeepClone();
    }

    private JsonNode? Fitting(Place place) => place.Name switch
    {
        "resourceType" => Pick(Types),
        "unit" or "code" when random.Next(2) == 0 => Pick(Units),
        "value" => JsonNode.Parse(Pick(Numbers)),
        "reference" or "id" or "fullUrl" => Pick(Words),
        { } name when name.Contains("date", StringComparison.OrdinalIgnoreCase) || name is "start" or "end" or "authoredOn" => Pick(Dates),
        _ => place.Value?.GetValueKind() switch
        {
            JsonValueKind.Number => JsonNode.Parse(Pick(Numbers)),
            JsonValueKind.String => Pick(Words),
            _ => Strange(),
        },
    };

    private JsonNode? Strange() => random.Next(9) switch
    {
        0 => null,
        1 => true,
        2 => JsonNode.Parse(Pick(Numbers)),
        3 => Pick(Dates),
        4 => Pick(Words),
        5 => new JsonArray(),
        6 => new JsonObject(),
        7 => new JsonArray((JsonNode?)null),
        _ => new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = Pick(Words), ["code"] = Pick(Units) }), ["text"] = Pick(Words) },
    };

    private static JsonNode Nested(int levels)
    {
        JsonNode node = new JsonArray();
        for (var n = 1; n < levels; n++) node = n % 2 == 0 ? new JsonArray(node) : new JsonObject { ["extension"] = node };
        return node;
    }

    private byte[] Bytes(byte[] from)
    {
        var bytes = from.ToList();
        for (var times = 1 + random.Next(3); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length)); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pick(["\\u0000", "\\ud800", "\"", "{", "[", "]", "}", ",", "null", "//", "\"status\":\"final\",", "1e999", "\ufeff", "\t", "\\"]))); break;
                default:
                    // A whole member twice: the one fault that nodes cannot show.
                    if (bytes.IndexOf((byte)',', at) is > 0 and var comma && bytes.IndexOf((byte)',', comma + 1) is > 0 and var end) bytes.InsertRange(comma, bytes.GetRange(comma, end - comma));
                    break;
            }
        }
        return [.. bytes];
    }

    private string Pick(string[] of) => of[random.Next(of.Length)];

    internal sealed record Place(JsonNode Parent, string? Name, int Index)
    {
        public JsonNode? Value => Parent is JsonObject members ? members[Name!] : ((JsonArray)Parent)[Index];

        public void Set(JsonNode? value)
        {
            if (Parent is JsonObject members) members[Name!] = value;
            else ((JsonArray)Parent)[Index] = value;
        }

        public void Remove()
        {
            if (Parent is JsonObject members) members.Remove(Name!);
            else ((JsonArray)Parent).RemoveAt(Index);
        }
    }

    internal static IEnumerable<Place> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend(new(members, m.Key, -1))),
        JsonArray list => list.SelectMany((item, i) => Places(item).Prepend(new(list, null, i))),
        _ => [],
    };
}
