using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography.Xml;
using System.Xml;
using System.Xml.Linq;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// The certificates that wrap stored keys: the newest wraps, all unwrap. One that comes while the service runs unwraps at once and wraps a
/// day later: the framework remembers of a key that it could not open it, so that each machine should know a certificate before any uses
/// it. One that was taken away goes on unwrapping until the process ends; that it will be missing then is said (<see cref="InMemoryOnly"/>).
/// </summary>
public sealed class WrappingCertificates(KeyWrappingOptions options, DataFolder folder, TimeProvider clock, ILogger<WrappingCertificates> log)
{
    public static readonly TimeSpan KnownBefore = TimeSpan.FromDays(1);

    /// <param name="Now">Those of the files, newest first, and when each was first seen.</param>
    /// <param name="Gone">Those that no file holds any more.</param>
    private sealed record Held(IReadOnlyList<(X509Certificate2 Certificate, DateTimeOffset Seen)> Now, IReadOnlyList<X509Certificate2> Gone, IServiceProvider Decryption);

    private readonly WatchedFiles<Held> files = new("DataProtection:Certificate", () => Files(options, folder, clock), names => Fault(names, options), (names, before) => Read(names, options, before, clock), clock, log);

    /// <summary>Wraps new keys.</summary>
    public X509Certificate2 Wrapping
    {
        get
        {
            var (now, known) = (clock.GetUtcNow(), files.Current.Now);
            return (known.FirstOrDefault(c => c.Seen + KnownBefore <= now) is { Certificate: { } ready } ? ready : null) ?? known[0].Certificate;
        }
    }

    /// <summary>Certificates that a stored key may need, and that would be missing after a restart.</summary>
    public int InMemoryOnly => files.Current.Gone.Count;

    public string? Trouble => files.Trouble;

    /// <summary>What the framework's decryptor asks for its certificates.</summary>
    public IServiceProvider Decryption => files.Current.Decryption;

    private static List<string> Files(KeyWrappingOptions options, DataFolder folder, TimeProvider clock) =>
        options.Certificate is { } named ? [.. PrivateKeyFile.In(named), .. options.PreviousCertificates.SelectMany(PrivateKeyFile.In), .. options.CertificatePasswordFile is { } password ? [password] : Array.Empty<string>()]
            : [ThrowAway(folder, clock.GetUtcNow())];

    private static string? Fault(IReadOnlyList<string> names, KeyWrappingOptions options)
    {
        if (options.PasswordFault is { } wrong) return wrong;
        return Certificates(names, options) is [_, ..] certificates ? certificates.Select(file => PrivateKeyFile.WrappingFault(file, options.Password)).FirstOrDefault(fault => fault is not null) : "there is no certificate";
    }

    private static Held Read(IReadOnlyList<string> names, KeyWrappingOptions options, Held? before, TimeProvider clock)
    {
        var now = Certificates(names, options).Select(file => PrivateKeyFile.ReadCertificate(file, options.Password)).DistinctBy(c => c.Thumbprint).Select(c => (c, Seen(c))).ToList();
        List<X509Certificate2> was = before is null ? [] : [.. before.Now.Select(c => c.Certificate), .. before.Gone];
        var gone = was.ExceptBy(now.Select(c => c.c.Thumbprint), c => c.Thumbprint).ToList();
        X509Certificate2[] all = [.. now.Select(c => c.c), .. gone];
        return new(now, gone, new ServiceCollection().AddDataProtection().UnprotectKeysWithAnyCertificate(all).Services.BuildServiceProvider());

        DateTimeOffset Seen(X509Certificate2 certificate) => before is null ? DateTimeOffset.UnixEpoch
            : before.Now.FirstOrDefault(c => c.Certificate.Thumbprint == certificate.Thumbprint) is { Certificate: not null } known ? known.Seen : clock.GetUtcNow();
    }

    private static List<string> Certificates(IReadOnlyList<string> names, KeyWrappingOptions options) => [.. names.Where(name => name != options.CertificatePasswordFile)];

    /// <summary>For Development and the sandbox: made once, kept in the data folder, worth nothing elsewhere.</summary>
    private static string ThrowAway(DataFolder folder, DateTimeOffset now)
    {
        var file = folder.File("throw-away-wrapping.pem");
        if (File.Exists(file)) return file;
        using var key = RSA.Create(2048);
        using var made = new CertificateRequest("CN=BiopsyFhir throw-away", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        DataFolder.CreatePrivate(file);
        File.WriteAllText(file, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return file;
    }
}

/// <summary>
/// Wraps with the certificate of now: AES-256 for the element, RSA-OAEP for its key, where the framework's own encryptor still takes the
/// padding of PKCS#1 v1.5. The form is the framework's (XML encryption), and its decryptor reads both.
/// </summary>
public sealed class WrapWithNewest(WrappingCertificates certificates) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var certificate = certificates.Wrapping;
        var document = new XmlDocument { XmlResolver = null };
        using (var reader = plaintextElement.CreateReader()) document.Load(reader);
        using var aes = Aes.Create();
        using var rsa = certificate.GetRSAPublicKey()!;
        aes.KeySize = 256;
        var xml = new EncryptedXml();
        var wrapped = new EncryptedKey { EncryptionMethod = new(EncryptedXml.XmlEncRSAOAEPUrl), CipherData = new(EncryptedXml.EncryptKey(aes.Key, rsa, useOAEP: true)) };
        wrapped.KeyInfo.AddClause(new KeyInfoX509Data(certificate));
        var data = new EncryptedData { Type = EncryptedXml.XmlEncElementUrl, EncryptionMethod = new(EncryptedXml.XmlEncAES256Url), CipherData = new(xml.EncryptData(document.DocumentElement!, aes, content: false)) };
        data.KeyInfo.AddClause(new KeyInfoEncryptedKey(wrapped));
        using var written = new XmlNodeReader(data.GetXml());
        return new(XElement.Load(written), typeof(EncryptedXmlDecryptor));
    }
}

/// <summary>Stands in for the framework's decryptor, whose certificates are fixed at first use. Made by name, with the service provider.</summary>
public sealed class UnwrapWithAny(IServiceProvider services) : IXmlDecryptor
{
    private static readonly string TheFrameworks = typeof(EncryptedXmlDecryptor).FullName + ",";

    public XElement Decrypt(XElement encryptedElement) => new EncryptedXmlDecryptor(services.GetRequiredService<WrappingCertificates>().Decryption).Decrypt(encryptedElement);

    /// <summary>A stored key names who opens it; in memory that is this class. What is stored stays as the framework wrote it.</summary>
    public static XElement NamedIn(XElement key)
    {
        foreach (var named in key.DescendantsAndSelf().Attributes("decryptorType"))
            if (named.Value.StartsWith(TheFrameworks, StringComparison.Ordinal)) named.Value = typeof(UnwrapWithAny).AssemblyQualifiedName!;
        return key;
    }
}
