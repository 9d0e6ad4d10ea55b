using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox.Fhir.Search;

/// <summary>Runs a search within what the token reaches and cuts it into pages. The pages of one search show one moment of the store.</summary>
internal sealed class RunSearch(IOptions<SandboxOptions> options, TimeProvider clock)
{
    private sealed record Rest(string GrantId, ResourceType Type, IReadOnlyList<StoredResource> Found, int From, int Size, string Self,
        List<(string Type, string Parameter)> Includes, List<(string Type, string Parameter)> RevIncludes);

    private static readonly TimeSpan PageLife = TimeSpan.FromMinutes(15);
    private readonly Tickets<Rest> pages = new(clock);

    public FhirResponse First(Access access, StoreState state, ResourceType type, IEnumerable<KeyValuePair<string, string>> sent, bool strict)
    {
        access.Require(Interactions.Search, type);
        var query = SearchQuery.Parse(type, sent, access.FhirBase, strict);
        access.RequirePatient(Interactions.Search, query);
        var found = query.Run(state).Where(r => access.MayTouch(Interactions.Search, type, r.Body, state)).ToList();
        var self = $"{access.FhirBase}/{type.Name}{QueryString.Create(query.Understood!)}";
        if (query.CountOnly) return new(200, Bundles.Searchset(new(found.Count, self, null, [], [], null), access.FhirBase));
        var size = Math.Clamp(query.Count ?? options.Value.DefaultPageSize, 1, options.Value.MaxPageSize);
        return Page(access, state, new(access.Grant.Id, type, found, 0, size, self, query.Includes, query.RevIncludes));
    }

    /// <exception cref="FhirFault">410 for a page link that has expired; 403 for one made for another grant.</exception>
    public FhirResponse Next(Access access, StoreState state, string page)
    {
        if (pages.Find(page) is not { } rest) throw new FhirFault(410, "expired", "This page link has expired: repeat the search.");
        if (rest.GrantId != access.Grant.Id) throw FhirFault.Forbidden("This page link was made for another grant.");
        return Page(access, state, rest);
    }

    private FhirResponse Page(Access access, StoreState state, Rest rest)
    {
        var matches = rest.Found.Skip(rest.From).Take(rest.Size).ToList();
        var more = rest.From + rest.Size < rest.Found.Count;
        var next = more ? $"{access.FhirBase}?_page={pages.Issue(rest with { From = rest.From + rest.Size }, PageLife)}" : null;
        var linked = Linked(access, state, rest, matches).Where(r => !matches.Any(m => m.Key == r.Key)).DistinctBy(r => r.Key).ToList();
        var open = linked.Where(r => access.MayTouch(Interactions.Read, ResourceTypes.Named(r.Key.Type), r.Body, state)).ToList();
        var warning = open.Count < linked.Count ? "Some included resources are left out: the token's scopes do not reach them." : null;
        return new(200, Bundles.Searchset(new(rest.Found.Count, rest.Self, next, matches, open, warning), access.FhirBase));
    }

    private static IEnumerable<StoredResource> Linked(Access access, StoreState state, Rest rest, List<StoredResource> matches)
    {
        foreach (var (_, name) in rest.Includes)
            foreach (var reference in matches.SelectMany(m => rest.Type.Parameter(name)!.Values(m.Body)))
                if (Criterion.LocalReference(reference.Text("reference"), access.FhirBase)?.Split('/') is [var type, var id] && state.Existing(new(type, id)) is { } found)
                    yield return found;
        foreach (var (source, name) in rest.RevIncludes)
        {
            var pointing = new Criterion(ResourceTypes.Named(source).Parameter(name)!, [.. matches.Select(m => $"{m.Key}")], access.FhirBase);
            foreach (var found in state.All(source).Where(r => pointing.IsMetBy(r.Body))) yield return found;
        }
    }
}
