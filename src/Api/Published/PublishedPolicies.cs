using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Publishing;

namespace BiopsyFhir.Api.Published;

/// <summary>The resources of the policies in force, made when first asked for and again when a site's policies change.</summary>
public sealed class PublishedPolicies(PolicyShelf shelf, PublicAddress address, ServiceOptions options, TimeProvider clock)
{
    private readonly DateOnly _since = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
    private volatile Made? _made;

    private sealed record Made(PolicySet From, FrozenDictionary<string, ImmutableArray<PublishedResource>> ByType);

    public IReadOnlyList<PublishedResource> OfType(string type) => Current().ByType[type];

    public string Base => address.At("/fhir");

    public byte[] CapabilityStatement() => CapabilityJson.Of(Context(), SoftwareVersion, _since, options.Policy.Publish == PublishTo.Open);

    private static string SoftwareVersion { get; } = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0";

    private PublishContext Context() => new(Base, shelf.Default.Id, options.Sandbox.Enabled);

    private Made Current()
    {
        var (policies, made) = (shelf.Current, _made);
        if (made is not null && ReferenceEquals(made.From, policies)) return made;
        // Two callers at once may both make them; what they make is the same.
        var all = PublishPolicies.All([.. policies.ById.Values], RuleShelf.Rules, Context());
        return _made = new(policies, PublishPolicies.Types.ToFrozenDictionary(type => type, type => all.Where(r => r.Type == type).ToImmutableArray(), StringComparer.Ordinal));
    }
}
