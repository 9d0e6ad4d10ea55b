using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Fhir.Reading;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// The key sets agreed with CDS clients. Kept for an hour; an unknown <c>kid</c>, as after a rotation, has the set read again, at most
/// once a minute; where the set cannot be read, the last one serves for half a day, so that a stopped key server does not silence advice.
/// </summary>
public sealed class HookKeys(EhrHttp http, TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptAtMost = TimeSpan.FromHours(12);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Kiosk> kiosks = new(StringComparer.Ordinal);

    private sealed record KeySet(IReadOnlyList<(string Id, SecurityKey Key)> Keys, DateTimeOffset ReadAt);

    /// <summary>One key set: the last that was read, and the one reading under way.</summary>
    private sealed class Kiosk
    {
        public KeySet? Last;
        public DateTimeOffset? TriedAt;
        public Task? Reading;
        public readonly Lock Gate = new();
    }

    /// <param name="url">From our configuration, never from a token.</param>
    /// <param name="algorithm">ES384 or RS384: a key of the other kind does not count.</param>
    /// <returns>Null when there is no such key, or the set cannot be had.</returns>
    public async ValueTask<SecurityKey?> FindAsync(EhrOptions ehr, string url, string keyId, string algorithm, CancellationToken cancel)
    {
        var kiosk = kiosks.GetOrAdd(url, _ => new());
        var now = clock.GetUtcNow();
        if (kiosk.Last is { } kept && now - kept.ReadAt < Kept && Find(kept, keyId, algorithm) is { } known) return known;
        if (Reading(kiosk, ehr, url, now) is { } reading) await reading.WaitAsync(cancel);
        return kiosk.Last is { } last && now - last.ReadAt < KeptAtMost ? Find(last, keyId, algorithm) : null;
    }

    /// <summary>All callers wait for the same reading, which none of them can cancel. Null: it is too early to ask again.</summary>
    private Task? Reading(Kiosk kiosk, EhrOptions ehr, string url, DateTimeOffset now)
    {
        lock (kiosk.Gate)
        {
            if (kiosk.Reading is { IsCompleted: false } underWay) return underWay;
            if (kiosk.TriedAt is { } tried && now - tried < (kiosk.Last is null ? TryAgainAfter : LookAgainAfter)) return null;
            kiosk.TriedAt = now;
            return kiosk.Reading = ReadAsync(kiosk, ehr, url);
        }
    }

    private async Task ReadAsync(Kiosk kiosk, EhrOptions ehr, string url)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var answer = await http.GetAsync(ehr, new(url), "application/json", patience.Token);
            if (answer.Good && Read(answer.Body) is { } keys) kiosk.Last = new(keys, clock.GetUtcNow());
        }
        catch (Exception e) when (e is EhrUnreachableException or OperationCanceledException)
        {
            // The last set serves on; without one the call is refused, and its log line says that the key is not known.
        }
    }

    private static SecurityKey? Find(KeySet set, string keyId, string algorithm) =>
        set.Keys.FirstOrDefault(k => k.Id == keyId && (k.Key is ECDsaSecurityKey ? "ES384" : "RS384") == algorithm).Key;

    /// <summary>The keys of a set that we may use; null when it is no key set. Nothing of it is believed beyond that.</summary>
    public static IReadOnlyList<(string Id, SecurityKey Key)>? Read(string body)
    {
        if (FhirJson.Parse(System.Text.Encoding.UTF8.GetBytes(body)) is not JsonRead.Ok(var document)) return null;
        using (document)
        {
            if (document.RootElement.Member("keys").ValueKind is not JsonValueKind.Array) return null;
            var keys = new List<(string, SecurityKey)>();
            foreach (var jwk in document.RootElement.Items("keys"))
                if (jwk.Text("kid") is { } id && jwk.CodeText("use") is null or "sig" && Key(jwk) is { } key)
                    keys.Add((id, key));
            return keys;
        }
    }

    /// <summary>P-384 for ES384, RSA of 2048 bits or more for RS384; only public members are read. Null for any other key.</summary>
    private static SecurityKey? Key(FhirElement jwk)
    {
        try
        {
            switch (jwk.CodeText("kty"))
            {
                case "EC" when jwk.CodeText("crv") is "P-384" && jwk.CodeText("alg") is null or "ES384":
                    return new ECDsaSecurityKey(ECDsa.Create(new ECParameters
                    {
                        Curve = ECCurve.NamedCurves.nistP384,
                        Q = new() { X = Base64UrlEncoder.DecodeBytes(jwk.Text("x")), Y = Base64UrlEncoder.DecodeBytes(jwk.Text("y")) },
                    }));
                case "RSA" when jwk.CodeText("alg") is null or "RS384":
                    var rsa = new RsaSecurityKey(new RSAParameters { Modulus = Base64UrlEncoder.DecodeBytes(jwk.Text("n")), Exponent = Base64UrlEncoder.DecodeBytes(jwk.Text("e")) });
                    return rsa.KeySize >= 2048 ? rsa : null;
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or CryptographicException)
        {
            return null;
        }
    }
}
