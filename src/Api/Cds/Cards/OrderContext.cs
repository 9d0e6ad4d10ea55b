using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace BiopsyFhir.Api.Cds;

/// <summary>The order that a card was about, as the review page takes it up.</summary>
/// <param name="Order">Reference as the call named it; a draft's is not in the EHR's store.</param>
/// <param name="Settings">Query values of the review page (contract section 2).</param>
public sealed record CardOrder(string Order, IReadOnlyDictionary<string, string> Settings);

/// <summary>
/// The <c>appContext</c> of a card's link: which order, sealed with our data-protection keys, for this EHR and patient and one or two
/// days. It comes back through the EHR's token response and is believed only when its seal, EHR, patient and time hold (H-53, H-55).
/// </summary>
public sealed class OrderContext(IDataProtectionProvider protection, TimeProvider clock)
{
    private const int MostRemembered = 2_000;

    private readonly IDataProtector _seal = protection.CreateProtector("BiopsyFhir.Cds.OrderContext.v1");

    /// <summary>Sealing is random, an answer must not be (H-69): the same content gets the same seal while this process lives.</summary>
    private readonly ConcurrentDictionary<string, string> _sealed = new(StringComparer.Ordinal);

    /// <summary>Null when the order is not known.</summary>
    public string? For(HookCall call, HookFound.Judged found)
    {
        if (found.Order is not { Length: > 0 and <= 200 } order || order.Any(char.IsControl)) return null;
        var biopsy = found.Readiness.Snapshot.Biopsy;
        // By day, so that calls of one day get one seal.
        var expires = found.Readiness.Snapshot.AsOf.Last.AddDays(2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var at = biopsy.TimeAssumed ? biopsy.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : biopsy.At.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
        // A placed order is read again from the chart; a draft is not there, so what it says goes along.
        var (site, indication) = found.OrderIsDraft ? (biopsy.Site, biopsy.Indication is "not-stated" ? "" : biopsy.Indication) : ("", "");
        var content = $"{call.Ehr.Id}\n{Hash(call.PatientId)}\n{expires}\n{order}\n{at}\n{site}\n{indication}";
        if (_sealed.TryGetValue(content, out var known)) return known;
        if (_sealed.Count >= MostRemembered) _sealed.Clear();
        return _sealed.GetOrAdd(content, c => WebEncoders.Base64UrlEncode(_seal.Protect(Encoding.UTF8.GetBytes(c))));
    }

    /// <summary>Null for anything that is not ours, for another EHR or patient, or too old.</summary>
    public CardOrder? Read(string? appContext, string ehrId, string patientId)
    {
        if (appContext is not { Length: > 0 and <= 4_000 }) return null;
        string[] parts;
        try
        {
            parts = Encoding.UTF8.GetString(_seal.Unprotect(WebEncoders.Base64UrlDecode(appContext))).Split('\n');
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
        if (parts is not [var ehr, var patient, var expires, var order, var at, var site, var indication] || ehr != ehrId || patient != Hash(patientId)) return null;
        var today = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (string.CompareOrdinal(today, expires) > 0) return null;
        var settings = new Dictionary<string, string> { ["procedureAt"] = at };
        if (site.Length > 0) settings["site"] = site;
        if (indication.Length > 0) settings["indication"] = indication;
        return new(order, settings);
    }

    private static string Hash(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
