using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Whether the certificate opens the keys in the database, and whether the audit trail is unbroken.</summary>
public static class CheckStoredKeys
{
    public static async IAsyncEnumerable<CheckLine> OfAsync(ServiceOptions options, TimeProvider clock)
    {
        if (options.Database.Provider is DatabaseProvider.Sqlite && !File.Exists(StorageServices.SqliteOf(options.Database, options.Database.Folder).DataSource)) yield break;
        using var folder = new DataFolder(options);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddServiceOptions(options).AddStorage(folder).AddTokenProtection(options, folder, clock);
        await using var provider = services.BuildServiceProvider();
        yield return Keys(provider);
        if (await AuditAsync(provider) is { } audit) yield return audit;
    }

    private static CheckLine Keys(IServiceProvider provider)
    {
        const string part = "stored keys";
        try
        {
            var keys = provider.GetRequiredService<IKeyManager>().GetAllKeys();
            var lost = keys.Count(key => !key.IsRevoked && !Opens(key));
            return lost > 0
                ? CheckLine.Error(part, $"{lost} of {keys.Count} cannot be opened with the configured certificates: what they encrypted is lost to us", "Set the certificate they were made with as DataProtection:PreviousCertificates:0.")
                : CheckLine.Ok(part, keys.Count is 0 ? "none yet" : $"{keys.Count}, all open with the configured certificates");
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException)
        {
            return CheckLine.Ok(part, "none yet");
        }
    }

    private static bool Opens(IKey key)
    {
        try
        {
            return key.CreateEncryptor() is not null;
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or InvalidOperationException or System.Xml.XmlException)
        {
            return false;
        }
    }

    private static async Task<CheckLine?> AuditAsync(IServiceProvider provider)
    {
        try
        {
            var check = await provider.GetRequiredService<AuditTrail>().VerifyAsync(null, CancellationToken.None);
            return check.Faults is not []
                ? CheckLine.Error("audit trail", $"{string.Join("; ", check.Faults)}: rows were changed or removed behind the service", "Keep the database as it is, and find out who had access to it (docs/runbooks.md, \"The audit trail is broken\").")
                : CheckLine.Ok("audit trail", $"unbroken, ends with {check.Head}");
        }
        catch (System.Data.Common.DbException)
        {
            return null; // no tables yet: the schema's line says so
        }
    }
}
