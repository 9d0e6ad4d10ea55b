using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Draft = BiopsyFhir.Sandbox.Store.ResourceStore.Draft;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>Everything under <c>/sandbox/fhir</c>. One place decides by method and path, so that every refusal, even of a method or an
/// address we do not serve, is an OperationOutcome.</summary>
internal sealed class FhirEndpoint(ResourceStore store, RunSearch search, GrantStore grants, SandboxAddresses at, IOptions<SandboxOptions> options,
    TimeProvider clock, ILogger<FhirEndpoint> log)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    public async Task HandleAsync(HttpContext http, string path)
    {
        FhirResponse response;
        try
        {
            RequireJson(http.Request);
            response = await AnswerAsync(http, path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (FhirFault fault)
        {
            response = FhirResponse.Of(fault);
        }
        catch (BadHttpRequestException fault)
        {
            response = FhirResponse.Of(new FhirFault(fault.StatusCode, fault.StatusCode == 413 ? "too-long" : "structure", fault.Message));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The exception's own text may quote a payload: only its type is logged.
            if (log.IsEnabled(LogLevel.Error)) log.LogError("The sandbox FHIR server failed on {Method}: {Kind}", http.Request.Method, fault.GetType().Name);
            response = FhirResponse.Of(new FhirFault(500, "exception", "The sandbox failed; nothing was written."));
        }
        await response.SendAsync(http);
    }

    private async Task<FhirResponse> AnswerAsync(HttpContext http, string[] path)
    {
        var request = http.Request;
        switch (request.Method, path)
        {
            case ("GET", ["metadata"]): return new(200, Capabilities.Statement(at, options.Value, clock.GetUtcNow()));
            case ("GET", [".well-known", "smart-configuration"]): return new(200, FhirJson.Write(Discovery.Smart(at))) { ContentType = "application/json" };
        }
        var access = new Access(Bearer(request), at.Fhir);
        var interaction = new Interaction(access, options.Value);
        var state = store.Now;
        var (ifMatch, ifNoneMatch, ifNoneExist) = (Header("If-Match"), Header("If-None-Match"), Header("If-None-Exist"));
        switch (request.Method, path)
        {
            case ("GET", []) when request.Query["_page"] is [{ } page]: return search.Next(access, state, page);
            case ("POST", []): return new Transactions(store, interaction, search, access, Preferred("minimal")).Run(await ReadBody.ResourceAsync(request, options.Value.MaxBodyBytes));
            case ("GET", [var type]): return search.First(access, state, ResourceTypes.Named(type), Pairs(request.Query), Strict());
            case ("POST", [var type, "_search"]): return search.First(access, state, ResourceTypes.Named(type), [.. Pairs(request.Query), .. await FormAsync(request)], Strict());
            case ("GET", [var type, var id]): return interaction.Read(state, ResourceTypes.Named(type), id, ifNoneMatch);
            case ("GET", [var type, var id, "_history"]): return interaction.History(state, ResourceTypes.Named(type), id);
            case ("GET", [var type, var id, "_history", var version]): return interaction.ReadVersion(state, ResourceTypes.Named(type), id, version);
            case ("POST", [var type]):
                var resourceType = ResourceTypes.Named(type);
                var body = await ReadBody.ResourceAsync(request, options.Value.MaxBodyBytes);
                return Write(d => interaction.Create(d, resourceType, body, ifNoneExist));
            case ("PUT", [var type, var id]):
                resourceType = ResourceTypes.Named(type);
                body = await ReadBody.ResourceAsync(request, options.Value.MaxBodyBytes);
                return Write(d => interaction.Update(d, resourceType, id, body, ifMatch));
            case ("PATCH", [var type, var id]):
                resourceType = ResourceTypes.Named(type);
                var patch = await ReadBody.PatchAsync(request, options.Value.MaxBodyBytes);
                return Write(d => interaction.Patch(d, resourceType, id, patch, ifMatch));
            case ("DELETE", [var type, var id]):
                resourceType = ResourceTypes.Named(type);
                return Write(d => interaction.Delete(d, resourceType, id, ifMatch));
        }
        throw Methods.Contains(request.Method) && path.Length is 0 or 1 or 2
            ? new FhirFault(405, "not-supported", $"{request.Method} is not served at this address.")
            : FhirFault.NotFound("such address");

        string? Header(string name) => request.Headers[name] is [{ Length: > 0 } one] ? one : null;
        bool Strict() => request.Headers["Prefer"].Any(p => p!.Contains("handling=strict", StringComparison.Ordinal));
        bool Preferred(string what) => request.Headers["Prefer"].Any(p => p!.Contains($"return={what}", StringComparison.Ordinal));
        FhirResponse Write(Func<Draft, FhirResponse> work) => Trimmed(store.Write(draft =>
        {
            var answer = work(draft);
            foreach (var change in draft.Changes) interaction.Settle(draft, change);
            return answer;
        }));
        FhirResponse Trimmed(FhirResponse answer) => Preferred("minimal") ? answer with { Body = null }
            : Preferred("OperationOutcome") ? answer with { Body = FhirJson.Write(new JsonObject { ["resourceType"] = "OperationOutcome", ["issue"] = new JsonArray(FhirFault.Issue("information", "informational", "Done.")) }) }
            : answer;
    }

    private Grant Bearer(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) throw new FhirFault(401, "login", "A bearer token is needed.");
        return grants.ByAccessToken(header[scheme.Length..].Trim()) ?? throw new FhirFault(401, "login", "The token is unknown, expired or revoked.");
    }

    private static void RequireJson(HttpRequest request)
    {
        var accept = request.GetTypedHeaders().Accept;
        if (accept is not { Count: > 0 } || accept.Any(a => a.MatchesAllTypes || a.MediaType.Value is "application/*" || a.MediaType.Value!.EndsWith("json", StringComparison.OrdinalIgnoreCase))) return;
        throw new FhirFault(406, "not-supported", "This server speaks application/fhir+json only.");
    }

    private static List<KeyValuePair<string, string>> Pairs(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> values) =>
        [.. values.SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? ""))];

    private static async Task<List<KeyValuePair<string, string>>> FormAsync(HttpRequest request) => request.HasFormContentType
        ? Pairs(await request.ReadFormAsync(request.HttpContext.RequestAborted))
        : throw new FhirFault(415, "not-supported", "Send _search parameters as application/x-www-form-urlencoded.");
}
