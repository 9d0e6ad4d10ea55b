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
    public static IServiceCollection AddTokenProtection(this IServiceCollection services, ServiceOptions options, DataFolder folder)
    {
        services.AddSingleton(provider => new WrappingCertificates(options.DataProtection, folder, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WrappingCertificates>>()));
        services.AddDataProtection().SetApplicationName("BiopsyFhir");
        services.AddOptions<KeyManagementOptions>().Configure<IDbContextFactory<ServiceDb>, TimeProvider, WrappingCertificates>((keys, databases, now, certificates) =>
            (keys.XmlRepository, keys.XmlEncryptor) = (new KeysInDatabase(databases, now), new WrapWithNewest(certificates)));
        return services;
    }

    private sealed class KeysInDatabase(IDbContextFactory<ServiceDb> databases, TimeProvider clock) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements()
        {
            using var db = databases.CreateDbContext();
            return [.. db.ProtectionKeys.AsNoTracking().OrderBy(k => k.Name).Select(k => k.Xml).AsEnumerable().Select(xml => UnwrapWithAny.NamedIn(Read(xml)))];
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
