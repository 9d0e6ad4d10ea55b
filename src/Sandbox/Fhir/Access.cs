using System.Text.Json;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>What the bearer of one token may do. Each scope opens some types, perhaps for one patient only, perhaps for some categories only;
/// several scopes add up.</summary>
internal sealed class Access(Grant grant, string fhirBase)
{
    private readonly List<Scope> scopes = [.. grant.Scopes.Select(Scope.Parse).OfType<Scope>()];

    public Grant Grant => grant;
    public string FhirBase => fhirBase;

    /// <exception cref="FhirFault">403 when no scope allows this on any resource of the type.</exception>
    public void Require(Interactions what, ResourceType type)
    {
        if (!Opening(what, type).Any())
            throw FhirFault.Forbidden($"The token's scopes do not allow '{what.ToString().ToLowerInvariant()}' on {type.Name}.");
    }

    /// <summary>Whether this very resource is open: right type, right patient, right category.</summary>
    public bool MayTouch(Interactions what, ResourceType type, JsonElement resource, StoreState state) =>
        Opening(what, type).Any(scope => InCompartment(scope, type, resource, state) && MeetsFilter(scope, type, resource));

    /// <exception cref="FhirFault">403 when it is not.</exception>
    public void RequireTouch(Interactions what, ResourceType type, JsonElement resource, StoreState state)
    {
        Require(what, type);
        if (!MayTouch(what, type, resource, state))
            throw FhirFault.Forbidden($"The token does not reach this {type.Name}: another patient's chart, or a category that was not granted.");
    }

    /// <summary>Asking for another patient by name is refused, so that "not allowed" is never read as "nothing there".</summary>
    /// <exception cref="FhirFault">403.</exception>
    public void RequirePatient(Interactions what, SearchQuery query)
    {
        if (Opening(what, query.Type).Any(s => s.Context != "patient") || Compartment.IsShared(query.Type)) return;
        var named = query.Criteria.Where(c => c.Parameter.Target == "Patient" || c.Parameter.Name == "subject" || (query.Type.Name == "Patient" && c.Parameter.Name == "_id"));
        foreach (var value in named.SelectMany(c => c.AnyOf))
            if (Criterion.LocalReference(value, fhirBase)!.Split('/')[^1] != grant.Patient)
                throw FhirFault.Forbidden("The token was granted for another patient.");
    }

    /// <summary>A Subscription watches every chart, so a scope for one patient does not open it.</summary>
    private IEnumerable<Scope> Opening(Interactions what, ResourceType type) =>
        scopes.Where(s => (s.Allows & what) == what && (s.Type == "*" || s.Type == type.Name)
            && (s.Context != "patient" || (grant.Patient is not null && type.Name != "Subscription")));

    private bool InCompartment(Scope scope, ResourceType type, JsonElement resource, StoreState state) =>
        scope.Context != "patient" || Compartment.IsShared(type) || Compartment.PatientsOf(state, type, resource, fhirBase).Contains(grant.Patient!);

    private bool MeetsFilter(Scope scope, ResourceType type, JsonElement resource)
    {
        if (scope.Filter is null) return true;
        var sent = QueryHelpers.ParseQuery(scope.Filter).SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? "")).ToList();
        var query = SearchQuery.Parse(type, sent, fhirBase);
        // A filter that is not fully understood opens nothing.
        return query.Understood.Count == sent.Count && query.Criteria.All(c => c.IsMetBy(resource));
    }
}
