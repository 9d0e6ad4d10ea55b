using System.Text.Json;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Privacy;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Operate;
using BiopsyFhir.Api.Tests.Security;
using BiopsyFhir.Api.Tests.Smart;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Privacy;

/// <summary>Two patients launched and signed; one of them asks what is held about her, and for its end.</summary>
public sealed class PatientCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("biopsyfhir-patient-").FullName;
    private SmartWorld world = null!;

    public async Task InitializeAsync()
    {
        world = await SmartWorld.StartAsync(("Database:Folder", Path.Combine(folder, "data")));
        _ = new MarkedEhr(world.Ehr);
        foreach (var patient in (string[])[MarkedEhr.One, MarkedEhr.Two])
        {
            world.Ehr.TokenFields["patient"] = patient;
            await world.Browser.SignAsync(await world.Browser.LaunchAsync(world.Ehr));
            await using var db = await DatabaseAsync();
            db.BiopsyWatch.Add(new() { EhrId = "north", Patient = $"Patient/{patient}", OrderRef = $"ServiceRequest/{patient}", BiopsyDate = "2026-03-18", Open = true, SeenAt = world.Host.Clock.GetUtcNow() });
            db.Deliveries.Add(new()
            {
                Id = $"delivery-of-{patient}",
                EhrId = "north",
                Patient = $"Patient/{patient}",
                OrderRef = $"ServiceRequest/{patient}",
                Kind = "reminder-hold",
                BiopsyDate = "2026-03-18",
                Payload = world.Host.Get<IDataProtectionProvider>().CreateProtector("delivery").Protect(JsonSerializer.Serialize(new DeliveryPayload($"Words for {patient}", "t", "Practitioner/1", null))),
                DueAt = world.Host.Clock.GetUtcNow().AddDays(3),
                CreatedAt = world.Host.Clock.GetUtcNow(),
            });
            await db.SaveChangesAsync();
        }
    }

    public async Task DisposeAsync()
    {
        await world.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_held_about_one_patient_is_written_out_and_nothing_of_another()
    {
        var file = Path.Combine(folder, "hers.json");
        var (code, said) = await RunAsync("export-patient", "north", MarkedEhr.One, file);
        Assert.True(code is 0, said);
        var text = await File.ReadAllTextAsync(file);
        using var json = JsonDocument.Parse(text);
        foreach (var kind in (string[])["sessions", "deliveries", "biopsies", "receipts", "ledger"]) Assert.NotEqual(0, json.RootElement.GetProperty(kind).GetArrayLength());
        Assert.Contains(json.RootElement.GetProperty("audit").GetProperty("rows").EnumerateArray(), r => r.GetProperty("action").GetString() == "launch");
        Assert.Contains($"Words for {MarkedEhr.One}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(MarkedEhr.Two, text, StringComparison.Ordinal);
        Assert.DoesNotContain(MarkedEhr.TokenMark, text, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(1, (await RunAsync("export-patient", "north", MarkedEhr.One, file)).Code); // never over another file
        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Erasing_says_first_what_it_would_do_and_keeps_what_she_still_waits_for_unless_told()
    {
        var before = await CountAsync();
        var (waits, why) = await RunAsync("erase-patient", "north", MarkedEhr.One, "--yes");
        Assert.Equal(1, waits);
        Assert.Contains("still to come: reminder-hold for the biopsy of 2026-03-18", why, StringComparison.Ordinal);
        var (asked, would) = await RunAsync("erase-patient", "north", MarkedEhr.One, "--with-queued");
        Assert.Equal(0, asked);
        Assert.Contains("With --yes it is done", would, StringComparison.Ordinal);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task Erased_she_is_nowhere_and_the_other_is_untouched_and_the_trail_still_holds()
    {
        var pseudonym = await PseudonymAsync(MarkedEhr.One);
        Assert.NotNull(pseudonym);
        var (code, said) = await RunAsync("erase-patient", "north", $"Patient/{MarkedEhr.One}", "--yes", "--with-queued");
        Assert.True(code is 0, said);

        await using (var db = await DatabaseAsync())
        {
            Assert.Equal([$"Patient/{MarkedEhr.Two}"], await db.Deliveries.Select(d => d.Patient).ToListAsync());
            Assert.Equal([$"Patient/{MarkedEhr.Two}"], await db.BiopsyWatch.Select(d => d.Patient).ToListAsync());
            Assert.Equal(1, await db.Sessions.CountAsync());
            Assert.NotEmpty(await db.WriteReceipts.ToListAsync());
            Assert.Equal(["launch", "erase-patient"], (await db.Audit.Where(r => r.Target == pseudonym).OrderBy(r => r.Number).ToListAsync()).Select(r => r.Action));
            await db.Database.ExecuteSqlRawAsync("VACUUM");
            await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        Assert.Null(await PseudonymAsync(MarkedEhr.One));
        Assert.NotNull(await PseudonymAsync(MarkedEhr.Two));
        Assert.Empty((await world.Host.Get<AuditTrail>().VerifyAsync(null, default)).Faults);
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "data")))
            Assert.DoesNotContain(MarkedEhr.One, await ReadAsync(file), StringComparison.Ordinal);

        var (again, nothing) = await RunAsync("erase-patient", "north", MarkedEhr.One, "--yes");
        Assert.Equal((0, "Nothing is held about this patient."), (again, nothing.Trim()));
        // The same plan of the other patient is still known, and not written twice.
        var (_, hers) = await RunAsync("erase-patient", "north", MarkedEhr.Two, "--with-queued");
        Assert.DoesNotContain(" 0 receipts", hers, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 keys", hers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_plan_is_being_written_nothing_is_erased()
    {
        await using (var db = await DatabaseAsync())
        {
            var session = (await db.Audit.FirstAsync(r => r.Action == "launch")).SessionId!;
            db.WriteIntents.Add(new() { Id = "i", SessionId = session, Confirmation = "x", Node = "n", HeldUntil = world.Host.Clock.GetUtcNow(), CreatedAt = world.Host.Clock.GetUtcNow() });
            await db.SaveChangesAsync();
        }
        var before = await CountAsync();
        Assert.Equal(1, (await RunAsync("erase-patient", "north", MarkedEhr.One, "--yes", "--with-queued")).Code);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task A_command_line_that_makes_no_sense_changes_nothing()
    {
        foreach (var args in (string[][])[["export-patient", "north"], ["export-patient", "north", "1"], ["erase-patient", "north", "1/../2"], ["erase-patient", "north", "1", "2"]])
            Assert.Equal(2, (await RunAsync(args)).Code);
    }

    private static async Task<string> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private Task<ServiceDb> DatabaseAsync() => world.Host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();

    private async Task<string?> PseudonymAsync(string patient)
    {
        await using var db = await DatabaseAsync();
        return (await db.AuditPatients.SingleOrDefaultAsync(r => r.Patient == $"Patient/{patient}"))?.Pseudonym;
    }

    private async Task<(int, int, int, int, int)> CountAsync()
    {
        await using var db = await DatabaseAsync();
        return (await db.Sessions.CountAsync(), await db.Deliveries.CountAsync(), await db.WriteReceipts.CountAsync(), await db.WriteLedger.CountAsync(), await db.AuditPatients.CountAsync());
    }

    private async Task<(int Code, string Said)> RunAsync(params string[] args)
    {
        var settings = Settings.Good(Path.Combine(folder, "data"));
        (settings["Ehrs:0:Id"], settings["Ehrs:0:Issuer"]) = ("north", world.Ehr.FhirBase);
        var (options, faults) = Settings.Read(settings);
        using var said = new StringWriter();
        return (await PatientCommand.RunAsync(args, options, faults, TimeProvider.System, said, said), said.ToString());
    }
}
