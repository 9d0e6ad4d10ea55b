using BiopsyFhir.Api.Doctor;
using BiopsyFhir.Api.Doctor.Parts;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Operate;

/// <summary>What the doctor sees, and that it ends with 1 only when something is wrong.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("biopsyfhir-doctor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Before_the_first_start_it_works_and_makes_nothing()
    {
        var data = Path.Combine(folder, "data");
        var (code, said) = await RunAsync(Settings.Good(data));
        Assert.True(code is 0, said);
        Assert.Contains("the first start makes it", said, StringComparison.Ordinal);
        Assert.Contains("OK       policies", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task Beside_a_running_service_every_part_is_well_and_the_sum_says_that_it_works()
    {
        var settings = Settings.Good(folder);
        using var service = new ServiceHost(settings);
        await service.Get<AuditTrail>().RecordAsync(new("view", "u", "done"), default);
        using var client = service.Client();
        await client.GetStringAsync("/health/ready"); // makes the first key
        var (code, said) = await RunAsync(settings);
        Assert.True(code is 0, said);
        foreach (var part in (string[])["configuration", "folder", "disk", "database", "schema", "wrapping key", "stored keys", "audit trail"])
            Assert.Matches($@"(?m)^  (OK|warning) +{part} ", said); // the test's certificate lives for a day: a warning
        Assert.Contains("1, all open with the configured certificates", said, StringComparison.Ordinal);
        Assert.Contains("It works; see the lines marked warning.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_the_configuration_are_lines_and_what_is_whole_is_still_looked_at()
    {
        var settings = Settings.Good(folder);
        (settings["Facility:TimeZone"], settings["Database:Provider"], settings["Ehrs:0:ClientId"], settings["Education:Chromuim"]) = (null, "oracle", "x", "x");
        var (code, said) = await RunAsync(settings);
        Assert.Equal(1, code);
        foreach (var key in (string[])["Facility:TimeZone", "Database:Provider", "Ehrs:0:Issuer", "Education:Chromuim"])
            Assert.Matches($"(?m)^  error +configuration +{key} ", said);
        Assert.Contains("OK       policies", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_does_not_open_the_stored_keys_is_seen()
    {
        var settings = Settings.Good(folder);
        using (var service = new ServiceHost(settings))
        {
            using var client = service.Client();
            await client.GetStringAsync("/health/ready");
        }
        settings["DataProtection:Certificate"] = TestKeys.New(folder, TimeSpan.FromDays(400));
        var (code, said) = await RunAsync(settings);
        Assert.Equal(1, code);
        Assert.Contains("1 of 1 cannot be opened", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "OK       wrapping key")]
    [InlineData(20, "warning  wrapping key")]
    [InlineData(-1, "error    wrapping key")]
    public async Task A_certificate_near_its_end_is_said_in_time(int days, string expected)
    {
        var settings = Settings.Good(Path.Combine(folder, "data"));
        settings["DataProtection:Certificate"] = TestKeys.New(folder, TimeSpan.FromDays(days));
        var (code, said) = await RunAsync(settings);
        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.Equal(days < 0 ? 1 : 0, code);
    }

    [Fact]
    public async Task A_changed_audit_trail_and_a_newer_schema_are_errors()
    {
        var settings = Settings.Good(folder);
        using (var service = new ServiceHost(settings))
        {
            for (var n = 0; n < 3; n++) await service.Get<AuditTrail>().RecordAsync(new("view", $"u{n}", "done"), default);
            await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            await db.Database.ExecuteSqlRawAsync("DROP TRIGGER audit_is_append_only_update");
            await db.Database.ExecuteSqlRawAsync("UPDATE audit SET actor = 'someone else' WHERE number = 2");
            await db.Database.ExecuteSqlRawAsync("INSERT INTO schema_script (number, name, hash, applied_at) VALUES (9999, 'x', 'y', 0)");
        }
        var (code, said) = await RunAsync(settings);
        Assert.Equal(1, code);
        Assert.Matches("(?m)^  error +schema +the database has script 9999", said);
        Assert.Matches("(?m)^  error +audit trail +row 2 ", said);
    }

    [Fact]
    public async Task An_EHR_that_does_not_answer_and_a_database_that_is_none_are_errors_without_secrets()
    {
        var settings = Settings.Good(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "biopsyfhir.db"), "no database, but long enough to be looked at: " + new string('x', 5000));
        (settings["Ehrs:0:Id"], settings["Ehrs:0:Issuer"], settings["Ehrs:0:ClientId"]) = ("north", "http://127.0.0.1:9/fhir", "x");
        (settings["Ehrs:0:ClientAuth"], settings["Ehrs:0:ClientSecret"]) = ("secret", "hush-hush");
        var (code, said) = await RunAsync(settings);
        Assert.Equal(1, code);
        Assert.Matches("(?m)^  error +EHR north ", said);
        Assert.Matches("(?m)^  error +database ", said);
        Assert.DoesNotContain("hush", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "OK")]
    [InlineData(-20, "OK")]
    [InlineData(31, "warning")]
    [InlineData(-170, "warning")]
    [InlineData(181, "error")]
    [InlineData(-100000, "error")]
    public void Clocks_that_differ_are_judged_by_how_long_a_token_lives(int seconds, string word) =>
        Assert.Equal(word, CheckClock.Of("theirs", TimeSpan.FromSeconds(seconds)).Word);

    [Fact]
    public void A_disk_that_fills_is_a_warning_before_it_is_an_error()
    {
        Assert.Equal(["OK", "warning", "error"], new[] { 5L << 30, 500L << 20, 50L << 20 }.Select(free => CheckFolder.Space(free).Word));
    }

    private static async Task<(int Code, string Words)> RunAsync(Dictionary<string, string?> settings)
    {
        var (options, faults) = Settings.Read(settings);
        using var words = new StringWriter();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        return (await DoctorCommand.RunAsync(["doctor"], builder, options, faults, TimeProvider.System, words, words), words.ToString());
    }
}
