using BiopsyFhir.Api.Configuration.Checks;

namespace BiopsyFhir.Api.Configuration;

/// <summary>Configuration in, options or the full list of faults out. Nothing is half read.</summary>
public static class ReadServiceOptions
{
    private static readonly string[] OurSections =
        ["Sandbox", "Ehrs", "Smart", "DataProtection", "Cds", "Policy", "Facility", "Education", "Worklist", "Retention", "Database", "Limits", "AzureAd", "Telemetry"];

    public static (ServiceOptions Options, IReadOnlyList<ConfigurationFault> Faults) From(IConfiguration configuration, IHostEnvironment host) =>
        From(configuration, new(configuration), host);

    /// <param name="keys">Over the same configuration; knows afterwards what was asked for.</param>
    public static (ServiceOptions Options, IReadOnlyList<ConfigurationFault> Faults) From(IConfiguration configuration, ReadKeys keys, IHostEnvironment host)
    {
        var development = host.IsDevelopment();
        var sandbox = keys.Flag("Sandbox:Enabled", otherwise: development);
        var options = new ServiceOptions
        {
            Sandbox = new() { Enabled = sandbox },
            PublicBaseUrl = PublicBaseUrl(keys),
            ListeningAddresses = ListeningAddresses.From(configuration),
            Ehrs = [.. keys.Children("Ehrs").Select(entry => Ehr(keys, entry))],
            Smart = new()
            {
                SigningKeys = keys.List("Smart:SigningKeys"),
                SessionMinutes = keys.Whole("Smart:SessionMinutes", 480, 1, 1440),
                IdleMinutes = keys.Whole("Smart:IdleMinutes", 60, 1, 1440),
                LaunchMinutes = keys.Whole("Smart:LaunchMinutes", 10, 1, 60),
                TimeoutSeconds = keys.Whole("Smart:TimeoutSeconds", 10, 1, 60),
            },
            DataProtection = new()
            {
                Certificate = keys.Text("DataProtection:Certificate"),
                CertificatePassword = keys.Text("DataProtection:CertificatePassword"),
                CertificatePasswordFile = keys.Text("DataProtection:CertificatePasswordFile"),
                PreviousCertificates = keys.List("DataProtection:PreviousCertificates"),
            },
            Cds = new()
            {
                AllowedOrigins = keys.List("Cds:AllowedOrigins"),
                RequireToken = keys.Flag("Cds:RequireToken", otherwise: !sandbox),
                Deadline = TimeSpan.FromMilliseconds(keys.Whole("Cds:Deadline", 400, 50, 10_000)),
                Quiet = keys.Flag("Cds:Quiet", otherwise: true),
            },
            Policy = new()
            {
                Default = keys.Text("Policy:Default") ?? "P1",
                Folder = keys.Text("Policy:Folder"),
                Publish = keys.Choice("Policy:Publish", PublishTo.Open, ("open", PublishTo.Open), ("signed-in", PublishTo.SignedIn), ("off", PublishTo.Off)),
            },
            Facility = Facility(keys, sandbox, development),
            Education = Education(keys, sandbox),
            Worklist = new() { Days = keys.Whole("Worklist:Days", 30, 1, 365), RefreshMinutes = keys.Whole("Worklist:RefreshMinutes", 15, 0, 1_440) },
            Retention = new()
            {
                CardDays = keys.Whole("Retention:CardDays", 400, 1, 36_500),
                DeliveryDays = keys.Whole("Retention:DeliveryDays", 400, 30, 36_500),
                ReceiptDays = keys.Whole("Retention:ReceiptDays", 2_192, 365, 36_500),
            },
            Database = Database(keys, sandbox, host.ContentRootPath),
            Limits = new()
            {
                RequestBytes = (long)keys.Number("Limits:RequestBytes", 20_971_520, 1_024, 1_073_741_824),
                Hooks = keys.Whole("Limits:Hooks", 64, 1, 10_000),
                Assessments = keys.Whole("Limits:Assessments", 32, 1, 10_000),
                Pages = keys.Whole("Limits:Pages", 256, 1, 10_000),
                DrainSeconds = keys.Whole("Limits:DrainSeconds", development ? 0 : 5, 0, 60),
            },
            AzureAd = AzureAd(keys),
            Telemetry = Telemetry(keys, development),
        };
        options = options with { Limits = options.Limits with { HooksPerClient = keys.Whole("Limits:HooksPerClient", Share(options), 1, 10_000) } };
        keys.RefuseUnknown(OurSections);
        return (options, [.. keys.Faults, .. CheckOptions.All(options, development)]);
    }

