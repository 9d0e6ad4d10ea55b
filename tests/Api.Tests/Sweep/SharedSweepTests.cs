using System.Globalization;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Sweep;
using BiopsyFhir.Api.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Npgsql;

namespace BiopsyFhir.Api.Tests.Sweep;

/// <summary>One sweep by several machines: here by several runs of the command that see the same folders and the same PostgreSQL.</summary>
public sealed class SharedSweepTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private static readonly string[] s_results = ["findings.ndjson", "not-assessed.ndjson", "changes.ndjson", "summary.json", "summary.html"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("biopsyfhir-shared-sweep-");

    public void Dispose() => _folder.Delete(recursive: true);

    [PostgresFact]
    public async Task Three_machines_leave_what_one_leaves()
    {
        PatientsAsExport.Write(In("in"));
        var database = postgres.NewDatabase();
        var alone = await SweepAsync("alone", database);
        var together = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => SweepAsync("together", database, "--shared", "march"))));
        Assert.All(together.Append(alone), run => Assert.Equal((0, ""), (run.Code, run.Errors.Contains("not answer", StringComparison.Ordinal) ? run.Errors : "")));
        foreach (var name in s_results) Assert.Equal(await File.ReadAllTextAsync(In("alone", name)), await File.ReadAllTextAsync(In("together", name)));
        Assert.Equal(s_results.Append("asked.json").Order(), Directory.EnumerateFileSystemEntries(In("together")).Select(Path.GetFileName).Order());
        Assert.Equal(0L, await ScalarAsync(database, "SELECT count(*) FROM sweep_lease"));
    }

    [PostgresFact]
    public async Task A_piece_of_another_machine_is_left_alone_until_its_lease_is_over_and_then_taken_over()
    {
        PatientsAsExport.Write(In("in"));
        var database = postgres.NewDatabase();
        Assert.Equal(0, (await SweepAsync("alone", database, "--shared", "february")).Code);
        await ScalarAsync(database, "INSERT INTO sweep_lease VALUES ('march', 'assessed0003', 'killed', 'infinity')");

        var run = Task.Run(() => SweepAsync("shared", database, "--shared", "march"));
        var done = In("shared", "work", "done");
        while (!Directory.Exists(done) || Directory.EnumerateFiles(done, "assessed????").Count() < 7)
        {
            Assert.False(run.IsCompleted, "it was done with another machine's piece open");
            await Task.Delay(50);
        }
        await Task.Delay(1500);
        Assert.False(run.IsCompleted, "it was done with another machine's piece open");
        Assert.False(File.Exists(Path.Combine(done, "assessed0003")), "a piece was done whose lease another machine held");

        await ScalarAsync(database, "UPDATE sweep_lease SET lease_until = now() - interval '1 second' WHERE worker = 'killed'");
        Assert.Equal(0, (await run).Code);
        foreach (var name in s_results) Assert.Equal(await File.ReadAllTextAsync(In("alone", name)), await File.ReadAllTextAsync(In("shared", name)));
    }

    [PostgresFact]
    public async Task A_lease_is_one_workers_until_it_gives_it_back()
    {
        var database = await DatabaseAsync();
        using var first = Leases(database, "first");
        using var second = Leases(database, "second");
        Assert.True(first.TryTake("a"));
        Assert.False(second.TryTake("a"));
        Assert.False(first.TryTake("a")); // nor another thread's of the same worker
        second.Release("a");
        Assert.False(second.TryTake("a")); // what is another's cannot be given back
        first.Release("a");
        Assert.True(second.TryTake("a"));
    }

    [Fact]
    public void A_database_that_does_not_answer_gives_nothing_and_it_is_said_once()
    {
        var said = new List<string>();
        using var leases = new SweepLeases("Host=127.0.0.1;Port=1;Username=x;Timeout=1", "march", "one", said.Add, TimeProvider.System);
        Assert.False(leases.TryTake("a"));
        Assert.False(leases.TryTake("b"));
        Assert.StartsWith("The database does not answer", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_PostgreSQL_there_is_nothing_to_share_by()
    {
        PatientsAsExport.Write(In("in"));
        var run = await SweepAsync("shared", null, "--shared", "march");
        Assert.Equal(2, run.Code);
        Assert.Contains("needs PostgreSQL", run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("shared")));
    }

    private string In(params string[] path) => Path.Combine([_folder.FullName, .. path]);

    private async Task<(int Code, string Errors)> SweepAsync(string name, string? database, params string[] more)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var written = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = TextWriter.Synchronized(written);
        var code = await SweepCommand.RunAsync(["sweep", "--input", In("in"), "--out", In(name), "--as-of", "2026-06-03", "--compare", "P3", "--workers", "2", .. more],
            WebApplication.CreateBuilder(), Options(database), TimeProvider.System, output, errors);
        return (code, written.ToString());
    }

    private static SweepLeases Leases(string database, string worker) => new(database, "march", worker, _ => { }, TimeProvider.System);

    private async Task<string> DatabaseAsync()
    {
        var database = postgres.NewDatabase();
        await ScalarAsync(database, SchemaScript.For(DatabaseProvider.Postgres).Single(s => s.Name.EndsWith("sweep_leases.sql", StringComparison.Ordinal)).Sql);
        return database;
    }

    private ServiceOptions Options(string? database)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Sandbox:Enabled"] = "false",
            ["Facility:TimeZone"] = "UTC",
            ["Facility:ElevationMeters"] = "0",
            ["Database:Folder"] = In("data"),
        };
        if (database is not null) (settings["Database:Provider"], settings["Database:ConnectionString"]) = ("postgres", database);
        return ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
            new HostingEnvironment { EnvironmentName = Environments.Development, ContentRootPath = Path.GetTempPath() }).Options;
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
