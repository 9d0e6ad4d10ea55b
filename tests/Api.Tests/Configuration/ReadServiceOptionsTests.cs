using BiopsyFhir.Api.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

public sealed class ReadServiceOptionsTests
{
    private static readonly Dictionary<string, string?> GoodEhr = new()
    {
        ["Ehrs:0:Issuer"] = "https://ehr.example.org/fhir/",
        ["Ehrs:0:ClientId"] = "biopsy",
    };

    [Fact]
    public void Development_without_settings_has_the_documented_defaults()
    {
        var (options, faults) = Read("Development", []);
        Assert.Empty(faults);
        Assert.True(options.Sandbox.Enabled);
        Assert.False(options.Cds.RequireToken);
        Assert.True(options.Database.Temporary);
        Assert.Equal("P1", options.Policy.Default);
        Assert.Equal(TimeZoneInfo.Utc, options.Facility.TimeZone);
        Assert.Equal(0, options.Facility.ElevationMeters);
        Assert.Equal(new TimeOnly(8, 0), options.Facility.DefaultStart);
        Assert.Equal(20_971_520, options.Limits.RequestBytes);
    }

    [Fact]
    public void The_sandbox_prints_only_telephone_numbers_reserved_for_fiction()
    {
        var facility = Read("Development", []).Options.Facility;
        Assert.Matches(@"^\d{3}-555-01\d\d$", facility.ProcedureUnitPhone!);
        Assert.Matches(@"^\d{3}-555-01\d\d$", facility.AfterHoursPhone!);
    }

    [Fact]
    public void Production_asks_for_everything_that_safety_needs_in_one_list()
    {
        var (options, faults) = Read("Production", new(GoodEhr) { ["Ehrs:0:BackendClientId"] = "robot", ["urls"] = "http://0.0.0.0:8080" });
        Assert.False(options.Sandbox.Enabled);
        Assert.True(options.Cds.RequireToken);
        Assert.Equal(
            ["DataProtection:Certificate", "Facility:TimeZone", "PublicBaseUrl", "Smart:SigningKeys"],
            faults.Select(f => f.Key).Order());
    }

    [Fact]
    public void The_issuer_keeps_its_bytes_and_gives_the_EHR_its_name()
    {
        var ehr = Assert.Single(Read("Development", GoodEhr).Options.Ehrs);
        Assert.Equal("https://ehr.example.org/fhir/", ehr.Issuer);
        Assert.Equal("ehr.example.org", ehr.Id);
        Assert.Equal((ClientAuth.None, ScopeVersion.V2), (ehr.ClientAuth, ehr.ScopeVersion));
    }

    [Fact]
    public void Every_key_of_an_EHR_is_read()
    {
        var (options, faults) = Read("Development", new()
        {
            ["Ehrs:0:Id"] = "north",
            ["Ehrs:0:Issuer"] = "https://ehr.example.org/fhir",
            ["Ehrs:0:ClientId"] = "biopsy",
            ["Ehrs:0:ClientAuth"] = "secret",
            ["Ehrs:0:ClientSecret"] = "s3cret",
            ["Ehrs:0:BackendClientId"] = "robot",
            ["Ehrs:0:CdsClients:0:Issuer"] = "https://cds.example.org",
            ["Ehrs:0:CdsClients:0:JwksUrl"] = "https://cds.example.org/jwks.json",
            ["Ehrs:0:CdsClients:0:Tenants:0"] = "t1",
            ["Ehrs:0:FrameOrigins:0"] = "https://ehr.example.org",
            ["Ehrs:0:ScopeVersion"] = "v1",
            ["Ehrs:0:SubscriptionSecret"] = "0123456789abcdef",
            ["Ehrs:0:Quirks:0"] = "cookieless-launch",
            ["Ehrs:0:Quirks:1"] = "pdf-only",
            ["Cds:AllowedOrigins:0"] = "https://ehr.example.org",
            ["Facility:TimeZone"] = "America/Chicago",
            ["Facility:ElevationMeters"] = "1609.5",
            ["Facility:DefaultStart"] = "07:30",
            ["Policy:Default"] = "P3",
        });
        Assert.Empty(faults);
        var ehr = options.Ehrs[0];
        Assert.Equal("north", ehr.Id);
        Assert.Equal(ClientAuth.Secret, ehr.ClientAuth);
        Assert.Equal("s3cret", ehr.ClientSecret);
        Assert.Equal("robot", ehr.BackendClientId);
        Assert.Equal("https://cds.example.org/jwks.json", ehr.CdsClients[0].JwksUrl);
        Assert.Equal(["t1"], ehr.CdsClients[0].Tenants);
        Assert.Equal(["https://ehr.example.org"], ehr.FrameOrigins);
        Assert.Equal(ScopeVersion.V1, ehr.ScopeVersion);
        Assert.Equal("0123456789abcdef", ehr.SubscriptionSecret);
        Assert.Equal(new LaunchQuirks { CookielessLaunch = true }, ehr.LaunchQuirks);
        Assert.Equal(["pdf-only"], ehr.ChartQuirks);
        Assert.Equal("America/Chicago", options.Facility.TimeZone.Id);
        Assert.Equal(1609.5m, options.Facility.ElevationMeters);
        Assert.Equal(new TimeOnly(7, 30), options.Facility.DefaultStart);
        Assert.Equal("P3", options.Policy.Default);
    }