    /// <summary>With one client there is nobody to keep a place for.</summary>
    private static int Share(ServiceOptions options) =>
        options.Ehrs.SelectMany(ehr => ehr.CdsClients).Select(client => client.Issuer).Distinct(StringComparer.Ordinal).Count() > 1 ? (options.Limits.Hooks + 1) / 2 : options.Limits.Hooks;

    private static EducationOptions Education(ReadKeys keys, bool sandbox)
    {
        var (page, chromium) = (keys.Text("Education:PageUrl"), keys.Text("Education:Chromium"));
        if (page is not null && !(Uri.TryCreate(page, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && page.Length <= 200))
            keys.Fault("Education:PageUrl", "must be an https address of at most 200 characters; patients will type or scan it");
        if (chromium is not null and not "off" && !File.Exists(chromium)) keys.Fault("Education:Chromium", "must be the path of a browser that is there, or off");
        return new()
        {
            AllowUnreviewed = keys.Flag("Education:AllowUnreviewed", otherwise: sandbox),
            PageUrl = page,
            Chromium = chromium,
            Automatic = keys.Flag("Education:Automatic", otherwise: false),
            PollMinutes = keys.Whole("Education:PollMinutes", 5, 0, 1_440),
            SeenMinutes = keys.Whole("Education:SeenMinutes", 60, 0, 1_440),
            ReminderTime = Time(keys, "Education:ReminderTime", new(9, 0)),
            QuietFrom = Time(keys, "Education:QuietFrom", new(20, 0)),
            QuietUntil = Time(keys, "Education:QuietUntil", new(8, 0)),
        };
    }

    private static TimeOnly Time(ReadKeys keys, string key, TimeOnly otherwise)
    {
        if (keys.Text(key) is not { } text) return otherwise;
        if (!TimeOnly.TryParseExact(text, "HH:mm", out var time)) keys.Fault(key, "must be a time of day as HH:mm, for example 08:00");
        return time;
    }

    private static Uri? PublicBaseUrl(ReadKeys keys)
    {
        if (keys.Text("PublicBaseUrl") is not { } text) return null;
        if (WebAddress.TryBase(text, out var address)) return address;
        keys.Fault("PublicBaseUrl", "must be an absolute http or https address without query, fragment or user name");
        return null;
    }

    private static EhrOptions Ehr(ReadKeys keys, string entry)
    {
        var issuer = keys.Required($"{entry}:Issuer", "is required: the FHIR base URL of the EHR");
        var host = issuer is not null && WebAddress.TryBase(issuer, out var address) ? address.Host.Trim('[', ']') : null;
        var (launch, chart) = LaunchQuirks.Read(keys.List($"{entry}:Quirks"));
        return new EhrOptions
        {
            Key = entry,
            Id = keys.Text($"{entry}:Id") ?? host ?? "",
            Issuer = issuer ?? "",
            ClientId = keys.Text($"{entry}:ClientId"),
            ClientAuth = keys.Choice($"{entry}:ClientAuth", ClientAuth.None,
                ("none", ClientAuth.None), ("secret", ClientAuth.Secret), ("private-key", ClientAuth.PrivateKey)),
            ClientSecret = keys.Text($"{entry}:ClientSecret"),
            ClientSecretFile = keys.Text($"{entry}:ClientSecretFile"),
            BackendClientId = keys.Text($"{entry}:BackendClientId"),
            BackendEntra = BackendEntra(keys, $"{entry}:BackendEntra"),
            CdsClients = [.. keys.Children($"{entry}:CdsClients").Select(client => new CdsClientOptions
            {
                Issuer = keys.Required($"{client}:Issuer", "is required: the iss of this client's tokens") ?? "",
                JwksUrl = keys.Required($"{client}:JwksUrl", "is required: the key set agreed with this client") ?? "",
                Tenants = keys.List($"{client}:Tenants"),
                Audience = keys.Text($"{client}:Audience"),
                Prefetch = keys.Choice($"{client}:Prefetch", PrefetchVersion.V2, ("2.0", PrefetchVersion.V2), ("3.0", PrefetchVersion.V3)),
            })],
            FrameOrigins = keys.List($"{entry}:FrameOrigins"),
            ScopeVersion = keys.Choice($"{entry}:ScopeVersion", ScopeVersion.V2, ("v1", ScopeVersion.V1), ("v2", ScopeVersion.V2)),
            SubscriptionSecret = keys.Text($"{entry}:SubscriptionSecret"),
            SubscriptionSecretFile = keys.Text($"{entry}:SubscriptionSecretFile"),
            LaunchQuirks = launch,
            ChartQuirks = chart,
        };
    }

    private static BackendEntraOptions? BackendEntra(ReadKeys keys, string entry)
    {
        var (instance, secret, file, certificate) = (keys.Text($"{entry}:Instance"), keys.Text($"{entry}:ClientSecret"), keys.Text($"{entry}:ClientSecretFile"), keys.Text($"{entry}:ClientCertificate"));
        var tenant = (instance ?? secret ?? file ?? certificate) is null ? keys.Text($"{entry}:TenantId") : keys.Required($"{entry}:TenantId", "is required: the tenant that issues the tokens");
        return tenant is null ? null
            : new() { TenantId = tenant, Instance = instance ?? AzureAdOptions.Microsoft, ClientSecret = secret, ClientSecretFile = file, ClientCertificate = certificate };
    }

    private static FacilityOptions Facility(ReadKeys keys, bool sandbox, bool development)
    {
        var zone = TimeZoneInfo.Utc;
        var name = sandbox || development
            ? keys.Text("Facility:TimeZone")
            : keys.Required("Facility:TimeZone", "is required outside Development: dates on a handout are the facility's, for example America/Chicago");
        if (name is not null && !(TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!) && zone.HasIanaId))
        {
            zone = TimeZoneInfo.Utc;
            keys.Fault("Facility:TimeZone", "must be an IANA time zone known to this machine, for example Europe/Istanbul");
        }
        var start = new TimeOnly(8, 0);
        if (keys.Text("Facility:DefaultStart") is { } time && !TimeOnly.TryParseExact(time, "HH:mm", out start))
            keys.Fault("Facility:DefaultStart", "must be a time of day as HH:mm, for example 08:00");
        return new()
        {
            TimeZone = zone,
            ElevationMeters = keys.Number("Facility:ElevationMeters", 0, -500, 6000),
            // 555-01xx numbers are reserved for fiction: a demo handout must not print a number that rings.
            ProcedureUnitPhone = keys.Text("Facility:ProcedureUnitPhone") ?? (sandbox ? "202-555-0143" : null),
            AfterHoursPhone = keys.Text("Facility:AfterHoursPhone") ?? (sandbox ? "202-555-0178" : null),
            DefaultStart = start,
        };
    }

