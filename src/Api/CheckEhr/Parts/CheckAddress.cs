using System.Net;
using System.Net.Sockets;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>Whether the EHR's name leads somewhere this service may go, asked before anything is sent.</summary>
public sealed class CheckAddress(EhrHttp http)
{
    private const string Part = "address";

    public async Task<CheckLine> OfAsync(EhrOptions ehr, CancellationToken cancel)
    {
        var (host, reach) = (new Uri(ehr.Issuer).Host.Trim('[', ']'), http.Server(ehr).Reach);
        IPAddress[] found;
        try
        {
            found = await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (SocketException)
        {
            return CheckLine.Error(Part, $"{host} does not resolve", $"Check the spelling in {ehr.Key}:Issuer and this machine's name service.");
        }
        return Array.Exists(found, address => ConnectGuard.Allows(reach, address))
            ? CheckLine.Ok(Part, $"{host} resolves to an address that may be asked")
            : CheckLine.Error(Part, $"{host} leads to this machine, or to an address that no EHR has; it is not asked",
                "Have the name point to the EHR. Only an issuer that is configured as localhost or 127.0.0.1 may be on this machine.");
    }
}