    [Theory]
    [InlineData("Host=db.example.org", true)]
    [InlineData("Host=db.example.org;SSL Mode=Prefer", true)]
    [InlineData("Host=10.0.0.5,127.0.0.1:5433", true)]
    [InlineData("Host=localhost.example.org", true)]
    [InlineData("Host=db.example.org;SSL Mode=Require", false)]
    [InlineData("Host=db.example.org;SSL Mode=VerifyFull", false)]
    [InlineData("Host=127.0.0.1", false)]
    [InlineData("Host=localhost:5433,[::1]:5432", false)]
    [InlineData("Host=/var/run/postgresql", false)]
    public void A_database_on_another_machine_is_spoken_to_with_TLS(string connection, bool refused)
    {
        var settings = new Dictionary<string, string?>(GoodEhr) { ["Sandbox:Enabled"] = "false", ["Database:Provider"] = "postgres", ["Database:ConnectionString"] = connection };
        Assert.Equal(refused, Read("Production", settings).Faults.Any(f => f.Key == "Database:ConnectionString"));
        settings["Database:Unencrypted"] = "true";
        Assert.DoesNotContain(Read("Production", settings).Faults, f => f.Key == "Database:ConnectionString");
    }

    [Theory]
    [InlineData("Ehrs:0:Issuer", "http://ehr.example.org/fhir")]
    [InlineData("Ehrs:0:Issuer", "ehr.example.org")]
    [InlineData("Ehrs:0:Issuer", "https://user@ehr.example.org/fhir")]
    [InlineData("Ehrs:0:Issuer", "https://ehr.example.org/fhir?x=1")]
    [InlineData("Ehrs:0:Id", "has space")]
    [InlineData("Ehrs:0:ClientAuth", "privat")]
    [InlineData("Ehrs:0:ClientSecret", "unused")]
    [InlineData("Ehrs:0:ScopeVersion", "v3")]
    [InlineData("Ehrs:0:FrameOrigins:0", "https://*.example.org")]
    [InlineData("Ehrs:0:FrameOrigins:0", "https://ehr.example.org/path")]
    [InlineData("Ehrs:0:SubscriptionSecret", "short")]
    [InlineData("Facility:TimeZone", "Eastern Standard Time")]
    [InlineData("Facility:TimeZone", "Mars/Olympus")]
    [InlineData("Facility:ElevationMeters", "9000")]
    [InlineData("Facility:DefaultStart", "8 am")]
    [InlineData("Facility:ProcedureUnitPhone", "ask the desk")]
    [InlineData("Database:Provider", "oracle")]
    [InlineData("Database:ConnectionString", "no connection")]
    [InlineData("PublicBaseUrl", "http://service.example.org")]
    [InlineData("Smart:SigningKeys:0", "/nowhere/key.pem")]
    [InlineData("DataProtection:Certificate", "/nowhere/wrap.pfx")]
    [InlineData("AzureAd:TenantId", "common")]
    [InlineData("Limits:RequestBytes", "12.5")]
    [InlineData("Smart:SessionMinutes", "0")]
    public void A_bad_value_is_reported_under_its_own_key(string key, string value)
    {
        var settings = new Dictionary<string, string?>(GoodEhr) { ["Sandbox:Enabled"] = "false", ["Facility:TimeZone"] = "UTC" };
        Assert.DoesNotContain(Read("Production", settings).Faults, f => f.Key == key && f.Problem is not "" && key is not "DataProtection:Certificate");
        settings[key] = value;
        Assert.Contains(Read("Production", settings).Faults, f => f.Key == key);
    }

