using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>What a launch asks for against what the EHR says it knows. <c>scopes_supported</c> need not be complete, so nothing here is an error.</summary>
public static class CheckScopes
{
    private const string Part = "scopes";

    public static IEnumerable<CheckLine> Of(EhrOptions ehr, ServerConfiguration server)
    {
        if (ehr.ClientId is null) yield break;
        var (version, other) = ehr.ScopeVersion is ScopeVersion.V2 ? ("v2", "v1") : ("v1", "v2");
        if (server.Capabilities is not null && !server.Can($"permission-{version}"))
            yield return CheckLine.Warning(Part, $"permission-{version} is not announced, and scopes are asked for in {version}",
                server.Can($"permission-{other}") ? $"Set {ehr.Key}:ScopeVersion={other}." : "Ask the vendor which syntax the app is registered for: some drop the other without a word.");

        var asked = Scopes.Parse(ScopesToAsk.ForLaunch(ehr, server, standalone: false, ChartQuirks.Of(ehr)));
        if (server.Scopes is null)
        {
            yield return CheckLine.Ok(Part, $"{asked.Resources.Length} resource scopes are asked for in {version}; the EHR publishes no list to compare with");
            yield break;
        }
        var missing = asked.MissingFrom(Scopes.Parse(string.Join(' ', server.Scopes)));
        yield return missing is []
            ? CheckLine.Ok(Part, $"all {asked.Resources.Length} resource scopes asked for ({version}) are in scopes_supported")
            : CheckLine.Warning(Part, $"not in scopes_supported: {string.Join(", ", missing)}",
                "The list need not be complete: have these allowed for the app. What is not granted is said on the review page and left out.");
    }
}
