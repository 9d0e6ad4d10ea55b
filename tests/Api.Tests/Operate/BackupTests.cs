using System.Text.Json;
using BiopsyFhir.Api.Backup;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Operate;

/// <summary>What was written is there again after a restore: on SQLite, and on PostgreSQL with its own programs.</summary>
public sealed class BackupTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("biopsyfhir-backup-").FullName;

    public static TheoryData<string> Providers => PostgresServer.Installed ? ["sqlite", "postgres"] : ["sqlite"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory, MemberData(nameof(Providers))]
    public async Task A_restore_finds_the_same_plans_and_receipts_and_ends_the_sessions_of_that_time(string provider)
    {
        var (from, to, file) = (Place(provider, "from"), Place(provider, "to"), Path.Combine(folder, "backup"));
        string[] before;
        using (var service = new ServiceHost(from))
        {
            await FillAsync(service);
            before = await ContentAsync(service);
            var (code, said) = await RunAsync(from, "backup", file); // while it runs
            Assert.True(code is 0, said);
            await service.Get<AuditTrail>().RecordAsync(new("view", "after-the-backup", "done"), default);
        }
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var (restored, words) = await RunAsync(to, "restore", file);
        Assert.True(restored is 0, words);

        using var again = new ServiceHost(to);
        Assert.Equal(before, await ContentAsync(again));
        Assert.Empty((await again.Get<AuditTrail>().VerifyAsync(null, default)).Faults);
        await using var db = await again.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        Assert.Empty(await db.Sessions.ToListAsync());
        Assert.All(await db.Deliveries.ToListAsync(), row => Assert.Equal(DateTimeOffset.UnixEpoch, row.LeaseUntil));
        // The queued words open with the same certificate.
        Assert.Equal("Stop apixaban on Monday.", again.Get<QueueDeliveries>().Unprotect((await db.Deliveries.SingleAsync(d => d.Id == "d1")).Payload!).Text);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_used_database_is_replaced_only_when_that_is_said(string provider)
    {
        var (place, file) = (Place(provider, "one"), Path.Combine(folder, "backup"));
        using (var service = new ServiceHost(place))
        {
            await FillAsync(service);
            Assert.Equal(0, (await RunAsync(place, "backup", file)).Code);
            await service.Get<AuditTrail>().RecordAsync(new("view", "after-the-backup", "done"), default);
        }
        var (refused, why) = await RunAsync(place, "restore", file);
        Assert.Equal(1, refused);
        Assert.Contains("--replace", why, StringComparison.Ordinal);
        Assert.Equal(2, await AuditAsync(place));

        var (done, words) = await RunAsync(place, "restore", file, "--replace");
        Assert.True(done is 0, words);
        Assert.Equal(1, await AuditAsync(place));
        if (provider is "sqlite") Assert.Single(Directory.GetFiles(place["Database:Folder"]!, "biopsyfhir.db.before-restore-*"));
    }

    [Fact]
    public async Task A_restore_under_the_running_service_is_refused_and_changes_nothing()
    {
        var (place, file) = (Place("sqlite", "one"), Path.Combine(folder, "backup"));
        using var service = new ServiceHost(place);
        await FillAsync(service);
        Assert.Equal(0, (await RunAsync(place, "backup", file)).Code);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools(); // between two requests it may have no connection open
        var (code, why) = await RunAsync(place, "restore", file, "--replace");
        Assert.Equal(1, code);
        Assert.Contains("Stop the service", why, StringComparison.Ordinal);
        await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        Assert.Single(await db.WriteReceipts.ToListAsync());
        Assert.Single(await db.Sessions.Where(s => s.Id == "s1").ToListAsync());
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_backup_never_replaces_another_and_a_bad_file_is_not_taken(string provider)
    {
        var (place, file) = (Place(provider, "one"), Path.Combine(folder, "backup"));
        using (var service = new ServiceHost(place)) await FillAsync(service);
        await File.WriteAllTextAsync(file, "precious");
        Assert.Equal(1, (await RunAsync(place, "backup", file)).Code);
        Assert.Equal("precious", await File.ReadAllTextAsync(file));
        Assert.False(File.Exists(file + ".partial"));
        Assert.Equal(1, (await RunAsync(Place(provider, "two"), "restore", file)).Code);
        Assert.Equal(1, (await RunAsync(Place(provider, "two"), "restore", file + "-not-there")).Code);
    }

    [Fact]
    public async Task A_truncated_SQLite_backup_is_not_taken()
    {
        var (place, file) = (Place("sqlite", "one"), Path.Combine(folder, "backup"));
        using (var service = new ServiceHost(place)) await FillAsync(service);
        Assert.Equal(0, (await RunAsync(place, "backup", file)).Code);
        var bytes = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)]);
        var (code, why) = await RunAsync(Place("sqlite", "two"), "restore", file);
        Assert.Equal(1, code);
        Assert.Contains("damaged", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_of_a_newer_version_is_refused_and_a_sandbox_has_nothing_to_keep()
    {
        var (place, file) = (Place("sqlite", "one"), Path.Combine(folder, "backup"));
        using (var service = new ServiceHost(place))
        {
            await FillAsync(service);
            await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
            await db.Database.ExecuteSqlRawAsync("INSERT INTO schema_script (number, name, hash, applied_at) VALUES (9999, 'x', 'y', 0)");
        }
        var (code, why) = await RunAsync(place, "backup", file);
        Assert.Equal(1, code);
        Assert.Contains("9999", why, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Equal(2, (await RunAsync(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" }, "backup", file)).Code);
    }

    private Dictionary<string, string?> Place(string provider, string name)
    {
        var settings = Settings.Good(Path.Combine(folder, name));
        if (provider is "postgres") (settings["Database:Provider"], settings["Database:ConnectionString"]) = ("postgres", postgres.NewDatabase());
        return settings;
    }

    private static async Task<(int Code, string Words)> RunAsync(Dictionary<string, string?> settings, params string[] args)
    {
        var (options, faults) = Settings.Read(settings);
        using var words = new StringWriter();
        return (await BackupCommand.RunAsync(args, options, faults, TimeProvider.System, words, words), words.ToString());
    }

    private static async Task FillAsync(ServiceHost service)
    {
        await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        var (now, protector) = (service.Clock.GetUtcNow(), service.Get<IDataProtectionProvider>().CreateProtector("delivery"));
        db.Sessions.Add(new() { Id = "s1", EhrId = "north", CreatedAt = now, LastUsedAt = now, ExpiresAt = now.AddHours(1) });
        db.WriteLedger.Add(new() { CreationKey = "urn:biopsyfhir:plan|1", SeriesKey = "urn:biopsyfhir:plan-series|1", ConfirmedAt = now, Completed = true, Reference = "CarePlan/7" });
        db.WriteReceipts.Add(new() { EhrId = "north", AskedBy = "s1", Kind = "CarePlan", Part = "plan", State = "created", Reference = "CarePlan/7", At = now });
        db.Deliveries.Add(new()
        {
            Id = "d1",
            EhrId = "north",
            Patient = "Patient/1",
            Kind = "reminder-hold",
            State = "queued",
            DueAt = now.AddDays(40),
            CreatedAt = now,
            LeaseUntil = now.AddMinutes(3),
            Payload = protector.Protect(JsonSerializer.Serialize(new DeliveryPayload("Stop apixaban on Monday.", "Your biopsy", "Practitioner/1", null))),
        });
        await db.SaveChangesAsync();
        await service.Get<AuditTrail>().RecordAsync(new("write", "Practitioner/1", "done", "north", "s1", "CarePlan/7"), default);
    }

    private static async Task<string[]> ContentAsync(ServiceHost service)
    {
        await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        return
        [
            .. (await db.WriteLedger.ToListAsync()).Select(r => JsonSerializer.Serialize(r)),
            .. (await db.WriteReceipts.ToListAsync()).Select(r => JsonSerializer.Serialize(r)),
            .. (await db.Audit.OrderBy(r => r.Number).ToListAsync()).Select(r => JsonSerializer.Serialize(r)),
            .. (await db.Deliveries.ToListAsync()).Select(r => $"{r.Id} {r.State} {r.DueAt:O} {r.Payload}"),
        ];
    }

    private static async Task<int> AuditAsync(Dictionary<string, string?> place)
    {
        using var service = new ServiceHost(place);
        await using var db = await service.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        return await db.Audit.CountAsync();
    }
}
