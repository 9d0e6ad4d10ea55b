using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>One wrapping certificate for all hosts of a test run: making an RSA key for each takes longer than most tests.</summary>
public static class TestKeys
{
    private static readonly Lazy<string> Made = new(() =>
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("biopsyfhir-testkeys-").FullName, "wrapping.pem");
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=BiopsyFhir tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return file;
    });

    public static string Wrapping => Made.Value;
}
