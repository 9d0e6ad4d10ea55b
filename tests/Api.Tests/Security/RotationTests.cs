using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Doctor.Parts;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Delivery;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Operate;
using BiopsyFhir.Api.Tests.SignIn;
using BiopsyFhir.Api.Tests.Smart;
using BiopsyFhir.Api.Tests.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>Secrets are changed while the service runs. A new one that cannot be used changes nothing, and is said without a word of it.</summary>
public sealed class RotationTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly TimeSpan Later = WatchedFiles<string>.LookAgainAfter + TimeSpan.FromSeconds(1);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("biopsyfhir-rotation-");

    public void Dispose() => folder.Delete(recursive: true);

    private string Place(string name, string content)
    {
        var file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }

    private string Certificate(string name)
    {
        var file = Path.Combine(folder.FullName, name);
        File.Move(TestKeys.New(folder.FullName, TimeSpan.FromDays(100)), file, overwrite: true);
        return file;
    }

    [Fact]
    public async Task The_secret_of_an_EHR_s_client_is_changed_without_a_restart()
    {
        var file = Place("client", "first-secret\n");
        await using var world = await SmartWorld.StartAsync(("ClientAuth", "secret"), ("ClientSecretFile", file));
        async Task<string> ShownAsync()
        {
            world.Host.Clock.Advance(Later);
            world.Ehr.Requests.Clear();
            await world.Browser.LaunchAsync(world.Ehr);
            return Encoding.UTF8.GetString(Convert.FromBase64String(Assert.Single(world.Ehr.To("/auth/token")).Headers["Authorization"]["Basic ".Length..]));
        }
        Assert.Equal("biopsy:first-secret", await ShownAsync());
        Place("client", "next-secret");
        Assert.Equal("biopsy:next-secret", await ShownAsync());
        foreach (var broken in (string[])["", " \n", "half\nwritten-secret"])
        {
            Place("client", broken);
            Assert.Equal("biopsy:next-secret", await ShownAsync());
            Assert.Equal((HttpStatusCode.OK, true), await SaidAsync(world.Host));
        }
        File.Delete(file);
        Assert.Equal("biopsy:next-secret", await ShownAsync());
        Assert.Equal((HttpStatusCode.OK, true), await SaidAsync(world.Host));
        Place("client", "last-secret");
        Assert.Equal("biopsy:last-secret", await ShownAsync());
        Assert.Equal((HttpStatusCode.OK, false), await SaidAsync(world.Host));
        Assert.Equal(4, world.Host.Log.Count(line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Ehrs:0:ClientSecretFile changed and cannot be used", StringComparison.Ordinal)));
        Assert.All((string[])["first-secret", "next-secret", "last-secret", "written-secret"], word => Assert.DoesNotContain(world.Host.Log, line => line.Contains(word, StringComparison.Ordinal)));
    }

    /// <summary>Ready all the same; whether the change that was not taken up is said.</summary>
    private static async Task<(HttpStatusCode Ready, bool Said)> SaidAsync(ServiceHost host)
    {
        using var client = host.Client();
        using var answer = await client.GetAsync("/health/ready");
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("\"secrets\":\"degraded\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Old_and_new_secret_of_notifications_count_side_by_side_and_then_only_the_new_one()
    {
        var (old, next) = ("notify-me-0123456789", "notify-me-abcdefghij");
        var file = Place("header", old);
        await using var world = await DeliveryWorld.StartAsync(("Ehrs:0:SubscriptionSecret", ""), ("Ehrs:0:SubscriptionSecretFile", file));
        async Task<(bool Old, bool New)> TakenAsync()
        {
            world.Host.Clock.Advance(Later);
            using var client = world.Host.Client();
            var taken = new List<bool>();
            foreach (var secret in (string[])[old, next])
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/subscriptions/general") { Headers = { { "X-Subscription-Secret", secret } } };
                using var answer = await client.SendAsync(request);
                taken.Add(answer.StatusCode is HttpStatusCode.OK);
            }
            return (taken[0], taken[1]);
        }
        Assert.Equal((true, false), await TakenAsync());
        Place("header", $"{old}\n{next}\n");
        Assert.Equal((true, true), await TakenAsync());
        Place("header", $"{next}\n");
        Assert.Equal((false, true), await TakenAsync());
        Place("header", "too-short");
        Assert.Equal((false, true), await TakenAsync());
    }

    [Fact]
    public async Task People_sign_in_with_the_new_secret_as_soon_as_it_is_there()
    {
        var file = Place("people", FakeEntra.Secret);
        await using var entra = await FakeEntra.StartAsync();
        await using var host = entra.Service(("AzureAd:ClientSecret", null), ("AzureAd:ClientSecretFile", file));
        using var browser = new Browser(host);
        async Task<HttpStatusCode> SignInAsync()
        {
            host.Clock.Advance(Later);
            using var sent = await browser.GetAsync("/sign-in");
            var asked = FakeEntra.Asked(sent.Headers.Location!);
            using var back = await browser.GetAsync($"/sign-in/callback?code={entra.Authorize(asked)}&state={Uri.EscapeDataString(asked["state"])}");
            return back.StatusCode;
        }
        Assert.Equal(HttpStatusCode.Redirect, await SignInAsync());
        entra.Accepts = "entra-secret-2";
        Assert.Equal(HttpStatusCode.Unauthorized, await SignInAsync()); // the tenant has dropped the old one already
        Place("people", "entra-secret-2");
        Assert.Equal(HttpStatusCode.Redirect, await SignInAsync());
        Place("people", "");
        Assert.Equal(HttpStatusCode.Redirect, await SignInAsync());
    }

    [Fact]
    public async Task A_backend_client_of_Entra_ID_uses_the_new_certificate_and_keeps_it_when_the_next_one_is_broken()
    {
        var file = Certificate("backend.pem");
        await using var entra = await FakeEntra.StartAsync();
        await using var ehr = await FakeEhr.StartAsync();
        await using var host = entra.Service(("AzureAd:TenantId", null), ("AzureAd:ClientId", null), ("AzureAd:ClientSecret", null),
            ("Ehrs:0:Issuer", ehr.FhirBase), ("Ehrs:0:Id", "azure"), ("Ehrs:0:BackendClientId", FakeEntra.Client),
            ("Ehrs:0:BackendEntra:TenantId", FakeEntra.Tenant), ("Ehrs:0:BackendEntra:Instance", entra.Origin), ("Ehrs:0:BackendEntra:ClientCertificate", file));
        async Task<string> SignedByAsync()
        {
            host.Clock.Advance(Later);
            Assert.IsType<TokenAnswer.Granted>(await host.Get<BackendTokens>().RequestAsync(host.Get<EhrRegistry>().ById("azure")!, "", default));
            return entra.TokenRequests[^1].Form["client_assertion"].Split('.')[0]; // its header names the certificate
        }
        var first = await SignedByAsync();
        Assert.Equal(first, await SignedByAsync());
        Certificate("backend.pem");
        var second = await SignedByAsync();
        Assert.NotEqual(first, second);
        File.WriteAllText(file, File.ReadAllText(file)[..500]);
        Assert.Equal(second, await SignedByAsync());
        Assert.Contains(host.Log, line => line.Contains("Ehrs:0:BackendEntra:ClientCertificate changed and cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_wrapping_certificate_in_the_folder_wraps_and_the_old_one_goes_on_unwrapping()
    {
        var certificates = Directory.CreateDirectory(Path.Combine(folder.FullName, "wrapping")).FullName;
        File.Move(Certificate("a"), Path.Combine(certificates, "2026-01.pem"));
        await using var host = new ServiceHost(new Dictionary<string, string?> { ["DataProtection:Certificate"] = certificates });
        var sealedBefore = host.Get<IDataProtectionProvider>().CreateProtector("test").Protect("a token");
        File.Move(Certificate("b"), Path.Combine(certificates, "2026-02.pem"));
        File.WriteAllText(Path.Combine(certificates, ".half"), "hidden files are left alone");
        host.Clock.Advance(Later);
        Assert.Equal((HttpStatusCode.OK, false), await SaidAsync(host));
        var manager = host.Get<IKeyManager>();
        manager.CreateNewKey(host.Clock.GetUtcNow(), host.Clock.GetUtcNow().AddDays(90));
        // A machine that has had it from its start wraps with it already; here it opens, though it does not wrap yet.
        await using (var other = new ServiceHost(new Dictionary<string, string?> { ["DataProtection:Certificate"] = certificates, ["Database:ConnectionString"] = $"Data Source={host.Folder}/biopsyfhir.db" }))
            other.Get<IKeyManager>().CreateNewKey(host.Clock.GetUtcNow(), host.Clock.GetUtcNow().AddDays(90));
        host.Clock.Advance(WrappingCertificates.KnownBefore);
        manager.CreateNewKey(host.Clock.GetUtcNow(), host.Clock.GetUtcNow().AddDays(90));

        // Each stored key names its certificate: the newer key the newer one.
        await using var db = await host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        var stored = (await db.ProtectionKeys.Select(k => k.Xml).ToListAsync()).ConvertAll(XElement.Parse);
        Assert.Equal(["2026-01.pem", "2026-01.pem", "2026-02.pem", "2026-02.pem"], stored.Select(key => WrappedBy(key, certificates)).Order());
        // Older versions beside this one, and the next start, know the framework's decryptor only.
        Assert.All(stored, key => Assert.All(key.Descendants().Attributes("decryptorType"), type => Assert.StartsWith("Microsoft.AspNetCore.DataProtection.XmlEncryption.EncryptedXmlDecryptor, Microsoft.AspNetCore.DataProtection,", type.Value, StringComparison.Ordinal)));
        Assert.All(manager.GetAllKeys(), key => Assert.NotNull(key.CreateEncryptor()));
        Assert.Equal("a token", host.Get<IDataProtectionProvider>().CreateProtector("test").Unprotect(sealedBefore));

        Assert.Equal("4, all open with the configured certificates; 2 of them need an older one, keep it", (await CheckStoredKeys.OfAsync(host.Get<ServiceOptions>()).FirstAsync()).Found);

        // A third one that is half written: the second one goes on wrapping.
        File.WriteAllText(Path.Combine(certificates, "2026-03.pem"), "-----BEGIN CERTIFICATE-----\nhalf wri");
        host.Clock.Advance(Later);
        Assert.Equal((HttpStatusCode.OK, true), await SaidAsync(host));
        manager.CreateNewKey(host.Clock.GetUtcNow(), host.Clock.GetUtcNow().AddDays(90));
        Assert.Equal(3, (await db.ProtectionKeys.Select(k => k.Xml).ToListAsync()).Count(key => WrappedBy(XElement.Parse(key), certificates) is "2026-02.pem"));
        File.Delete(Path.Combine(certificates, "2026-03.pem"));
        host.Clock.Advance(Later);
        Assert.Equal((HttpStatusCode.OK, false), await SaidAsync(host));
    }

    [Fact]
    public async Task Keys_are_wrapped_with_OAEP_in_the_framework_s_own_form()
    {
        var file = Certificate("wrapping.pem");
        await using var host = new ServiceHost(new Dictionary<string, string?> { ["DataProtection:Certificate"] = file });
        var kept = host.Get<IDataProtectionProvider>().CreateProtector("test").Protect("a token");
        await using var db = await host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        var key = XElement.Parse((await db.ProtectionKeys.SingleAsync()).Xml);
        var algorithms = key.Descendants().Where(e => e.Name.LocalName is "EncryptionMethod").Select(e => e.Attribute("Algorithm")!.Value).ToList();
        Assert.Equal(["http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"], algorithms.Order());
        Assert.DoesNotContain("masterKey", key.ToString(), StringComparison.OrdinalIgnoreCase);

        // An older version, which knows the framework's own reading only, opens it: here without anything of ours but the stored rows.
        var folder = Directory.CreateDirectory(Path.Combine(this.folder.FullName, "keys"));
        key.Save(Path.Combine(folder.FullName, "key-1.xml"));
        await using var plain = new ServiceCollection().AddDataProtection().SetApplicationName("BiopsyFhir").PersistKeysToFileSystem(folder)
            .UnprotectKeysWithAnyCertificate(X509Certificate2.CreateFromPemFile(file)).DisableAutomaticKeyGeneration().Services.BuildServiceProvider();
        Assert.Equal("a token", plain.GetRequiredService<IDataProtectionProvider>().CreateProtector("test").Unprotect(kept));
    }

    private static string? WrappedBy(XElement key, string certificates)
    {
        using var named = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(key.Descendants().Single(e => e.Name.LocalName is "X509Certificate").Value));
        return Directory.GetFiles(certificates).Where(file => PrivateKeyFile.WrappingFault(file, null) is null && X509Certificate2.CreateFromPemFile(file).Thumbprint == named.Thumbprint).Select(Path.GetFileName).Single();
    }

    [Fact]
    public async Task A_certificate_replaced_in_its_place_still_unwraps_and_health_says_what_a_restart_would_lose()
    {
        var file = Certificate("wrapping.pem");
        var old = File.ReadAllText(file);
        await using var host = new ServiceHost(new Dictionary<string, string?> { ["DataProtection:Certificate"] = file, ["DataProtection:PreviousCertificates:0"] = Directory.CreateDirectory(Path.Combine(folder.FullName, "previous")).FullName });
        host.Get<IDataProtectionProvider>().CreateProtector("test").Protect("a token");
        Assert.Equal((HttpStatusCode.OK, false), await SaidAsync(host));
        Certificate("wrapping.pem");
        host.Clock.Advance(Later);
        Assert.All(host.Get<IKeyManager>().GetAllKeys(), key => Assert.NotNull(key.CreateEncryptor()));
        Assert.Equal((HttpStatusCode.OK, true), await SaidAsync(host));
        File.WriteAllText(Path.Combine(folder.FullName, "previous", "old.pem"), old);
        host.Clock.Advance(Later);
        Assert.Equal((HttpStatusCode.OK, false), await SaidAsync(host));
    }

    [Fact]
    public void A_link_that_is_exchanged_further_up_is_noticed_though_name_size_and_times_stay()
    {
        // As Kubernetes does: name -> ..data/name, ..data -> ..2026_01; an update exchanges ..data.
        var time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (var (version, content) in new[] { ("..2026_01", "secret-of-january"), ("..2026_02", "secret-of-februar") })
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, version));
            File.SetLastWriteTimeUtc(Place($"{version}/name", content), time);
        }
        var (data, name) = (Path.Combine(folder.FullName, "..data"), Path.Combine(folder.FullName, "name"));
        Directory.CreateSymbolicLink(data, "..2026_01");
        File.CreateSymbolicLink(name, "..data/name");
        var clock = new TestClock(new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero));
        var watched = new WatchedFiles<string>("Key", () => [name], _ => null, (files, _) => File.ReadAllText(files[0]), clock, NullLogger.Instance);
        Assert.Equal("secret-of-january", watched.Current);
        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "..2026_02");
        Assert.Equal("secret-of-january", watched.Current); // not at every use
        clock.Advance(Later);
        Assert.Equal("secret-of-februar", watched.Current);
    }

    [Fact]
    public void A_file_that_may_not_be_read_now_is_taken_up_once_it_may()
    {
        var fault = (string?)null;
        var clock = new TestClock(new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero));
        var file = Place("name", "one");
        var watched = new WatchedFiles<string>("Key", () => [file], _ => fault, (files, _) => File.ReadAllText(files[0]), clock, NullLogger.Instance);
        Assert.Equal("one", watched.Current);
        (fault, _) = ("cannot be read", Place("name", "two"));
        clock.Advance(Later);
        Assert.Equal(("one", "cannot be read"), (watched.Current, watched.Trouble));
        fault = null; // rights were given: neither time nor content changed
        clock.Advance(Later);
        Assert.Equal(("two", null), (watched.Current, watched.Trouble));
    }

    [Fact]
    public void A_start_with_a_secret_s_file_that_cannot_be_used_is_refused_with_all_faults()
    {
        var settings = Settings.Good(folder.FullName);
        (settings["Ehrs:0:Issuer"], settings["Ehrs:0:ClientId"], settings["Ehrs:0:ClientAuth"]) = ("https://ehr.example.org/fhir", "biopsy", "secret");
        settings["Ehrs:0:ClientSecretFile"] = Place("empty", "\n");
        settings["Ehrs:0:SubscriptionSecretFile"] = Place("short", "0123456789abcdef\nshort\n");
        settings["AzureAd:TenantId"] = settings["AzureAd:ClientId"] = FakeEntra.Tenant;
        settings["AzureAd:ClientSecretFile"] = "/nowhere/secret";
        settings["DataProtection:CertificatePasswordFile"] = Place("two", "one\ntwo");
        Assert.Equal(
        [
            ("AzureAd:ClientSecretFile", "names a file that does not exist: /nowhere/secret"),
            ("DataProtection:CertificatePasswordFile", $"names a file of several lines: {folder.FullName}/two; the secret is one line"),
            ("Ehrs:0:ClientSecretFile", $"names an empty file: {folder.FullName}/empty"),
            ("Ehrs:0:SubscriptionSecretFile", $"names a file with a secret of less than 16 characters: {folder.FullName}/short"),
        ], Settings.Read(settings).Faults.Select(f => (f.Key, f.Problem)).Order());
        (settings["Ehrs:0:ClientSecret"], settings["Ehrs:0:ClientSecretFile"]) = ("both", Place("good", "both"));
        Assert.Contains(Settings.Read(settings).Faults, f => f == new ConfigurationFault("Ehrs:0:ClientSecret", "and ClientSecretFile exclude each other: give one"));
    }

    [PostgresFact]
    public async Task The_password_of_the_database_is_changed_without_a_restart()
    {
        var admin = postgres.NewDatabase();
        var database = new NpgsqlConnectionStringBuilder(admin).Database!;
        async Task AsAdminAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(admin);
            await connection.OpenAsync();
#pragma warning disable CA2100 // constants of this test
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync();
        }
        await AsAdminAsync($"CREATE ROLE {PostgresServer.NeedsPassword} LOGIN PASSWORD 'first-word'");
        await AsAdminAsync($"GRANT ALL ON DATABASE {database} TO {PostgresServer.NeedsPassword}; GRANT ALL ON SCHEMA public TO {PostgresServer.NeedsPassword}");
        var file = Place("pgpass", $"*:*:*:{PostgresServer.NeedsPassword}:first-word\n");
        var connection = new NpgsqlConnectionStringBuilder(admin) { Username = PostgresServer.NeedsPassword, Passfile = file, Pooling = true };
        await using var host = new ServiceHost(new Dictionary<string, string?> { ["Database:Provider"] = "postgres", ["Database:ConnectionString"] = connection.ConnectionString });
        Assert.Equal(HttpStatusCode.OK, (await SaidAsync(host)).Ready);

        await AsAdminAsync($"ALTER ROLE {PostgresServer.NeedsPassword} PASSWORD 'next-word'");
        Place("pgpass", $"*:*:*:{PostgresServer.NeedsPassword}:next-word\n");
        await AsAdminAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{PostgresServer.NeedsPassword}'");
        await UntilReadyAsync(host);

        // The same with the password gone: without it nothing opens, so that the good round above means something.
        Place("pgpass", $"*:*:*:{PostgresServer.NeedsPassword}:wrong\n");
        await using var fresh = new NpgsqlConnection(connection.ConnectionString + ";Pooling=false");
        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => fresh.OpenAsync())).SqlState);
    }

    /// <summary>Connections that were cut are noticed when they are used; each is thrown away then.</summary>
    private static async Task UntilReadyAsync(ServiceHost host)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await SaidAsync(host)).Ready is not HttpStatusCode.OK) await Task.Delay(50, patience.Token);
    }
}
