using System.Collections.Immutable;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>Where an EHR's addresses may lead once its names are resolved.</summary>
public enum NetworkReach
{
    /// <summary>Only addresses routed on the public Internet.</summary>
    Public,

    /// <summary>Public addresses and the hospital's own network (RFC 1918, RFC 6598, RFC 4193); never loopback or link-local.</summary>
    Private,

    /// <summary>Only this machine; plain http is allowed. The sandbox and tests.</summary>
    Loopback,
}

/// <summary>One FHIR R4 endpoint: its base address, byte for byte as configured, and where its links may lead.</summary>
public sealed record FhirServer
{
    private FhirServer(string id, string baseUrl, NetworkReach reach, ImmutableArray<string> otherBases)
    {
        Id = id;
        BaseUrl = baseUrl;
        Reach = reach;
        OtherBases = otherBases;
        Addresses = new OutgoingAddress(baseUrl, otherBases);
    }

    /// <summary>Short name for logs and metrics.</summary>
    public string Id { get; }

    /// <summary>The FHIR base as configured. SMART's <c>aud</c> is compared by bytes, so nothing is added, removed or re-cased.</summary>
    public string BaseUrl { get; }

    public NetworkReach Reach { get; }

    /// <summary>Further bases of the same server that its own links carry (behind a gateway); the token may go there too.</summary>
    public ImmutableArray<string> OtherBases { get; }

    /// <summary>Decides for every address whether it belongs to this server.</summary>
    public OutgoingAddress Addresses { get; }

    /// <param name="baseUrl">The FHIR base, with or without a slash at the end.</param>
    /// <param name="reach">Where the host name may resolve to.</param>
    /// <param name="otherBases">Other bases of the same server that links may carry.</param>
    /// <param name="plainHttp">http inside the hospital's network, when the operator says so; with <see cref="NetworkReach.Loopback"/> http is always allowed.</param>
    /// <param name="id">Short name; the host when not given.</param>
    /// <exception cref="ArgumentException">Names every fault of the addresses.</exception>
    public static FhirServer Of(
        string baseUrl,
        NetworkReach reach = NetworkReach.Public,
        IEnumerable<string>? otherBases = null,
        bool plainHttp = false,
        string? id = null)
    {
        ImmutableArray<string> others = otherBases is null ? [] : [.. otherBases];
        var faults = others.Prepend(baseUrl).SelectMany(b => Faults(b, reach, plainHttp)).ToList();
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(" ", faults), nameof(baseUrl));
        return new FhirServer(id ?? new Uri(baseUrl).Host, baseUrl, reach, others);
    }

    /// <summary>What is wrong with a FHIR base; empty when nothing is.</summary>
    public static IEnumerable<string> Faults(string baseUrl, NetworkReach reach, bool plainHttp = false)
    {
        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            yield return $"The FHIR base '{baseUrl}' is not an http or https address.";
            yield break;
        }

        if (uri.Scheme == "http" && reach != NetworkReach.Loopback && !(plainHttp && reach == NetworkReach.Private))
            yield return $"The FHIR base '{baseUrl}' must be https; http is for loopback, or for a private network when configured.";
        if (reach == NetworkReach.Loopback && !uri.IsLoopback)
            yield return $"The FHIR base '{baseUrl}' is configured as loopback but its host is not.";
        if (uri.UserInfo.Length > 0)
            yield return "The FHIR base must not carry a user name or password.";
        if (uri.Query.Length > 0 || baseUrl.Contains('#'))
            yield return $"The FHIR base '{baseUrl}' must not carry a query or fragment.";
    }
}
