using System.Net.Http.Json;
using System.Text.Json;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>The connection check against servers that we did not write.</summary>
public sealed class CheckEhrTests(Hospital hospital) : IClassFixture<Hospital>
{
    public static TheoryData<string> AllEhrs() => [.. Hospital.Ehrs];

    [PeersTheory]
    [MemberData(nameof(AllEhrs))]
    public async Task An_EHR_that_can_be_launched_from_has_no_error(string ehr)
    {
        var lines = await Check(ehr);
        Assert.DoesNotContain(lines, line => line.State == "error");
        Assert.Equal("ok", Line(lines, "discovery").State);
        Assert.Equal("version 4.0.1", Line(lines, "FHIR").Found);
        Assert.StartsWith("CarePlan; create is announced and granted; conditional create keeps it single", Line(lines, "write-back: plan").Found, StringComparison.Ordinal);
        Assert.Contains(ehr switch { "public" => "public client", "secret" => "client secret", _ => "signed assertion" }, Line(lines, "launch").Found, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret: 100%", string.Join('\n', lines), StringComparison.Ordinal);
    }

    [PeersFact]
    public async Task Scopes_that_this_server_does_not_announce_are_listed()
    {
        var scopes = Line(await Check("public"), "scopes");
        Assert.Equal("warning", scopes.State);
        Assert.Contains("patient/CarePlan.cu", scopes.Found, StringComparison.Ordinal);
    }

    private async Task<List<(string State, string Part, string Found)>> Check(string ehr)
    {
        using var http = new HttpClient();
        var answer = await http.GetFromJsonAsync<JsonElement>($"{hospital.Service.Url}/api/v1/check-ehr/{ehr}");
        return [.. answer.GetProperty("lines").EnumerateArray().Select(l => (l.GetProperty("state").GetString()!, l.GetProperty("part").GetString()!, l.GetProperty("found").GetString()!))];
    }

    private static (string State, string Part, string Found) Line(List<(string State, string Part, string Found)> lines, string part) =>
        lines.FirstOrDefault(line => line.Part == part) is { Part: not null } found ? found : throw new InvalidOperationException($"no line '{part}':\n{string.Join('\n', lines)}");
}
