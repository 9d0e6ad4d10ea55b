using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>Keys that sign our assertions and wrap our stored tokens: present where required, and readable.</summary>
public static class CheckKeys
{
    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options, bool development)
    {
        var throwAway = development || options.Sandbox.Enabled;
        var needsSigning = options.Ehrs.Any(e => e.ClientAuth is ClientAuth.PrivateKey || (e.BackendClientId is not null && e.BackendEntra is null));
        if (!throwAway && needsSigning && options.Smart.SigningKeys is [])
            yield return new("Smart:SigningKeys", "is required outside Development when an EHR uses private-key or a backend client");
        for (var k = 0; k < options.Smart.SigningKeys.Count; k++)
        {
            var files = PrivateKeyFile.In(options.Smart.SigningKeys[k]);
            if (files is []) yield return new($"Smart:SigningKeys:{k}", "names a folder without a key");
            foreach (var fault in files.Select(PrivateKeyFile.SigningFault).OfType<string>()) yield return new($"Smart:SigningKeys:{k}", fault);
        }

        if (!throwAway && options.DataProtection.Certificate is null)
            yield return new("DataProtection:Certificate", "is required outside Development: it wraps the keys that encrypt stored tokens");
        var password = options.DataProtection.CertificatePassword;
        if (options.DataProtection.Certificate is { } file && PrivateKeyFile.WrappingFault(file, password) is { } wrong)
            yield return new("DataProtection:Certificate", wrong);
        for (var k = 0; k < options.DataProtection.PreviousCertificates.Count; k++)
            if (PrivateKeyFile.WrappingFault(options.DataProtection.PreviousCertificates[k], password) is { } fault)
                yield return new($"DataProtection:PreviousCertificates:{k}", fault);
    }
}
