using System.Runtime.CompilerServices;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>The key sets that CDS Hooks tokens of this EHR are verified with.</summary>
public sealed class CheckCdsClients(EhrHttp http)
{
    private const string Part = "CDS Hooks";

    public async IAsyncEnumerable<CheckLine> OfAsync(EhrOptions ehr, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (ehr.CdsClients is [])
            yield return CheckLine.Ok(Part, "no CDS client configured: order entry of this EHR is not answered where tokens are required");
        for (var m = 0; m < ehr.CdsClients.Count; m++)
            yield return await KeySetAsync(ehr, ehr.CdsClients[m], $"{ehr.Key}:CdsClients:{m}", cancel);
    }

    private async Task<CheckLine> KeySetAsync(EhrOptions ehr, CdsClientOptions client, string key, CancellationToken cancel)
    {
        try
        {
            var answer = await http.GetAsync(ehr, new(client.JwksUrl), "application/json", cancel);
            if (!answer.Good)
                return CheckLine.Error(Part, $"the key set of {client.Issuer} answers {answer.Status}", $"Check {key}:JwksUrl with the vendor.");
            // What a token may be signed with: EC P-384 (ES384) or RSA (RS384), as CDS Hooks 2.0 recommends.
            var usable = new JsonWebKeySet(answer.Body).Keys.Count(k => k is { Kty: "RSA" } or { Kty: "EC", Crv: "P-384" });
            return usable > 0
                ? CheckLine.Ok(Part, $"{client.Issuer}: {usable} usable {(usable is 1 ? "key" : "keys")}")
                : CheckLine.Error(Part, $"the key set of {client.Issuer} holds no RSA or P-384 key", $"Check {key}:JwksUrl with the vendor.");
        }
        catch (EhrUnreachableException e)
        {
            return CheckLine.Error(Part, $"the key set of {client.Issuer} cannot be read: {e.Message}", $"Check {key}:JwksUrl and the way out of this network.");
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            return CheckLine.Error(Part, $"the key set of {client.Issuer} is not a JSON key set", $"Check {key}:JwksUrl with the vendor.");
        }
    }
}
