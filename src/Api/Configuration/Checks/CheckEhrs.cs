using System.Text.RegularExpressions;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Configuration.Checks;

/// <summary>The list of trusted EHRs: one entry per issuer, one short name each, no credentials over plain http.</summary>
public static partial class CheckEhrs
{
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.\-]{0,63}\z")]
    private static partial Regex ShortName { get; }

    public static IEnumerable<ConfigurationFault> Of(ServiceOptions options, bool development)
    {
        var faults = new List<ConfigurationFault>();
        var ids = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var issuers = new HashSet<string>(StringComparer.Ordinal);
        if (options.Sandbox.Enabled) ids.Add(EhrRegistry.SandboxId);
        foreach (var ehr in options.Ehrs.Where(e => e.Issuer is not "")) // a missing issuer is already reported
        {
            var key = ehr.Key;
            if (!WebAddress.TryBase(ehr.Issuer, out var issuer))
            {
                faults.Add(new($"{key}:Issuer", "must be an absolute http or https URL without query, fragment or user name"));
                continue;
            }
            if (!development && !WebAddress.IsSecureOrLoopback(issuer))
                faults.Add(new($"{key}:Issuer", "must be https outside Development"));
            if (!issuers.Add(WebAddress.ForLookup(issuer)))
                faults.Add(new($"{key}:Issuer", "is the same FHIR server as an earlier entry"));
            if (!ShortName.IsMatch(ehr.Id))
                faults.Add(new($"{key}:Id", "must be letters, digits, dots and dashes, at most 64"));
            else if (!ids.Add(ehr.Id))
                faults.Add(new($"{key}:Id", $"'{ehr.Id}' is already the name of another EHR; give each entry its own Id"));
            faults.AddRange(Client(ehr, key));
            faults.AddRange(Quirks.Read(ehr.ChartQuirks).Faults.Select(fault => new ConfigurationFault($"{key}:Quirks", fault)));
            faults.AddRange(CdsClients(ehr, key, development));
            for (var k = 0; k < ehr.FrameOrigins.Count; k++)
                if (!WebAddress.IsOrigin(ehr.FrameOrigins[k]))
                    faults.Add(new($"{key}:FrameOrigins:{k}", "must be one origin, for example https://ehr.example.org"));
        }
        return faults;
    }

    private static IEnumerable<ConfigurationFault> Client(EhrOptions ehr, string key)
    {
        if (ehr.ClientAuth is ClientAuth.Secret && (ehr.ClientSecret ?? ehr.ClientSecretFile) is null)
            yield return new($"{key}:ClientSecret", "or ClientSecretFile is required with ClientAuth=secret");
        if (ehr.ClientAuth is not ClientAuth.Secret && (ehr.ClientSecret ?? ehr.ClientSecretFile) is not null)
            yield return new(ehr.ClientSecret is null ? $"{key}:ClientSecretFile" : $"{key}:ClientSecret", "is set but not used; set ClientAuth=secret or remove it");
        if (ehr is { ClientSecret: not null, ClientSecretFile: not null })
            yield return new($"{key}:ClientSecret", "and ClientSecretFile exclude each other: give one");
        if (ehr is { SubscriptionSecret: not null, SubscriptionSecretFile: not null })
            yield return new($"{key}:SubscriptionSecret", "and SubscriptionSecretFile exclude each other: give one");
        if (ehr.ClientAuth is not ClientAuth.None && ehr.ClientId is null)
            yield return new($"{key}:ClientId", "is required with ClientAuth");
        if (ehr.ClientId is null && ehr.BackendClientId is null && ehr.CdsClients is [])
            yield return new($"{key}:ClientId", "one of ClientId, BackendClientId or CdsClients is required: this EHR could do nothing here");
        if (ehr.SubscriptionSecret is { Length: < SecretFile.ShortestNotificationSecret })
            yield return new($"{key}:SubscriptionSecret", $"must have at least {SecretFile.ShortestNotificationSecret} characters");
    }

    private static IEnumerable<ConfigurationFault> CdsClients(EhrOptions ehr, string key, bool development)
    {
        for (var m = 0; m < ehr.CdsClients.Count; m++)
            if (!WebAddress.TryBase(ehr.CdsClients[m].JwksUrl.Split('?')[0], out var keySet)
                || !(development || WebAddress.IsSecureOrLoopback(keySet)))
                yield return new($"{key}:CdsClients:{m}:JwksUrl", "must be an absolute https URL");
    }
}
