using System.Security.Cryptography.X509Certificates;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Security;

public enum SecretKind
{
    /// <summary>One line.</summary>
    Line,

    /// <summary>One or several, one a line, of which each counts.</summary>
    Lines,

    /// <summary>An RSA certificate with its key.</summary>
    Certificate,
}

/// <summary>A setting that names a file with a secret.</summary>
public sealed record SecretFile(string Key, string File, SecretKind Kind)
{
    /// <summary>A header secret that can be guessed would let anybody have us look.</summary>
    public const int ShortestNotificationSecret = 16;

    /// <summary>All of this configuration but those that wrap (<see cref="WrappingCertificates"/>) and sign (<see cref="Smart.Keys.SigningKeys"/>).</summary>
    public static IEnumerable<SecretFile> Of(ServiceOptions options)
    {
        foreach (var ehr in options.Ehrs)
        {
            if (ehr.ClientSecretFile is { } client) yield return new($"{ehr.Key}:ClientSecretFile", client, SecretKind.Line);
            if (ehr.SubscriptionSecretFile is { } header) yield return new($"{ehr.Key}:SubscriptionSecretFile", header, SecretKind.Lines);
            if (ehr.BackendEntra?.ClientSecretFile is { } backend) yield return new($"{ehr.Key}:BackendEntra:ClientSecretFile", backend, SecretKind.Line);
            if (ehr.BackendEntra?.ClientCertificate is { } certificate) yield return new($"{ehr.Key}:BackendEntra:ClientCertificate", certificate, SecretKind.Certificate);
        }
        if (options.AzureAd.ClientSecretFile is { } people) yield return new("AzureAd:ClientSecretFile", people, SecretKind.Line);
        if (options.AzureAd.ClientCertificate is { } pages) yield return new("AzureAd:ClientCertificate", pages, SecretKind.Certificate);
    }

    /// <summary>Why the file cannot be used; null when it can. Nothing of its content.</summary>
    public string? Fault() => Kind is SecretKind.Certificate ? PrivateKeyFile.WrappingFault(File, null) : PrivateKeyFile.Fault(File, () => Lines(File) switch
    {
        [] => $"names an empty file: {File}",
        [_, _, ..] when Kind is SecretKind.Line => $"names a file of several lines: {File}; the secret is one line",
        var lines when Kind is SecretKind.Lines && lines.Any(line => line.Length < ShortestNotificationSecret) => $"names a file with a secret of less than {ShortestNotificationSecret} characters: {File}",
        _ => null,
    });

    /// <summary>Without blank lines and the space around each: editors and <c>echo</c> end a file with a line break.</summary>
    public static IReadOnlyList<string> Lines(string file) => [.. System.IO.File.ReadLines(file).Select(line => line.Trim()).Where(line => line is not "")];
}

/// <summary>Secrets that stand in files, read again when the files change (<see cref="WatchedFiles{T}"/>).</summary>
public sealed class SecretFiles
{
    private readonly Dictionary<string, WatchedFiles<IReadOnlyList<string>>> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WatchedFiles<X509Certificate2>> certificates = new(StringComparer.Ordinal);

    public SecretFiles(ServiceOptions options, TimeProvider clock, ILogger<SecretFiles> log)
    {
        foreach (var secret in SecretFile.Of(options))
            if (secret.Kind is SecretKind.Certificate) certificates.TryAdd(secret.File, new(secret.Key, () => [secret.File], _ => secret.Fault(), (_, _) => PrivateKeyFile.ReadCertificate(secret.File, null), clock, log));
            else texts.TryAdd(secret.File, new(secret.Key, () => [secret.File], _ => secret.Fault(), (_, _) => SecretFile.Lines(secret.File), clock, log));
    }

    /// <param name="words">The secret itself, where the configuration holds it; else it is in the file.</param>
    /// <returns>Null when there is neither.</returns>
    public string? Text(string? words, string? file) => words ?? (file is null ? null : texts[file].Current[0]);

    /// <summary>Each of these counts.</summary>
    public IReadOnlyList<string> Texts(string? words, string? file) => words is not null ? [words] : file is null ? [] : texts[file].Current;

    /// <param name="file">A file that the configuration names.</param>
    public X509Certificate2 Certificate(string file) => certificates[file].Current;

    /// <summary>Settings whose files of now cannot be used, so that what they held before is.</summary>
    public IReadOnlyList<string> NotTakenUp =>
    [
        .. texts.Values.Where(w => w.Trouble is not null).Select(w => w.Key),
        .. certificates.Values.Where(w => w.Trouble is not null).Select(w => w.Key),
    ];
}
