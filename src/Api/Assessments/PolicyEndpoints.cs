using System.Text.Encodings.Web;
using System.Text.Json;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary><c>GET /api/v1/policies</c> and <c>GET /api/v1/policies/{a}/diff/{b}</c>: what the rules rest on, and how presets differ.</summary>
public static class PolicyEndpoints
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lists the policies with version, hash and every row's citations.</summary>
    public static IResult List(PolicyShelf shelf)
    {
        var policies = shelf.Current; // once: a reload in between must not mix two sets
        return Json(json =>
        {
            json.WriteString("default", shelf.Default.Id);
            json.WriteStartArray("policies");
            foreach (var policy in policies.ById.Values)
            {
                json.WriteStartObject();
                WriteStamp(json, policy);
                json.WriteStartArray("rows");
                foreach (var row in PolicyRows.Of(policy))
                {
                    json.WriteStartObject();
                    json.WriteString("row", row.Row);
                    json.WritePropertyName("content");
                    json.WriteRawValue(row.Content);
                    json.WriteStartArray("citations");
                    foreach (var key in row.Citations) WriteAssessment.WriteCitation(json, key, policy);
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>Compares two policies: member by member, and by what becomes of a few worked patients.</summary>
    /// <param name="a">Id of a policy.</param>
    /// <param name="b">Id of another.</param>
    public static IResult Diff(string a, string b, PolicyShelf shelf)
    {
        var policies = shelf.Current.ById;
        if (!policies.TryGetValue(a, out var before) || !policies.TryGetValue(b, out var after))
            return new Failure(FailureKind.NotFound, $"There are the policies {string.Join(", ", policies.Keys)}.").ToProblem();
        return Json(json =>
        {
            json.WriteStartObject("a");
            WriteStamp(json, before);
            json.WriteEndObject();
            json.WriteStartObject("b");
            WriteStamp(json, after);
            json.WriteEndObject();
            json.WriteStartArray("differences");
            foreach (var difference in PolicyRows.Differences(before, after))
            {
                json.WriteStartObject();
                json.WriteString("row", difference.Row);
                json.WriteString("member", difference.Member);
                json.WriteString("a", difference.Before);
                json.WriteString("b", difference.After);
                json.WriteString("words", difference.InWords(before.Id, after.Id));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("patients");
            foreach (var change in WorkedPatients.Compare(before, after)) WritePatient(json, change);
            json.WriteEndArray();
        });
    }

    private static void WritePatient(Utf8JsonWriter json, PatientChange change)
    {
        json.WriteStartObject();
        json.WriteString("id", change.Patient.Id);
        json.WriteString("who", change.Patient.Who);
        json.Write("readinessA", change.Before);
        json.Write("readinessB", change.After);
        json.WriteStartArray("changes");
        foreach (var finding in change.Changes)
        {
            json.WriteStartObject();
            json.WriteString("rule", finding.Rule);
            json.WriteString("subject", finding.Subject);
            json.WriteString("words", finding.Words);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStamp(Utf8JsonWriter json, Policy policy)
    {
        json.WriteString("id", policy.Id);
        json.WriteString("preset", policy.Preset);
        json.WriteString("name", policy.Name);
        json.WriteString("version", policy.Version);
        json.WriteString("hash", policy.Hash);
    }

    private static IResult Json(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Results.Bytes(buffer.ToArray(), "application/json");
    }
}
