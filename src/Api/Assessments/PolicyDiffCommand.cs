using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary><c>dotnet run --project src/Api -- policy-diff P1 P3</c>: how two policies differ, row by row, and which of the worked patients it changes.</summary>
public static class PolicyDiffCommand
{
    public const string Usage = "policy-diff ID ID";

    public static bool IsAsked(string[] args) => args is ["policy-diff", ..];

    /// <returns>0: compared. 2: the command line makes no sense, or there is no such policy. 78: the policies have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions service, TextWriter output, TextWriter errors)
    {
        if (await AssessmentServices.PoliciesAsync(service, errors) is not { Current: var policies }) return RefuseToStart.ExitCode;
        if (args is not [_, var a, var b] || !policies.ById.TryGetValue(a, out var before) || !policies.ById.TryGetValue(b, out var after))
        {
            await errors.WriteLineAsync($"{Usage}\nThere are the policies {string.Join(", ", policies.ById.Keys)}.");
            return 2;
        }
        await output.WriteLineAsync($"{Stamp(before)}\n{Stamp(after)}\n\nRows");
        foreach (var difference in PolicyRows.Differences(before, after)) await output.WriteLineAsync($"  {difference.InWords(a, b)}");
        await output.WriteLineAsync("\nPatients");
        foreach (var change in WorkedPatients.Compare(before, after))
        {
            await output.WriteLineAsync($"  {change.Patient.Who}: {InWords(change, a, b)}");
            foreach (var finding in change.Changes) await output.WriteLineAsync($"    {finding.Words}");
        }
        return 0;
    }

    private static string InWords(PatientChange change, string a, string b) => change.IsNone ? "nothing changes"
        : change.Before == change.After ? Wire.Name(change.Before) : $"{Wire.Name(change.Before)} under {a}, {Wire.Name(change.After)} under {b}";

    private static string Stamp(Policy policy) => $"{policy.Id}: {policy.Name}, version {policy.Version}, {policy.Hash}";
}
