using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

/// <summary>What a clinician confirmed, as drafts of every kind.</summary>
internal static class Confirmations
{
    public static readonly DateTimeOffset At = new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero);

    public static WriteBackRequest Of(string content, DateTimeOffset? at = null, params DraftKind[] kinds) => new(
        "Patient/1",
        at ?? At,
        [.. (kinds.Length > 0 ? kinds : [DraftKind.CarePlan, DraftKind.NoteDocument, DraftKind.StaffCommunication, DraftKind.StaffTask, DraftKind.EducationDocument, DraftKind.EducationPrint, DraftKind.PatientCommunication])
            .Select(k => Draft(k, content, at ?? At))],
        [new Companion(DraftKind.Provenance, Provenance)]);

    public static WriteBackRequest Alone(this WriteBackRequest request) => request with { Companions = [] };

    public static Draft Draft(DraftKind kind, string content, DateTimeOffset at, params DocumentFormat[] formats)
    {
        var keys = Keys.For(kind, TinyEhr.Base, "Patient/1", "ServiceRequest/2", Encoding.UTF8.GetBytes(content));
        return new Draft(keys, input => Encoding.UTF8.GetBytes(Resource(keys, content, at, input).ToJsonString()))
        {
            Formats = kind.IsDocument() ? formats.Length > 0 ? [.. formats] : Made(kind) : [],
            HasAuthor = true,
        };
    }

    private static ImmutableArray<DocumentFormat> Made(DraftKind kind) => kind switch
    {
        DraftKind.EducationDocument => [DocumentFormat.Html],
        DraftKind.EducationPrint => [DocumentFormat.Pdf],
        _ => [DocumentFormat.Html, DocumentFormat.Pdf],
    };

    public static JsonObject Resource(DraftKeys keys, string content, DateTimeOffset at, BuildInput input)
    {
        var type = keys.Kind.ResourceType();
        var resource = new JsonObject
        {
            ["resourceType"] = type,
            ["identifier"] = new JsonArray(
                new JsonObject { ["system"] = keys.CreationSystem, ["value"] = keys.Creation },
                new JsonObject { ["system"] = keys.SeriesSystem, ["value"] = keys.Series }),
            ["status"] = type switch { "DocumentReference" => "current", "Communication" => "completed", "Task" => "requested", _ => "active" },
            [type switch { "CarePlan" => "created", "DocumentReference" => "date", "Communication" => "sent", _ => "authoredOn" }] = at.ToString("O"),
            ["description"] = content,
        };
        if (type == "CarePlan" && !input.Replaces.IsEmpty)
            resource["replaces"] = new JsonArray([.. input.Replaces.Select(r => (JsonNode)new JsonObject { ["reference"] = r })]);
        if (type == "DocumentReference")
        {
            resource["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "http://loinc.org", ["code"] = "34895-3" }) };
            resource["author"] = new JsonArray(new JsonObject { ["reference"] = "Practitioner/7" });
            resource["context"] = new JsonObject { ["period"] = new JsonObject { ["start"] = at.ToString("O"), ["end"] = at.ToString("O") } };
            resource["content"] = new JsonArray(new JsonObject
            {
                ["attachment"] = new JsonObject { ["contentType"] = input.Format switch { DocumentFormat.Pdf => "application/pdf", DocumentFormat.Html => "text/html;charset=utf-8", _ => "text/plain;charset=utf-8" }, ["data"] = "eA==" },
            });
            if (!input.Replaces.IsEmpty)
                resource["relatesTo"] = new JsonArray([.. input.Replaces.Select(r => (JsonNode)new JsonObject { ["code"] = "replaces", ["target"] = new JsonObject { ["reference"] = r } })]);
        }

        return resource;
    }

    private static ReadOnlyMemory<byte> Provenance(CompanionInput input) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceType"] = "Provenance",
        ["meta"] = new JsonObject { ["tag"] = new JsonArray(new JsonObject { ["system"] = input.TagSystem, ["code"] = input.Tag }) },
        ["target"] = new JsonArray(new JsonObject { ["reference"] = input.Target }),
    }.ToJsonString());

    public static ReadOnlyMemory<byte> AuditEvent(CompanionInput input) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceType"] = "AuditEvent",
        ["meta"] = new JsonObject { ["tag"] = new JsonArray(new JsonObject { ["system"] = input.TagSystem, ["code"] = input.Tag }) },
        ["entity"] = new JsonArray(new JsonObject { ["what"] = new JsonObject { ["reference"] = input.Target } }),
    }.ToJsonString());

    public static readonly Scopes Everything = Scopes.Parse("user/*.cruds");
}
