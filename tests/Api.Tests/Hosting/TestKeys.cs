using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>One wrapping certificate for all hosts of a test run: making an RSA key for each takes longer than most tests.</summary>
public static class TestKeys
{
    private static readonly Lazy<string> Made = new(() =>
    {
        var file = New(Directory.CreateTempSubdirectory("biopsyfhir-testkeys-").FullName, TimeSpan.FromDays(1));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        return file;
    });

    public static string Wrapping => Made.Value;

    /// <param name="left">How long it still holds; negative: since when it does not.</param>
    public static string New(string folder, TimeSpan left)
    {
        var file = Path.Combine(folder, $"wrapping-{left.TotalDays}.pem");
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=BiopsyFhir tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-10), now + left);
        File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return file;
    }
}
