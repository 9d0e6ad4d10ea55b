using System.Runtime.CompilerServices;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>Automation: a real token, and one search with it that finds nobody.</summary>
public sealed class CheckBackend(BackendTokens tokens, EhrConnections connections, TimeProvider clock)
{
    private const string Part = "backend";

    public async IAsyncEnumerable<CheckLine> OfAsync(EhrOptions ehr, ServerConfiguration? server, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (ehr.BackendClientId is null)
        {
            yield return CheckLine.Ok(Part, "no backend client: nothing is delivered by itself at this EHR");
            yield break;
        }
        if (server is null && ehr.BackendEntra is null)
        {
            yield return CheckLine.Error(Part, "no token can be asked for without discovery", "Mend discovery first.");
            yield break;
        }
        if (ehr.BackendEntra is null && server?.GrantTypes?.Contains("client_credentials") is false)
            yield return CheckLine.Warning(Part, "client_credentials is not among the announced grants", "If the next line fails, have the backend client allowed there.");
        var scope = ScopesToAsk.ForBackend(ehr, ChartQuirks.Of(ehr));
        var answer = await AskAsync(ehr, scope, cancel);
        if (answer is not TokenAnswer.Granted(var granted))
        {
            yield return CheckLine.Error(Part, $"no token: {answer.WhyNot}", ToDo(answer, ehr));
            yield break;
        }
        yield return ehr.BackendEntra is null ? TokenLine(granted, scope) : CheckLine.Ok(Part, "a token from Entra ID; what it may do is decided by Azure roles");
        yield return await SearchAsync(ehr, new(granted.AccessToken), cancel);
    }

    private async Task<TokenAnswer> AskAsync(EhrOptions ehr, string scope, CancellationToken cancel)
    {
        try
        {
            return await tokens.RequestAsync(ehr, scope, cancel);
        }
        catch (LaunchStoppedException e)
        {
            return new TokenAnswer.Unusable(e.Stop.What.TrimEnd('.'), Unreachable: true);
        }
    }

    private static CheckLine TokenLine(TokenResponse granted, string scope)
    {
        var life = granted.ExpiresIn is { } seconds ? $"a token for {seconds.TotalSeconds} seconds" : "a token, for how long is not said";
        var missing = granted.Scope is { } given ? Scopes.Parse(scope).MissingFrom(Scopes.Parse(given)) : [];
        return missing is []
            ? CheckLine.Ok(Part, $"{life}, every scope asked for")
            : CheckLine.Warning(Part, $"{life}; not granted: {string.Join(", ", missing)}", "Have these scopes allowed for the backend client.");
    }

    private static string ToDo(TokenAnswer answer, EhrOptions ehr) => answer switch
    {
        _ when ehr.BackendEntra is not null => $"Compare {ehr.Key}:BackendClientId and {ehr.Key}:BackendEntra with the app registration in Entra ID; the FHIR service must be in the same tenant.",
        TokenAnswer.Refused { Error: "invalid_client" or "unauthorized_client" } =>
            $"Compare {ehr.Key}:BackendClientId with the registration, and give the EHR the address of our key set (/.well-known/jwks.json); it must be able to read it.",
        TokenAnswer.Refused { Error: "invalid_scope" } => "Have the system/ scopes allowed for the backend client, or set ScopeVersion to the syntax it is registered for.",
        _ => "Ask the vendor what its log says about this client at this time.",
    };

    /// <summary>A search by an id that no patient has: shows that the token is taken, and reads nobody's data.</summary>
    private async Task<CheckLine> SearchAsync(EhrOptions ehr, AccessToken token, CancellationToken cancel)
    {
        using var deadline = Deadline.After(TimeSpan.FromSeconds(10), clock);
        var client = connections.To(ehr).ClientFor(new OneAccessToken(token)).Within(deadline);
        var found = await client.SearchAsync("Patient", FhirQuery.Of(("_id", "biopsyfhir-connection-check")), cancel);
        if (!found.Got(out var result, out var failure))
            return failure is FhirFailure.Unauthorised or FhirFailure.Forbidden
                ? CheckLine.Error("backend read", "the token is not taken for a search of Patient", ehr.BackendEntra is not null ? "Give the application a role on the FHIR service in Azure (FHIR Data Contributor)." : "Have system/Patient.rs allowed, and see that token and FHIR server belong together.")
                : CheckLine.Warning("backend read", $"a search of Patient by _id fails: {failure.Sentence.TrimEnd('.')}", "Some servers do not take this search; reads by a patient's own id are tried only when there is one.");
        result.Dispose();
        return CheckLine.Ok("backend read", "the token is taken for a search of Patient");
    }
}
