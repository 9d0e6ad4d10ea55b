using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BiopsyFhir.Api.Security;

/// <summary>Reads private keys from the files an operator names: PEM keys, PEM certificates with their key, PKCS#12.</summary>
public static class PrivateKeyFile
{
    /// <summary>The files of a folder, newest name first (<c>2026-11-25.pem</c> before <c>2026-05-01.pem</c>), without hidden ones; a path that is no folder is itself.</summary>
    public static IReadOnlyList<string> In(string path) => !Directory.Exists(path) ? [path]
        : [.. Directory.GetFiles(path).Where(file => !Path.GetFileName(file).StartsWith('.')).OrderByDescending(Path.GetFileName, StringComparer.Ordinal)];

    /// <summary>Why the file cannot sign assertions; null when it can.</summary>
    public static string? SigningFault(string path) => Fault(path, () =>
    {
        using var key = ReadSigningKey(path);
        return key switch
        {
            ECDsa { KeySize: 384 } or RSA { KeySize: >= 2048 } => null,
            _ => $"must be an EC P-384 key (ES384) or an RSA key of at least 2048 bits (RS384); this one has {key.KeySize} bits",
        };
    });

    /// <summary>Why the file cannot wrap keys; null when it can. Wrapping is RSA: the framework's XML encryption knows no other.</summary>
    public static string? WrappingFault(string path, string? password) => Fault(path, () =>
    {
        using var certificate = ReadCertificate(path, password);
        using var key = certificate.GetRSAPrivateKey();
        return key is null ? "must be a certificate with its RSA private key" : null;
    });

    public static AsymmetricAlgorithm ReadSigningKey(string path)
    {
        if (IsPem(path))
        {
            var pem = File.ReadAllText(path);
            return TryEc(pem) ?? (AsymmetricAlgorithm)ReadRsa(pem);
        }
        using var certificate = ReadCertificate(path, null);
        return certificate.GetECDsaPrivateKey()
            ?? (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey()
            ?? throw new CryptographicException("no private key");
    }

    public static X509Certificate2 ReadCertificate(string path, string? password) =>
        IsPem(path)
            ? X509Certificate2.CreateFromPemFile(path)
            : X509CertificateLoader.LoadPkcs12FromFile(path, password);

    private static bool IsPem(string path)
    {
        using var reader = new StreamReader(path);
        return reader.ReadLine()?.StartsWith("-----BEGIN ", StringComparison.Ordinal) is true;
    }

    private static ECDsa? TryEc(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }

    private static RSA ReadRsa(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>What the check finds, or in words what reading ran into.</summary>
    public static string? Fault(string path, Func<string?> check)
    {
        try
        {
            return check();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"names a file that does not exist: {path}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"names a file that cannot be read: {path}";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return $"names a file without a readable private key: {path}";
        }
    }
}
