using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Bulk;

/// <summary>Whose a line of a Bulk Data file is, found without reading more of it than that.</summary>
/// <param name="Type">resourceType; null when the line is no resource.</param>
/// <param name="Patients">Ids of the patients it names: one, of an appointment perhaps several; none when it names nobody, or somebody who is no patient.</param>
/// <param name="Medications">Ids of the Medication that an entry of a medicine refers to.</param>
public readonly record struct BulkLine(string? Type, string? Id, IReadOnlyList<string> Patients, IReadOnlyList<string> Medications)
{
    private static readonly string[] s_none = [];

    /// <summary>Nothing that could be read.</summary>
    private static readonly BulkLine s_unreadable = new(null, null, s_none, s_none);

    /// <summary>
    /// One pass over the members of the resource; what is inside them is skipped, not looked at. A line that is broken behind what is
    /// asked for here is found when it is read whole.
    /// </summary>
    public static BulkLine Of(ReadOnlySpan<byte> line)
    {
        try
        {
            return Read(line);
        }
        catch (JsonException)
        {
            return s_unreadable;
        }
    }

    private static BulkLine Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new() { MaxDepth = FhirJson.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return s_unreadable;
        string? type = null, id = null;
        List<string>? patients = null, medications = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            if (name.SequenceEqual("resourceType"u8)) type = TextOf(ref reader) is { } t ? string.Intern(t) : null;
            else if (name.SequenceEqual("id"u8)) id = TextOf(ref reader);
            else if (name.SequenceEqual("subject"u8) || name.SequenceEqual("patient"u8)) Add(ref patients, ReferenceOf(ref reader, "Patient"));
            else if (name.SequenceEqual("medicationReference"u8)) Add(ref medications, ReferenceOf(ref reader, "Medication"));
            else if (name.SequenceEqual("participant"u8)) ActorsOf(ref reader, ref patients);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (type == "Patient" && id is not null) patients = [id];
        return new(type, id, patients ?? (IReadOnlyList<string>)s_none, medications ?? (IReadOnlyList<string>)s_none);
    }

    private static void Add(ref List<string>? to, string? id)
    {
        if (id is not null && (to ??= []).Contains(id) is false) to.Add(id);
    }

    private static string? TextOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.GetString();
        reader.Skip();
        return null;
    }

    /// <summary>The id behind <c>{"reference": "Patient/7"}</c>, relative or absolute; null for another type.</summary>
    private static string? ReferenceOf(ref Utf8JsonReader reader, string type)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        string? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reference"u8)) found = IdOf(TextOf(ref reader), type);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return found;
    }

    private static string? IdOf(string? reference, string type) =>
        References.TypeAndId(reference) is { } known && known.StartsWith(type, StringComparison.Ordinal) && known.Length > type.Length && known[type.Length] == '/' ? known[(type.Length + 1)..] : null;

    /// <summary>Appointment.participant[].actor.</summary>
    private static void ActorsOf(ref Utf8JsonReader reader, ref List<string>? patients)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("actor"u8)) Add(ref patients, ReferenceOf(ref reader, "Patient"));
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }
    }
}
