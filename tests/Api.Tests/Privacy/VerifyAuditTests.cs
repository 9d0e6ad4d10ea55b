using System.Data.Common;
using BiopsyFhir.Api.Privacy;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Operate;
using BiopsyFhir.Api.Tests.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace BiopsyFhir.Api.Tests.Privacy;

/// <summary>Somebody with all rights on the database changes what was recorded; the command sees it.</summary>
public sealed class VerifyAuditTests(PostgresServer postgres, VerifyAuditTests.Sample sample) : IClassFixture<PostgresServer>, IClassFixture<VerifyAuditTests.Sample>, IDisposable
{
    /// <summary>A database with six rows, made once.</summary>
    public sealed class Sample : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("biopsyfhir-audit-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    private readonly string folder = Directory.CreateTempSubdirectory("biopsyfhir-audit-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string, string, string?> Tampering => new()
    {
        { "nothing", "", null },
        { "a word of a row", "UPDATE audit SET actor = 'somebody else' WHERE number = 3", "row 3 was changed" },
        { "the time of a row", "UPDATE audit SET at = at + 1 WHERE number = 3", "row 3 was changed" },
        { "a row taken out", "DELETE FROM audit WHERE number = 3", "row 3 is missing" },
        { "a row taken out and the others moved up", "DELETE FROM audit WHERE number = 3; UPDATE audit SET number = number - 1 WHERE number > 3", "row 3 does not follow" },
        { "the first row taken out", "DELETE FROM audit WHERE number = 1", "row 1 is missing" },
        { "two rows exchanged", "UPDATE audit SET number = 99 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 99", "row 3 does not follow" },
        { "the end cut off", "DELETE FROM audit WHERE number > 4", "row 6, with which the trail ended, is gone: the last one here is 4" },
        { "everything taken out", "DELETE FROM audit", "row 6, with which the trail ended, is gone: the last one here is 0" },
    };

    [Theory, MemberData(nameof(Tampering))]
    public async Task Each_kind_of_tampering_shows(string what, string sql, string? seen)
    {
        var settings = await FilledAsync(Settings.Good(Path.Combine(folder, "a")), sql);
        var (code, said) = await RunAsync(settings);
        Assert.True(code == (seen is null ? 0 : 1), $"{what}: {said}");
        Assert.Contains(seen is null ? "unbroken" : $"broken: {seen}", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_PostgreSQL_too()
    {
        if (!PostgresServer.Installed) return; // said visibly in StorageTests
        foreach (var (what, sql, seen) in new[] { ("nothing", "", "unbroken"), ("changed", "UPDATE audit SET actor = 'x' WHERE number = 2", "row 2 was changed"), ("cut off", "DELETE FROM audit WHERE number > 4", "row 6, with which") })
        {
            var settings = Settings.Good(Path.Combine(folder, what));
            (settings["Database:Provider"], settings["Database:ConnectionString"]) = ("postgres", postgres.NewDatabase());
            await FilledAsync(settings, sql);
            var (_, said) = await RunAsync(settings);
            Assert.Contains(seen, said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_trail_cut_off_together_with_its_record_of_the_end_shows_against_the_end_that_was_kept()
    {
        var settings = await FilledAsync(Settings.Good(Path.Combine(folder, "a")), "");
        var kept = (await RunAsync(settings)).Said.Split('\n').Single(line => AuditHead.Read(line.Trim()) is not null).Trim();
        Assert.StartsWith("6:", kept, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(settings, kept)).Code);

        await TamperAsync(settings, "DELETE FROM audit WHERE number > 4; UPDATE audit_head SET number = 4, hash = (SELECT hash FROM audit WHERE number = 4)");
        Assert.Equal(0, (await RunAsync(settings)).Code); // by itself the database looks whole
        var (code, said) = await RunAsync(settings, kept);
        Assert.Equal(1, code);
        Assert.Contains("row 6 of the end that was kept is gone", said, StringComparison.Ordinal);

        using (var service = new ServiceHost(settings)) for (var n = 0; n < 4; n++) await service.Get<AuditTrail>().RecordAsync(new("view", "later", "done"), default);
        var (grown, words) = await RunAsync(settings, kept);
        Assert.Equal(1, grown);
        Assert.Contains("row 6 of the end that was kept is another one now", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_says_where_the_trail_ends_for_a_log_that_is_kept_elsewhere()
    {
        var settings = await FilledAsync(Settings.Good(Path.Combine(folder, "a")), "");
        using var service = new ServiceHost(settings);
        _ = service.Address;
        for (var wait = 0; wait < 600 && !service.Log.Any(line => line.Contains("The audit trail ends with 6:", StringComparison.Ordinal)); wait++) await Task.Delay(100);
        var line = Assert.Single(service.Log, l => l.Contains("The audit trail ends with", StringComparison.Ordinal));
        Assert.NotNull(AuditHead.Read(line[line.IndexOf("6:", StringComparison.Ordinal)..].Trim()));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("6:abc")]
    [InlineData("a", "b")]
    public async Task A_command_line_that_makes_no_sense_is_answered_with_how_it_goes(params string[] words)
    {
        var (code, said) = await RunAsync(Settings.Good(Path.Combine(folder, "a")), words);
        Assert.Equal((2, VerifyAuditCommand.Usage), (code, said.Trim()));
    }

    [Fact]
    public async Task Without_a_database_nothing_is_made_and_that_is_said()
    {
        var data = Path.Combine(folder, "none");
        var (code, said) = await RunAsync(Settings.Good(data));
        Assert.Equal(1, code);
        Assert.Contains("no database", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(data));
    }

    private async Task<Dictionary<string, string?>> FilledAsync(Dictionary<string, string?> settings, string sql)
    {
        var (postgresql, filled) = (settings.ContainsKey("Database:ConnectionString"), Path.Combine(sample.Folder, "biopsyfhir.db"));
        if (postgresql || !File.Exists(filled))
        {
            var place = postgresql ? settings : new Dictionary<string, string?>(settings) { ["Database:Folder"] = sample.Folder };
            using var service = new ServiceHost(place);
            for (var n = 1; n <= 6; n++) await service.Get<AuditTrail>().RecordAsync(new("view", $"Practitioner/{n}", "done", "north", null, $"Patient/{n % 2}"), default);
        }
        if (!postgresql)
        {
            SqliteConnection.ClearAllPools(); // the last one to close puts everything into the one file
            Directory.CreateDirectory(settings["Database:Folder"]!);
            File.Copy(filled, Path.Combine(settings["Database:Folder"]!, "biopsyfhir.db"));
        }
        if (sql is not "") await TamperAsync(settings, sql);
        return settings;
    }

    private static async Task TamperAsync(Dictionary<string, string?> settings, string sql)
    {
        await using var connection = settings.TryGetValue("Database:ConnectionString", out var text) ? new NpgsqlConnection(text)
            : (DbConnection)new SqliteConnection($"Data Source={Path.Combine(settings["Database:Folder"]!, "biopsyfhir.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this test
        command.CommandText = (text is null ? "DROP TRIGGER IF EXISTS audit_is_append_only_update; DROP TRIGGER IF EXISTS audit_is_append_only_delete;" : "ALTER TABLE audit DISABLE TRIGGER ALL;") + sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<(int Code, string Said)> RunAsync(Dictionary<string, string?> settings, params string[] words)
    {
        var (options, faults) = Settings.Read(settings);
        using var said = new StringWriter();
        return (await VerifyAuditCommand.RunAsync(["verify-audit", .. words], options, faults, TimeProvider.System, said, said), said.ToString());
    }
}
