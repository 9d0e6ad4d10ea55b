using System.Text.Json.Nodes;
using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Notify;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.WebUtilities;
using Draft = BiopsyFhir.Sandbox.Store.ResourceStore.Draft;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>The instance and type interactions of R4 (hl7.org/fhir/R4/http.html), the same alone and inside a bundle.
/// Each throws <see cref="FhirFault"/> for a refusal. Whoever writes calls <see cref="Settle"/> at the end: only then is it known where the
/// references of a transaction lead, and so whose chart was written to.</summary>
internal sealed class Interaction(Access access, SandboxOptions options)
{
    private string FhirBase => access.FhirBase;

    public FhirResponse Read(StoreState state, ResourceType type, string id, string? ifNoneMatch)
    {
        access.Require(Interactions.Read, type);
        var found = Found(state, new(type.Name, id));
        access.RequireTouch(Interactions.Read, type, found.Body, state);
        return ifNoneMatch is not null && SameVersion(ifNoneMatch, found) ? FhirResponse.Of(304, found) with { Body = null } : FhirResponse.Of(200, found);
    }

    public FhirResponse ReadVersion(StoreState state, ResourceType type, string id, string version)
    {
        access.Require(Interactions.Read, type);
        var found = state.History(new(type.Name, id)).FirstOrDefault(v => $"{v.Version}" == version) ?? throw FhirFault.NotFound($"version {version} of {type.Name}/{id}");
        if (found.Deleted) throw FhirFault.Gone($"{type.Name}/{id}");
        access.RequireTouch(Interactions.Read, type, found.Body, state);
        return FhirResponse.Of(200, found);
    }

    public FhirResponse History(StoreState state, ResourceType type, string id)
    {
        access.Require(Interactions.Read, type);
        var versions = state.History(new(type.Name, id));
        if (versions is []) throw FhirFault.NotFound($"{type.Name}/{id}");
        foreach (var version in versions.Where(v => !v.Deleted)) access.RequireTouch(Interactions.Read, type, version.Body, state);
        return new(200, Bundles.History(versions, FhirBase));
    }

    /// <param name="ifNoneExist">Search that must find nothing; when it finds one resource, that one is the answer (200) and nothing is written.</param>
    /// <param name="id">Chosen beforehand in a transaction, where other entries already point to it.</param>
    public FhirResponse Create(Draft draft, ResourceType type, JsonObject body, string? ifNoneExist, string? id = null)
    {
        RequireWritable(Interactions.Create, type);
        if (ifNoneExist is not null && Matching(draft.State, type, ifNoneExist) is { } there)
        {
            access.RequireTouch(Interactions.Create, type, there.Body, draft.State);
            return FhirResponse.Of(200, there, VersionUrl(there));
        }
        CheckResource.Shape(type, body);
        var stored = draft.Put(new(type.Name, id ?? Opaque.New()), body);
        return FhirResponse.Of(201, stored, VersionUrl(stored));
    }

    public FhirResponse Update(Draft draft, ResourceType type, string id, JsonObject body, string? ifMatch)
    {
        RequireWritable(Interactions.Update, type);
        if (body.Text("id") != id) throw FhirFault.Invalid($"The body's id must be '{id}', as in the address.", "id");
        CheckResource.Shape(type, body);
        Current(draft, type, id, ifMatch, Interactions.Update);
        var stored = draft.Put(new(type.Name, id), body);
        return FhirResponse.Of(200, stored, VersionUrl(stored));
    }

    public FhirResponse Patch(Draft draft, ResourceType type, string id, JsonArray operations, string? ifMatch)
    {
        RequireWritable(Interactions.Update, type);
        var before = Current(draft, type, id, ifMatch, Interactions.Update);
        var patched = JsonPatch.Apply(FhirJson.Read(before.Json), operations);
        CheckResource.Shape(type, patched);
        if (patched.Text("id") != id) throw new FhirFault(422, "invariant", "A patch cannot change the id.", "id");
        var stored = draft.Put(new(type.Name, id), patched);
        return FhirResponse.Of(200, stored, VersionUrl(stored));
    }

    public FhirResponse Delete(Draft draft, ResourceType type, string id, string? ifMatch)
    {
        RequireWritable(Interactions.Delete, type);
        Current(draft, type, id, ifMatch, Interactions.Delete);
        return new(204) { Resource = draft.Delete(new(type.Name, id)) };
    }

    /// <summary>Last check of a written resource, on the finished draft: the new content is within the token's reach, and its references lead somewhere.</summary>
    public void Settle(Draft draft, StoredResource written)
    {
        if (written.Deleted) return;
        CheckResource.References(draft.State, written, FhirBase);
        if (written.Key.Type == "Subscription") SubscriptionTerms.Read(written.Body, FhirBase);
        access.RequireTouch(written.Version == 1 ? Interactions.Create : Interactions.Update, ResourceTypes.Named(written.Key.Type), written.Body, draft.State);
    }

    /// <summary>The one resource that a conditional create would repeat; null when there is none.</summary>
    public StoredResource? Matching(StoreState state, ResourceType type, string search)
    {
        var sent = QueryHelpers.ParseQuery(search).SelectMany(p => p.Value, (p, v) => KeyValuePair.Create(p.Key, v ?? "")).ToList();
        var query = SearchQuery.Parse(type, sent, FhirBase, strict: true);
        if (query.Criteria is []) throw new FhirFault(412, "incomplete", "If-None-Exist names no search parameter.");
        return query.Run(state).Take(2).ToList() switch
        {
            [] => null,
            [var one] => one,
            _ => throw new FhirFault(412, "multiple-matches", $"If-None-Exist matches several {type.Name} resources."),
        };
    }

    private void RequireWritable(Interactions what, ResourceType type)
    {
        if (options.ReadOnlyTypes.Contains(type.Name)) throw new FhirFault(405, "not-supported", $"{type.Name} is read-only on this server.");
        access.Require(what, type);
    }

    private StoredResource Current(Draft draft, ResourceType type, string id, string? ifMatch, Interactions what)
    {
        var key = new ResourceKey(type.Name, id);
        if (draft.State.Latest(key) is null && what == Interactions.Update)
            throw new FhirFault(405, "not-supported", $"This server gives out ids itself: {key} cannot be created by update.");
        var current = Found(draft.State, key);
        access.RequireTouch(what, type, current.Body, draft.State);
        if (ifMatch is not null && !SameVersion(ifMatch, current))
            throw new FhirFault(412, "conflict", $"{key} is at version {current.Version}; If-Match asked for {ifMatch}.");
        return current;
    }

    private static StoredResource Found(StoreState state, ResourceKey key) => state.Latest(key) switch
    {
        null => throw FhirFault.NotFound($"{key}"),
        { Deleted: true } => throw FhirFault.Gone($"{key}"),
        var found => found,
    };

    private static bool SameVersion(string tag, StoredResource resource) =>
        tag.Split(',').Any(t => t.Trim() is var one && (one == resource.ETag || one == $"\"{resource.Version}\"" || one == "*"));

    private string VersionUrl(StoredResource resource) => $"{FhirBase}/{resource.Key}/_history/{resource.Version}";
}
