using BiopsyFhir.Api.Security;

namespace BiopsyFhir.Api.Configuration;

/// <summary>Our side of SMART App Launch.</summary>
public sealed record SmartOptions
{
    /// <value>
    /// <c>Smart:SigningKeys:K</c>: files with the private keys of our key set, newest first (PEM key, or a certificate with its key),
    /// or a folder of them, the last name first: EC P-384 signs ES384, RSA of 2048 bits or more RS384. All are published, the newest that the EHR takes signs; changed
    /// files and new ones in a folder are taken up within half a minute, and sign ten minutes later. Default: made at first start in Development; required elsewhere with
    /// <c>private-key</c> or a backend client.
    /// </value>
    public IReadOnlyList<string> SigningKeys { get; init; } = [];

    /// <value><c>Smart:SessionMinutes</c>: a session ends this long after its launch, 1 to 1440. Default: 480.</value>
    public int SessionMinutes { get; init; } = 480;

    /// <value><c>Smart:IdleMinutes</c>: a session ends after this long without a request, 1 to 1440. Default: 60.</value>
    public int IdleMinutes { get; init; } = 60;

    /// <value><c>Smart:LaunchMinutes</c>: the time a user has to sign in at the EHR, 1 to 60. Default: 10.</value>
    public int LaunchMinutes { get; init; } = 10;

    /// <value><c>Smart:TimeoutSeconds</c>: for each request to an authorization server, 1 to 60. Default: 10.</value>
    public int TimeoutSeconds { get; init; } = 10;
}

/// <summary>What encrypts the tokens we keep.</summary>
public sealed record KeyWrappingOptions
{
    /// <value>
    /// <c>DataProtection:Certificate</c>: file with an RSA certificate and its key (PEM or PKCS#12) that wraps the keys that encrypt
    /// stored tokens, or a folder of them, the last name the newest: it wraps, all unwrap. Read again when it changes; what comes while
    /// the service runs wraps a day later. Default: a throw-away one in Development and in the sandbox; required elsewhere.
    /// </value>
    public string? Certificate { get; init; }

    /// <value><c>DataProtection:CertificatePassword</c>: of a PKCS#12 file. Default: none.</value>
    public string? CertificatePassword { get; init; }

    /// <value><c>DataProtection:CertificatePasswordFile</c>: instead, a file that holds it; read again when it changes. Default: none.</value>
    public string? CertificatePasswordFile { get; init; }

    /// <value><c>DataProtection:PreviousCertificates:K</c>: files, or folders of them, with certificates that may still unwrap during a change of certificate. Default: none.</value>
    public IReadOnlyList<string> PreviousCertificates { get; init; } = [];

    /// <summary>As the file has it now; null without one.</summary>
    public string? Password => CertificatePassword ?? (CertificatePasswordFile is { } file ? SecretFile.Lines(file)[0] : null);

    /// <summary>Why the password's file cannot be used; null when it can, or when there is none.</summary>
    public string? PasswordFault => CertificatePasswordFile is { } file ? new SecretFile("DataProtection:CertificatePasswordFile", file, SecretKind.Line).Fault() : null;

    /// <summary>A record's generated text would carry the password into a log.</summary>
    public override string ToString() => nameof(KeyWrappingOptions);
}
