using System.Text.Json;

namespace BiopsyFhir.Testing.Peers;

/// <summary>One fault in one resource.</summary>
/// <param name="By">The validator that found it: medplum, us-core, fhir, schema or own.</param>
/// <param name="Where">Path in the resource.</param>
/// <param name="What">What is wrong.</param>
public sealed record ResourceFault(string By, string Where, string What);

/// <summary>
/// Independent validators of R4 JSON: two libraries, HL7's JSON schema, US Core 3.1.0 profiles, and what none of these
/// sees (periods that run backward, scripts in narrative, attachments that are not what they say). See
/// <c>tests/peers/validate.mjs</c>.
/// </summary>
public sealed class Validators() : PeerProcess("validate.mjs", "--us-core")
{
    private static readonly SemaphoreSlim s_one = new(1); // answers come in the order of the questions

    /// <summary>Every fault in the resource; empty when there is none.</summary>
    /// <param name="json">One R4 resource.</param>
    public async Task<IReadOnlyList<ResourceFault>> FaultsOf(string json)
    {
        using var parsed = JsonDocument.Parse(json); // a line of its own for each resource, whatever its layout was
        await s_one.WaitAsync();
        try
        {
            await Running.StandardInput.WriteLineAsync(JsonSerializer.Serialize(parsed.RootElement));
            await Running.StandardInput.FlushAsync();
            return [.. (await NextLine()).GetProperty("faults").EnumerateArray().Select(fault => new ResourceFault(
                fault.GetProperty("by").GetString()!, fault.GetProperty("where").GetString()!, fault.GetProperty("what").GetString()!))];
        }
        finally
        {
            s_one.Release();
        }
    }

    /// <summary>Fails with every fault in the message unless the resource is valid R4 and conforms to US Core.</summary>
    public async Task AssertValid(string json)
    {
        var faults = await FaultsOf(json);
        if (faults.Count > 0) Assert.Fail(string.Join('\n', faults) + '\n' + json);
    }

    protected override Task Started() => Task.CompletedTask;
}
