namespace BiopsyFhir.Api.Configuration;

/// <summary>Everything an operator can set. Read once at start by <see cref="ReadServiceOptions"/>; never partly valid.</summary>
public sealed record ServiceOptions
{
    public required SandboxOptions Sandbox { get; init; }

    /// <value>
    /// <c>PublicBaseUrl</c>: the address that browsers and EHRs use for this service: https (or loopback), without a path. Default: the
    /// first listening address; required when listening on every address.
    /// </value>
    public Uri? PublicBaseUrl { get; init; }

    /// <value>Addresses to listen on, as configured (<c>urls</c>, ports or Kestrel endpoints).</value>
    public required IReadOnlyList<string> ListeningAddresses { get; init; }

    /// <value>Trusted EHRs from the configuration; the sandbox is added by <see cref="EhrRegistry"/>.</value>
    public required IReadOnlyList<EhrOptions> Ehrs { get; init; }

    public required SmartOptions Smart { get; init; }
    public required KeyWrappingOptions DataProtection { get; init; }
    public required CdsOptions Cds { get; init; }
    public required PolicyOptions Policy { get; init; }
    public required FacilityOptions Facility { get; init; }
    public EducationOptions Education { get; init; } = new();
    public WorklistOptions Worklist { get; init; } = new();
    public RetentionOptions Retention { get; init; } = new();
    public required DatabaseOptions Database { get; init; }
    public required LimitOptions Limits { get; init; }
    public required AzureAdOptions AzureAd { get; init; }
    public TelemetryOptions Telemetry { get; init; } = new();
}

/// <summary>The embedded demo EHR.</summary>
public sealed record SandboxOptions
{
    /// <value>
    /// <c>Sandbox:Enabled</c>: the embedded demo EHR. It signs anyone in: refused on an address off loopback; its store and our
    /// database are then both temporary, whatever <c>Database:*</c> says. Default: <c>true</c> in Development, else <c>false</c>.
    /// </value>
    public required bool Enabled { get; init; }
}

/// <summary>Which preset a site works with.</summary>
public sealed record PolicyOptions
{
    /// <value>
    /// <c>Policy:Default</c>: the policy a site works with: <c>P1</c>, <c>P2</c>, <c>P3</c> or the id of a site policy. Default:
    /// <c>P1</c>.
    /// </value>
    public string Default { get; init; } = "P1";

    /// <value><c>Policy:Folder</c>: folder with the site's own policies. Default: none.</value>
    public string? Folder { get; init; }

    /// <value><c>Policy:Publish</c>: who may read the policies under <c>/fhir</c>: <c>open</c>, <c>signed-in</c> or <c>off</c>. Default: <c>open</c>.</value>
    public PublishTo Publish { get; init; }
}

/// <summary>Who may read the published policies. They hold no patient data; a site may lack the right to pass a terminology on.</summary>
public enum PublishTo { Open, SignedIn, Off }

/// <summary>How much one request may ask of us, and how much all of them.</summary>
public sealed record LimitOptions
{
    /// <value><c>Limits:RequestBytes</c>: largest request body, 1024 to 1073741824. Default: 20971520.</value>
    public long RequestBytes { get; init; } = 20_971_520;

    /// <value><c>Limits:Hooks</c>: hook calls at a time; as many more wait. Default: 64.</value>
    public int Hooks { get; init; } = 64;

    /// <value>
    /// <c>Limits:HooksPerClient</c>: hook calls of one CDS client (<c>iss</c> of its tokens) at a time, and of all callers together that
    /// name none of ours; as many more wait. Default: half of <c>Limits:Hooks</c>; all of them with one client.
    /// </value>
    public int HooksPerClient { get; init; } = 32;

    /// <value><c>Limits:Assessments</c>: posted Bundles at a time; as many more wait. Default: 32.</value>
    public int Assessments { get; init; } = 32;

    /// <value><c>Limits:Pages</c>: pages and other calls at a time; as many more wait. Default: 256.</value>
    public int Pages { get; init; } = 256;

    /// <value><c>Limits:DrainSeconds</c>: how long it serves on, not ready, after it was told to stop. Default: 5; 0 in Development.</value>
    public int DrainSeconds { get; init; }
}
