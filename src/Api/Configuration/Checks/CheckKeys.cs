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
        foreach (var fault in Wrapping(options.DataProtection)) yield return fault;
        foreach (var secret in SecretFile.Of(options))
            if (secret.Fault() is { } wrong) yield return new(secret.Key, wrong);
    }

    private static IEnumerable<ConfigurationFault> Wrapping(KeyWrappingOptions options)
    {
        if (options is { CertificatePassword: not null, CertificatePasswordFile: not null })
            yield return new("DataProtection:CertificatePassword", "and CertificatePasswordFile exclude each other: give one");
        if (options.PasswordFault is { } unread)
        {
            yield return new("DataProtection:CertificatePasswordFile", unread);
            yield break;
        }
        List<(string Key, string Path)> named = [.. options.PreviousCertificates.Select((path, k) => ($"DataProtection:PreviousCertificates:{k}", path))];
        if (options.Certificate is { } certificate) named.Insert(0, ("DataProtection:Certificate", certificate));
        foreach (var (key, path) in named)
        {
            var files = PrivateKeyFile.In(path);
            // Nothing old is left to unwrap with: that may be.
            if (files is [] && key == "DataProtection:Certificate") yield return new(key, "names a folder without a certificate");
            foreach (var fault in files.Select(file => PrivateKeyFile.WrappingFault(file, options.Password)).OfType<string>()) yield return new(key, fault);
        }
    }
}
