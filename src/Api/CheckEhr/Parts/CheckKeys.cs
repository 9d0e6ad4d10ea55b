using System.Runtime.CompilerServices;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Smart.Tokens;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>Our key for this EHR, and its keys for us.</summary>
public sealed class CheckKeys(SigningKeys ours, ReadIdToken identity)
{
    public async IAsyncEnumerable<CheckLine> OfAsync(EhrOptions ehr, ServerConfiguration server, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (ehr.ClientAuth is ClientAuth.PrivateKey || ehr is { BackendClientId: not null, BackendEntra: null })
            yield return ours.For(server.SigningAlgorithms) is { } key
                ? CheckLine.Ok("our key", $"{key.Algorithm}, kid {key.Kid}")
                : CheckLine.Error("our key", $"the EHR takes {string.Join(", ", server.SigningAlgorithms!.Take(8))}, and our keys sign {string.Join(", ", ours.All.Select(k => k.Algorithm).Distinct())}",
                    "Add a key of that kind to Smart:SigningKeys: EC P-384 signs ES384, RSA RS384.");
        if (ehr.ClientId is not null) yield return await IssuerKeysAsync(ehr, server, cancel);
    }

    private async Task<CheckLine> IssuerKeysAsync(EhrOptions ehr, ServerConfiguration server, CancellationToken cancel)
    {
        const string part = "issuer's keys";
        try
        {
            return await identity.CountKeysAsync(ehr, server, cancel) is > 0 and var count
                ? CheckLine.Ok(part, $"{count} {(count is 1 ? "key" : "keys")} to verify ID tokens with")
                : CheckLine.Error(part, "the key set holds no key, so nobody's identity can be verified", "Ask the vendor.");
        }
        catch (LaunchStoppedException)
        {
            return CheckLine.Error(part, $"the keys of {server.Issuer ?? ehr.Issuer} cannot be read, so nobody's identity can be verified",
                "Its .well-known/openid-configuration must name itself as issuer and a jwks_uri (https) that this machine can read.");
        }
    }
}
