using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Xml;
using System.Xml.Linq;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Encryption of what we keep (tokens, launch context): keys live in the database, so that every node can read, wrapped by a
/// certificate that lives outside it, so that a copy of the database alone opens nothing.
/// </summary>
public static class TokenProtection
{
    public static IServiceCollection AddTokenProtection(this IServiceCollection services, ServiceOptions options, DataFolder folder, TimeProvider clock)
    {
        var wrapping = options.DataProtection.Certificate is { } file
            ? PrivateKeyFile.ReadCertificate(file, options.DataProtection.CertificatePassword)
            : ThrowAway(folder, clock.GetUtcNow());
        services.AddDataProtection()
            .SetApplicationName("BiopsyFhir")
            .ProtectKeysWithCertificate(wrapping)
            .UnprotectKeysWithAnyCertificate([wrapping, .. options.DataProtection.PreviousCertificates
                .Select(previous => PrivateKeyFile.ReadCertificate(previous, options.DataProtection.CertificatePassword))]);
        services.AddOptions<KeyManagementOptions>()
            .Configure<IDbContextFactory<ServiceDb>, TimeProvider>((keys, databases, now) => keys.XmlRepository = new KeysInDatabase(databases, now));
        return services;
    }

    /// <summary>For Development and the sandbox: made once, kept in the data folder, worth nothing elsewhere.</summary>
    private static X509Certificate2 ThrowAway(DataFolder folder, DateTimeOffset now)
    {
        var file = folder.File("throw-away-wrapping.pem");
        if (!File.Exists(file))
        {
            using var key = RSA.Create(2048);
            using var made = new CertificateRequest("CN=BiopsyFhir throw-away", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
            DataFolder.CreatePrivate(file);
            File.WriteAllText(file, made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        }
        return X509Certificate2.CreateFromPemFile(file);
    }

    private sealed class KeysInDatabase(IDbContextFactory<ServiceDb> databases, TimeProvider clock) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements()
        {
            using var db = databases.CreateDbContext();
            return [.. db.ProtectionKeys.AsNoTracking().OrderBy(k => k.Name).Select(k => k.Xml).AsEnumerable().Select(Read)];
        }

        /// <summary>The only XML that is read here, and it is our own; still without document types or entities.</summary>
        private static XElement Read(string xml)
        {
            using var reader = XmlReader.Create(new StringReader(xml), new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XElement.Load(reader);
        }

        public void StoreElement(XElement element, string friendlyName)
        {
            using var db = databases.CreateDbContext();
            db.ProtectionKeys.Add(new() { Name = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting), CreatedAt = clock.GetUtcNow() });
            db.SaveChanges();
        }
    }
}
