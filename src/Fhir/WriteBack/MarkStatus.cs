using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>
/// Changes the status of one of our resources, and nothing else: the server's own JSON goes back with one member changed, under
/// <c>If-Match</c>. When somebody else was quicker (412) it is read once more.
/// </summary>
internal sealed class MarkStatus(FhirClient client)
{
    /// <summary>Null when it has the status now, else a plain sentence why not.</summary>
    public async Task<string?> AsAsync(ResourceAddress resource, string status, DraftKeys keys, HowSuperseded how, Func<string?, bool> mayChange, CancellationToken ct)
    {
        if (how == HowSuperseded.NotAtAll)
            return "the EHR takes no update of it";
        for (var attempt = 1; ; attempt++)
        {
            var read = await client.ReadAsync(resource.Reference, ct).ConfigureAwait(false);
            if (!read.Got(out var current, out var unread))
                return unread.Sentence;
            FhirResult<WriteAnswer> answer;
            using (current)
            {
                if (OurCopies.Read(current.Root, keys) is not { } ours)
                    return "it no longer carries our identifier";
                if (ours.Status == status)
                    return null;
                if (!mayChange(ours.Status))
                    return "its status was changed in the EHR";
                if (current.ETag is not { } version)
                    return "the EHR tells no version of it, so it cannot be changed safely";
                answer = how == HowSuperseded.Patch
                    ? await client.PatchAsync(resource, Patch(ours.Status!, status), version, ct).ConfigureAwait(false)
                    : await client.UpdateAsync(resource, WithStatus(current.Root, status), version, ct).ConfigureAwait(false);
            }

            if (answer.Got(out _, out var failure))
                return null;
            // 412: somebody was quicker, perhaps our own first attempt whose answer was lost. The reading above tells.
            var lookAgain = failure is FhirFailure.PreconditionFailed or FhirFailure.Conflict || failure.OutcomeUnknown;
            if (!lookAgain || attempt == 2)
                return failure is FhirFailure.PreconditionFailed ? "it was changed in the EHR meanwhile" : failure.Sentence;
        }
    }

    internal static byte[] WithStatus(FhirElement resource, string status)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            using var document = resource.ToJsonDocument();
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.NameEquals("status"))
                    json.WriteString("status", status);
                else
                    member.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Patch(string from, string to)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (op, value) in new[] { ("test", from), ("replace", to) })
            {
                json.WriteStartObject();
                json.WriteString("op", op);
                json.WriteString("path", "/status");
                json.WriteString("value", value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
