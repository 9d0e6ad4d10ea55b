using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Orders;

/// <summary>Fills a service's prefetch templates as a CDS Hooks 2.0 client does: a read or a search each, with the tokens of that version.</summary>
internal sealed partial class Prefetch(ResourceStore store, RunSearch search, IOptions<SandboxOptions> options)
{
    /// <summary>One member for each template that could be filled. A template with a token this client does not know is left out ("declined");
    /// one that fails becomes an OperationOutcome; a search brings its first page, with a <c>next</c> link when there are more.</summary>
    public JsonObject Fill(JsonObject templates, JsonObject context, Access access)
    {
        var filled = new JsonObject();
        foreach (var (key, value) in templates)
            if (value is JsonValue v && v.TryGetValue<string>(out var template) && Resolve(template, context) is { } query)
                filled[key] = Run(query, access);
        return filled;
    }

    /// <summary>Null when a token is not known, or has no value in this context.</summary>
    public static string? Resolve(string template, JsonObject context)
    {
        var known = true;
        var resolved = Token().Replace(template, match =>
        {
            var token = match.Groups[1].Value.Trim();
            var value = token switch
            {
                "userPractitionerId" => User(context, "Practitioner/"),
                "userPractitionerRoleId" => User(context, "PractitionerRole/"),
                "userPatientId" => User(context, "Patient/"),
                "userRelatedPersonId" => User(context, "RelatedPerson/"),
                _ when token.StartsWith("context.", StringComparison.Ordinal) => context.Text(token["context.".Length..]),
                _ => null,
            };
            known &= value is not null;
            return value is null ? "" : Uri.EscapeDataString(value);
        });
        return known ? resolved : null;
    }

    private static string? User(JsonObject context, string type) =>
        context.Text("userId") is { } user && user.StartsWith(type, StringComparison.Ordinal) ? user[type.Length..] : null;

    private JsonObject Run(string query, Access access)
    {
        try
        {
            var state = store.Now;
            var (path, parameters) = query.Split('?', 2) is [var p, var q] ? (p, q) : (query, null);
            var answer = (path.Split('/'), parameters) switch
            {
                ([var type, var id], null) => new Interaction(access, options.Value).Read(state, ResourceTypes.Named(type), id, null),
                ([var type], not null) => search.First(access, state, ResourceTypes.Named(type), QueryHelpers.ParseQuery(parameters).SelectMany(f => f.Value, (f, v) => KeyValuePair.Create(f.Key, v ?? "")), strict: false),
                _ => throw FhirFault.Invalid($"The template '{query}' is neither a read nor a search."),
            };
            return FhirJson.Read(answer.Body);
        }
        catch (FhirFault fault)
        {
            return fault.Outcome();
        }
    }

    [GeneratedRegex(@"\{\{([^}]*)\}\}")]
    private static partial Regex Token();
}
