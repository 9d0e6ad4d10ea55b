using System.Globalization;
using System.Security.Cryptography;
using BiopsyFhir.Api.Configuration;
using Microsoft.AspNetCore.DataProtection;

namespace BiopsyFhir.Api.CheckEhr;

/// <summary>
/// Lets the person whose launch has just stopped see the check of that EHR, without a sign-in: the ticket names an EHR of the list and
/// an end, encrypted, so that any node can read it and nobody can make one.
/// </summary>
public sealed class StoppedLaunches(IDataProtectionProvider protection, EhrRegistry ehrs, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private readonly IDataProtector protector = protection.CreateProtector("stopped-launch");

    public string PathFor(EhrOptions ehr) =>
        $"/launch/check/{protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{(clock.GetUtcNow() + Life).ToUnixTimeSeconds()} {ehr.Id}"))}";

    /// <returns>The EHR; null when the ticket is not ours or has run out.</returns>
    public EhrOptions? Read(string ticket)
    {
        try
        {
            return protector.Unprotect(ticket).Split(' ', 2) is [var until, var id]
                && long.Parse(until, CultureInfo.InvariantCulture) > clock.GetUtcNow().ToUnixTimeSeconds() ? ehrs.ById(id) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
