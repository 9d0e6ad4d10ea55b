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
        var wrapping = options.DataProtection;
        List<string> certificates = wrapping.Certificate is { } named ? [.. PrivateKeyFile.In(named)] : [];
        if (certificates is [var newest, ..])
        {
            using var certificate = PrivateKeyFile.ReadCertificate(newest, wrapping.Password);
            yield return Until("wrapping key", newest, certificate.NotAfter.ToUniversalTime(), now,
                "Make a new one, set it as DataProtection:Certificate and the old one as DataProtection:PreviousCertificates:0 (docs/operate.md).");
        }
        else yield return CheckLine.Ok("wrapping key", "a throw-away one in the data folder, worth nothing elsewhere");
        var signing = options.Smart.SigningKeys.SelectMany(PrivateKeyFile.In).ToList();
        foreach (var file in signing) yield return CheckLine.Ok("signing key", $"{file}: {Kind(file)}");
        var secrets = SecretFile.Of(options).ToList();
        foreach (var secret in secrets.Where(s => s.Kind is SecretKind.Certificate && s.Fault() is null))
        {
            using var certificate = PrivateKeyFile.ReadCertificate(secret.File, null);
            yield return Until($"{secret.Key.Split(':') switch { ["AzureAd", ..] => "AzureAd", _ => options.Ehrs.First(ehr => secret.Key.StartsWith(ehr.Key + ":", StringComparison.Ordinal)).Id }} certificate",
                secret.File, certificate.NotAfter.ToUniversalTime(), now, "Register a new certificate with the application in Entra ID, then put it in the place of this file.");
        }
        foreach (var file in secrets.Select(s => s.File).Concat(signing).Concat(certificates).Concat(wrapping.PreviousCertificates.SelectMany(PrivateKeyFile.In)).Append(wrapping.CertificatePasswordFile).OfType<string>().Distinct().Where(File.Exists))
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) is not 0)
                yield return CheckLine.Warning("key file", $"{file} can be read by everyone on this machine", $"chmod o-rw {file}");
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