    private static DatabaseOptions Database(ReadKeys keys, bool sandbox, string contentRoot)
    {
        var configured = new DatabaseOptions
        {
            Provider = keys.Choice("Database:Provider", DatabaseProvider.Sqlite,
                ("sqlite", DatabaseProvider.Sqlite), ("postgres", DatabaseProvider.Postgres)),
            ConnectionString = keys.Text("Database:ConnectionString"),
            Unencrypted = keys.Flag("Database:Unencrypted", otherwise: false),
            Folder = Path.Combine(contentRoot, keys.Text("Database:Folder") ?? "data"),
        };
        // A demo must not be able to touch a real database, however the machine is set up.
        return sandbox ? new() { Folder = "", Temporary = true } : configured;
    }

    private static TelemetryOptions Telemetry(ReadKeys keys, bool development)
    {
        var endpoint = keys.Text("Telemetry:Endpoint");
        if (endpoint is not null && !WebAddress.TryBase(endpoint, out _))
            keys.Fault("Telemetry:Endpoint", "must be an absolute http or https address without query, for example http://otel-collector:4317");
        return new()
        {
            Endpoint = endpoint,
            Protocol = keys.Choice("Telemetry:Protocol", TelemetryProtocol.Grpc, ("grpc", TelemetryProtocol.Grpc), ("http", TelemetryProtocol.Http)),
            Headers = keys.Text("Telemetry:Headers"),
            TraceRatio = (double)keys.Number("Telemetry:TraceRatio", 1, 0, 1),
            MetricSeconds = keys.Whole("Telemetry:MetricSeconds", 60, 1, 3600),
            Logs = keys.Choice("Telemetry:Logs", development ? LogFormat.Text : LogFormat.Json, ("json", LogFormat.Json), ("text", LogFormat.Text)),
        };
    }

    private static AzureAdOptions AzureAd(ReadKeys keys)
    {
        var defaults = new AzureAdOptions();
        var (roles, operate) = (keys.List("AzureAd:AppRoles"), keys.List("AzureAd:OperateRoles"));
        return new()
        {
            Instance = keys.Text("AzureAd:Instance") ?? defaults.Instance,
            TenantId = keys.Text("AzureAd:TenantId"),
            ClientId = keys.Text("AzureAd:ClientId"),
            Audience = keys.Text("AzureAd:Audience"),
            ClientSecret = keys.Text("AzureAd:ClientSecret"),
            ClientSecretFile = keys.Text("AzureAd:ClientSecretFile"),
            ClientCertificate = keys.Text("AzureAd:ClientCertificate"),
            AppRoles = roles is [] ? defaults.AppRoles : roles,
            OperateRoles = operate is [] ? defaults.OperateRoles : operate,
        };
    }
}
