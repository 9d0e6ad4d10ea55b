using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace BiopsyFhir.Sandbox;

/// <summary>Every absolute address the demo EHR names, derived from one public base. None ends with a slash.</summary>
internal sealed class SandboxAddresses(IServiceProvider services, IOptions<SandboxOptions> options)
{
    private string? root;

    /// <summary>Resolved at first use, not at start: with port 0 the address is known only once the server listens.</summary>
    public string Root => root ??= Resolve().GetLeftPart(UriPartial.Path).TrimEnd('/');

    public string Start => $"{Root}/sandbox";
    public string Fhir => $"{Root}/sandbox/fhir";

    /// <summary>The OpenID issuer: <c>{issuer}/.well-known/openid-configuration</c> must resolve, so it differs from the FHIR base.</summary>
    public string Issuer => $"{Root}/sandbox/auth";
    public string Authorize => $"{Issuer}/authorize";
    public string Token => $"{Issuer}/token";

    public string Launch => options.Value.LaunchUrl?.AbsoluteUri ?? $"{Root}/launch";
    public string Redirect => options.Value.RedirectUri?.AbsoluteUri ?? $"{Root}/callback";
    public string BackendJwks => options.Value.BackendJwksUrl?.AbsoluteUri ?? $"{Root}/.well-known/jwks.json";

    public string CdsServices => options.Value.CdsServicesUrl?.AbsoluteUri.TrimEnd('/') ?? $"{Root}/cds-services";

    /// <summary>Key set that CDS Hooks services check this EHR's tokens against.</summary>
    public string CdsKeys => $"{Issuer}/cds-jwks";

    private Uri Resolve()
    {
        if (options.Value.PublicBaseUrl is { } given) return given;
        if (options.Value.PublicBaseUrlFrom is { } from) return from(services);
        var listening = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return new Uri(listening ?? "http://localhost");
    }
}
