using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace BiopsyFhir.Api.Configuration;

/// <summary>
/// The address under which browsers and EHRs meet us. Without <c>PublicBaseUrl</c> it is the first listening address,
/// which with port 0 is known only once the server listens: ask when needed, not at construction.
/// </summary>
public sealed class PublicAddress(ServiceOptions options, IServer server)
{
    /// <value>No trailing slash.</value>
    public string Base => options.PublicBaseUrl?.AbsoluteUri.TrimEnd('/') ?? Listening();

    /// <param name="path">Starts with a slash.</param>
    public string At(string path) => Base + path;

    private string Listening()
    {
        if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is not { } first)
            return "http://localhost"; // an in-memory server has no address; this is the one it answers to
        return first.TrimEnd('/');
    }
}
