using System.Security.Cryptography;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Storage;
using Microsoft.IdentityModel.Tokens;

namespace BiopsyFhir.Api.Smart.Keys;

/// <summary>One private key of ours: ES384 (EC P-384) or RS384 (RSA), named by its RFC 7638 thumbprint.</summary>
public sealed record SigningKey(string Kid, string Algorithm, SigningCredentials Credentials, IReadOnlyDictionary<string, string> PublicJwk)
{
    public static SigningKey From(AsymmetricAlgorithm key)
    {
        // Public parameters only: a member of the private key in the key set would give the client away.
        var (algorithm, security, shown) = key switch
        {
            ECDsa ec => (SecurityAlgorithms.EcdsaSha384, (AsymmetricSecurityKey)new ECDsaSecurityKey(ec),
                JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new(ECDsa.Create(ec.ExportParameters(includePrivateParameters: false))))),
            RSA rsa => (SecurityAlgorithms.RsaSha384, new RsaSecurityKey(rsa),
                JsonWebKeyConverter.ConvertFromRSASecurityKey(new(rsa.ExportParameters(includePrivateParameters: false)))),
            _ => throw new ArgumentException("neither an EC nor an RSA key", nameof(key)),
        };
        var kid = Base64UrlEncoder.Encode(shown.ComputeJwkThumbprint());
        security.KeyId = kid;
        var jwk = new Dictionary<string, string> { ["kty"] = shown.Kty, ["kid"] = kid, ["use"] = "sig", ["alg"] = algorithm };
        foreach (var (name, value) in new[] { ("crv", shown.Crv), ("x", shown.X), ("y", shown.Y), ("n", shown.N), ("e", shown.E) })
            if (value is not null) jwk[name] = value;
        return new(kid, algorithm, new(security, algorithm), jwk);
    }
}

/// <summary>
/// Our key set, newest first. The newest key of an algorithm signs; every key is published, so that an assertion signed just before a
/// rotation still verifies. Files that change, and files that come into or leave a folder, are noticed while the service runs; a key
/// that came so is published first and signs when whoever keeps our key set has had the time to fetch it again. In Development two keys
/// are made at first start and kept in the data folder.
/// </summary>
public sealed class SigningKeys(SmartOptions options, DataFolder folder, TimeProvider clock, ILogger<SigningKeys> log)
{
    /// <summary>Twice what the key set may be kept for (<see cref="KeySetEndpoint"/>).</summary>
    public static readonly TimeSpan PublishedBefore = TimeSpan.FromMinutes(10);

    private readonly WatchedFiles<IReadOnlyList<(SigningKey Key, DateTimeOffset SignsFrom)>> keys = new("Smart:SigningKeys",
        () => options.SigningKeys is [] ? ThrowAway(folder) : [.. options.SigningKeys.SelectMany(PrivateKeyFile.In)],
        files => files.Select(PrivateKeyFile.SigningFault).FirstOrDefault(fault => fault is not null),
        (files, before) => [.. files.Select(file => SigningKey.From(PrivateKeyFile.ReadSigningKey(file))).Select(key => (key, SignsFrom(key, before, clock)))],
        clock, log);

    public IReadOnlyList<SigningKey> All => [.. keys.Current.Select(k => k.Key)];

    public string? Trouble => keys.Trouble;

    /// <summary>The newest key whose algorithm the server takes; the newest of all when it does not say.</summary>
    public SigningKey? For(IReadOnlyList<string>? algorithms)
    {
        var (now, fit) = (clock.GetUtcNow(), keys.Current.Where(k => algorithms is null || algorithms.Contains(k.Key.Algorithm, StringComparer.Ordinal)).ToList());
        return (fit.Find(k => k.SignsFrom <= now) is { Key: { } ready } ? ready : null) ?? fit.FirstOrDefault().Key;
    }

    private static DateTimeOffset SignsFrom(SigningKey key, IReadOnlyList<(SigningKey Key, DateTimeOffset SignsFrom)>? before, TimeProvider clock) =>
        before is null ? DateTimeOffset.UnixEpoch
        : before.FirstOrDefault(k => k.Key.Kid == key.Kid) is { Key: not null } known ? known.SignsFrom : clock.GetUtcNow() + PublishedBefore;

    private static List<string> ThrowAway(DataFolder folder)
    {
        List<string> files = [folder.File("smart-signing-es384.pem"), folder.File("smart-signing-rs384.pem")];
        Make(files[0], () => ECDsa.Create(ECCurve.NamedCurves.nistP384));
        Make(files[1], () => RSA.Create(2048));
        return files;
    }

    private static void Make(string file, Func<AsymmetricAlgorithm> create)
    {
        if (File.Exists(file)) return;
        using var key = create();
        DataFolder.CreatePrivate(file);
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
