using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>Whether the certificate opens the keys in the database, and whether the audit trail is unbroken.</summary>
public static class CheckStoredKeys
{
    public static async IAsyncEnumerable<CheckLine> OfAsync(ServiceOptions options)
    {
        if (options.Database.Provider is DatabaseProvider.Sqlite && !File.Exists(StorageServices.SqliteOf(options.Database, options.Database.Folder).DataSource)) yield break;
        using var folder = new DataFolder(options);
        await using var provider = Services(options, folder);
        yield return Keys(provider, () => NewestAlone(options) is not { } alone ? "" : NeedOlder(alone, folder) is var older and > 0 ? $"; {older} of them need an older one, keep it" : "; the newest alone opens them, older ones can go");
        if (await AuditAsync(provider) is { } audit) yield return audit;
    }

    /// <summary>Null where there is one certificate only.</summary>
    private static ServiceOptions? NewestAlone(ServiceOptions options) =>
        options.DataProtection is { Certificate: { } named } wrapping && PrivateKeyFile.In(named) is var files && (files.Count > 1 || wrapping.PreviousCertificates.SelectMany(PrivateKeyFile.In).Any())
            ? options with { DataProtection = wrapping with { Certificate = files[0], PreviousCertificates = [] } } : null;

    private static int NeedOlder(ServiceOptions newestAlone, DataFolder folder)
    {
        using var provider = Services(newestAlone, folder);
        return provider.GetRequiredService<IKeyManager>().GetAllKeys().Count(key => !key.IsRevoked && !Opens(key));
    }

    private static ServiceProvider Services(ServiceOptions options, DataFolder folder)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddServiceOptions(options).AddStorage(folder).AddTokenProtection(options, folder);
        return services.BuildServiceProvider();
    }

    private static CheckLine Keys(IServiceProvider provider, Func<string> older)
    {
        const string part = "stored keys";
        try
        {
            var keys = provider.GetRequiredService<IKeyManager>().GetAllKeys();
            var lost = keys.Count(key => !key.IsRevoked && !Opens(key));
            return lost > 0
                ? CheckLine.Error(part, $"{lost} of {keys.Count} cannot be opened with the configured certificates: what they encrypted is lost to us", "Set the certificate they were made with as DataProtection:PreviousCertificates:0.")
                : CheckLine.Ok(part, keys.Count is 0 ? "none yet" : $"{keys.Count}, all open with the configured certificates{older()}");
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
