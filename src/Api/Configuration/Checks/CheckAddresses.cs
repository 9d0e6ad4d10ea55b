namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>Where we listen, and under which address the world meets us.</summary>
public static class CheckAddresses
{
    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options)
    {
        if (options.PublicBaseUrl is null && options.ListeningAddresses.Any(ListeningAddresses.IsWildcard))
            yield return new("PublicBaseUrl", "is required when listening on every address: EHRs and browsers need one name to return to");

        if (options.PublicBaseUrl is { } url && !WebAddress.IsSecureOrLoopback(url))
            yield return new("PublicBaseUrl", "must be https: launches carry patient context through it");
        if (options.PublicBaseUrl is { AbsolutePath: not "/" })
            yield return new("PublicBaseUrl", "must have no path: our pages are linked from the root of their host");

        if (options.Sandbox.Enabled)
        {
            // The demo EHR signs anyone in as a clinician.
            foreach (var address in options.ListeningAddresses.Where(a => !ListeningAddresses.IsLoopback(a)))
                yield return new("urls", $"{address} is not a loopback address: the sandbox signs anyone in and listens on this machine only; set Sandbox:Enabled=false or listen on localhost");
            if (options.PublicBaseUrl is { } shown && !WebAddress.IsLoopback(shown))
                yield return new("PublicBaseUrl", "must be a loopback address while the sandbox is on");
        }

        foreach (var (origin, index) in options.Cds.AllowedOrigins.Select((o, i) => (o, i)))
            if (!WebAddress.IsOrigin(origin))
                yield return new($"Cds:AllowedOrigins:{index}", "must be one origin, for example https://ehr.example.org");
    }
}