    [Fact]
    public void Two_EHRs_on_one_host_need_names_of_their_own()
    {
        var settings = new Dictionary<string, string?>(GoodEhr)
        {
            ["Ehrs:1:Issuer"] = "https://ehr.example.org/other",
            ["Ehrs:1:ClientId"] = "biopsy",
        };
        Assert.Equal("Ehrs:1:Id", Assert.Single(Read("Development", settings).Faults).Key);
        settings["Ehrs:1:Id"] = "other";
        Assert.Empty(Read("Development", settings).Faults);
    }

    [Fact]
    public void The_same_issuer_twice_is_a_fault_also_when_spelt_differently()
    {
        var settings = new Dictionary<string, string?>(GoodEhr)
        {
            ["Ehrs:1:Id"] = "again",
            ["Ehrs:1:Issuer"] = "HTTPS://EHR.example.org:443/fhir",
            ["Ehrs:1:ClientId"] = "biopsy",
        };
        Assert.Equal("Ehrs:1:Issuer", Assert.Single(Read("Development", settings).Faults).Key);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080")]
    [InlineData("http://*:5080")]
    [InlineData("http://192.168.1.5:5080")]
    [InlineData("http://ehr.example.org:5080")]
    [InlineData("http://localhost:5080;http://[::]:5081")]
    public void The_sandbox_is_refused_off_loopback(string urls) =>
        Assert.Contains(Read("Development", new() { ["urls"] = urls, ["PublicBaseUrl"] = "http://localhost:5080" }).Faults, f => f.Key is "urls");

    [Theory]
    [InlineData("http://localhost:5080")]
    [InlineData("http://127.0.0.1:5080")]
    [InlineData("http://[::1]:5080")]
    public void The_sandbox_starts_on_loopback(string urls) => Assert.Empty(Read("Development", new() { ["urls"] = urls }).Faults);

    [Fact]
    public void Ports_alone_bind_every_address_and_so_need_a_public_address()
    {
        var settings = new Dictionary<string, string?>(GoodEhr) { ["Sandbox:Enabled"] = "false", ["http_ports"] = "8080" };
        Assert.Equal("PublicBaseUrl", Assert.Single(Read("Development", settings).Faults).Key);
    }

    [Fact]
    public void A_sandbox_never_uses_a_configured_database()
    {
        var database = Read("Development", new() { ["Database:Provider"] = "postgres", ["Database:ConnectionString"] = "Host=real" }).Options.Database;
        Assert.Equal((DatabaseProvider.Sqlite, null, true), (database.Provider, database.ConnectionString, database.Temporary));
    }

    [Fact]
    public void A_logged_option_shows_no_secret()
    {
        var options = Read("Development", new(GoodEhr)
        {
            ["Sandbox:Enabled"] = "false",
            ["Ehrs:0:ClientAuth"] = "secret",
            ["Ehrs:0:ClientSecret"] = "hush-hush",
            ["Ehrs:0:SubscriptionSecret"] = "hush-hush-hush-hush",
            ["DataProtection:CertificatePassword"] = "hush-hush",
            ["Database:ConnectionString"] = "Data Source=x;Password=hush-hush",
        }).Options;
        Assert.DoesNotContain("hush", $"{options} {options.Ehrs[0]} {options.DataProtection} {options.Database}", StringComparison.Ordinal);
    }

    private static (ServiceOptions Options, IReadOnlyList<ConfigurationFault> Faults) Read(string environment, Dictionary<string, string?> settings) =>
        ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new Host(environment));

    private sealed class Host(string environment) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = environment;
        public string ApplicationName { get; set; } = "test";
        public string ContentRootPath { get; set; } = Path.GetTempPath();
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
