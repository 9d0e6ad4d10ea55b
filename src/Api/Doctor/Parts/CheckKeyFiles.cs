using System.Security.Cryptography;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Files with private keys: how long their certificates hold, and who may read them. That they can be read is told by the configuration.</summary>
public static class CheckKeyFiles
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    public static IEnumerable<CheckLine> Of(ServiceOptions options, DateTimeOffset now)
    {
        var password = options.DataProtection.CertificatePassword;
        if (options.DataProtection.Certificate is { } wrapping)
        {
            using var certificate = PrivateKeyFile.ReadCertificate(wrapping, password);
            yield return Until("wrapping key", wrapping, certificate.NotAfter.ToUniversalTime(), now,
                "Make a new one, set it as DataProtection:Certificate and the old one as DataProtection:PreviousCertificates:0 (docs/operate.md).");
        }
        else yield return CheckLine.Ok("wrapping key", "a throw-away one in the data folder, worth nothing elsewhere");
        foreach (var file in options.Smart.SigningKeys.SelectMany(PrivateKeyFile.In))
            yield return CheckLine.Ok("signing key", $"{file}: {Kind(file)}");
        foreach (var (key, secret) in Secrets(options))
        {
            using var certificate = PrivateKeyFile.ReadCertificate(secret, null);
            yield return Until(key, secret, certificate.NotAfter.ToUniversalTime(), now, "Register a new certificate with the application in Entra ID, then set it here.");
        }
        foreach (var file in Secrets(options).Select(s => s.File).Concat(options.Smart.SigningKeys.SelectMany(PrivateKeyFile.In)).Append(options.DataProtection.Certificate).OfType<string>().Distinct())
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) is not 0)
                yield return CheckLine.Warning("key file", $"{file} can be read by everyone on this machine", $"chmod o-rw {file}");
    }

    private static IEnumerable<(string Key, string File)> Secrets(ServiceOptions options)
    {
        if (options.AzureAd.ClientCertificate is { } pages) yield return ("AzureAd certificate", pages);
        foreach (var ehr in options.Ehrs)
            if (ehr.BackendEntra?.ClientCertificate is { } backend) yield return ($"{ehr.Id} certificate", backend);
    }

    private static CheckLine Until(string part, string file, DateTime notAfter, DateTimeOffset now, string toDo)
    {
        var left = notAfter - now.UtcDateTime;
        return left <= TimeSpan.Zero ? CheckLine.Error(part, $"{file} expired on {notAfter:yyyy-MM-dd}", toDo)
            : left < Soon ? CheckLine.Warning(part, $"{file} expires on {notAfter:yyyy-MM-dd}, in {left.TotalDays:0} days", toDo)
            : CheckLine.Ok(part, $"{file}, until {notAfter:yyyy-MM-dd}");
    }

    private static string Kind(string file)
    {
        using var key = PrivateKeyFile.ReadSigningKey(file);
        return key is ECDsa ? "ES384" : "RS384";
    }
}
