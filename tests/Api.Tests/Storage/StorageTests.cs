using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Tests.Storage;

/// <summary>What storage promises, on SQLite and, where this machine has it, on PostgreSQL.</summary>
public sealed class StorageTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncDisposable
{
    private readonly List<ServiceHost> hosts = [];

    public static TheoryData<string> Providers => PostgresServer.Installed ? ["sqlite", "postgres"] : ["sqlite"];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
    }

    [PostgresFact]
    public void PostgreSQL_is_here_so_that_storage_is_tested_on_it() => Assert.Equal(2, Providers.Count);

    [Fact]
    public async Task The_SQLite_file_is_for_its_owner_only_and_waits_for_the_disk()
    {
        var host = Start("sqlite");
        await using var db = await DatabaseAsync(host);
        await db.Sessions.AnyAsync();
        Assert.True(File.Exists(Path.Combine(host.Folder, "biopsyfhir.db")));
        Assert.Equal("wal", await ScalarAsync<string>(db, "PRAGMA journal_mode"));
        Assert.Equal(2L, await ScalarAsync<long>(db, "PRAGMA synchronous")); // 2 = FULL
        if (OperatingSystem.IsWindows()) return; // there the folder's access list decides
        foreach (var path in Directory.GetFiles(host.Folder, "biopsyfhir.db*"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task The_scripts_make_exactly_the_columns_of_the_model(string provider)
    {
        var host = Start(provider);
        await using var db = await DatabaseAsync(host);
        foreach (var entity in db.Model.GetEntityTypes())
        {
            var table = entity.GetTableName()!;
            var expected = entity.GetProperties().Select(p => p.GetColumnName()).Order(StringComparer.Ordinal);
            Assert.Equal(expected, (await ColumnsAsync(db, provider, table)).Order(StringComparer.Ordinal));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_second_start_applies_nothing_again_and_a_changed_script_is_refused(string provider)
    {
        var host = Start(provider);
        await host.Get<ApplyScripts>().RunAsync(default);
        await using var db = await DatabaseAsync(host);
        await db.Database.ExecuteSqlRawAsync("UPDATE schema_script SET hash = 'other' WHERE number = 1");
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => host.Get<ApplyScripts>().RunAsync(default));
        Assert.Contains("0001_", refused.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_database_used_by_a_newer_version_is_refused(string provider)
    {
        var host = Start(provider);
        await using var db = await DatabaseAsync(host);
        await db.Database.ExecuteSqlRawAsync("INSERT INTO schema_script (number, name, hash, applied_at) VALUES (9999, 'x', 'y', 0)");
        var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => host.Get<ApplyScripts>().RunAsync(default));
        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_newer_version_that_only_added_tables_and_columns_can_be_worked_beside(string provider)
    {
        var host = Start(provider);
        await using var db = await DatabaseAsync(host);
        await db.Database.ExecuteSqlRawAsync("CREATE TABLE of_a_newer_version (id text PRIMARY KEY)");
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE write_receipt ADD COLUMN of_a_newer_version text");
        await db.Database.ExecuteSqlRawAsync($"INSERT INTO schema_script (number, name, hash, applied_at) VALUES (9999, 'x{SchemaScript.AdditiveMark}', 'y', 0)");
        await host.Get<ApplyScripts>().RunAsync(default);
        db.WriteReceipts.Add(new() { EhrId = "e", AskedBy = "s", Kind = "CarePlan", State = "created" });
        await db.SaveChangesAsync();
        Assert.Single(await db.WriteReceipts.AsNoTracking().ToListAsync());
    }

    [Theory]
    [InlineData("CREATE TABLE t (a text); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE u ADD COLUMN b text; -- DROP TABLE x", true)]
    [InlineData("ALTER TABLE u ADD COLUMN b integer NOT NULL DEFAULT 0", true)]
    [InlineData("ALTER TABLE u ADD COLUMN b integer NOT NULL", false)]
    [InlineData("ALTER TABLE u ADD COLUMN b text UNIQUE", false)]
    [InlineData("CREATE UNIQUE INDEX i ON u (b)", false)]
    [InlineData("ALTER TABLE u DROP COLUMN b", false)]
    [InlineData("ALTER TABLE u ADD COLUMN b text, DROP COLUMN c", false)]
    [InlineData("UPDATE u SET b = 1", false)]
    [InlineData("CREATE TRIGGER t BEFORE INSERT ON u BEGIN SELECT 1; END", false)]
    public void A_script_only_adds_when_the_older_version_notices_nothing(string sql, bool adds) => Assert.Equal(adds, SchemaChange.OnlyAdds(sql));

    [Fact]
    public void Every_script_after_the_first_only_adds_or_says_that_it_does_not()
    {
        foreach (var provider in new[] { Api.Configuration.DatabaseProvider.Sqlite, Api.Configuration.DatabaseProvider.Postgres })
            foreach (var script in SchemaScript.For(provider).Where(s => s.Number > 1 && !SchemaChange.OnlyAdds(s.Sql)))
                Assert.Contains("not additive", script.Sql, StringComparison.Ordinal); // and docs/operate.md says how to upgrade past it
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Nodes_that_start_together_apply_each_script_once(string provider)
    {
        var host = Start(provider);
        await using var db = await DatabaseAsync(host);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => host.Get<ApplyScripts>().RunAsync(default))));
        Assert.Equal(1L, await ScalarAsync<long>(db, "SELECT count(*) FROM schema_script WHERE number = 1"));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_token_id_counts_once_also_when_two_arrive_at_the_same_moment(string provider)
    {
        var host = Start(provider);
        var seen = host.Get<SeenTokens>();
        var expires = host.Clock.GetUtcNow().AddMinutes(5);
        var firsts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => seen.FirstUseAsync("https://ehr", "jti-1", expires, default))));
        Assert.Single(firsts, first => first);
        Assert.True(await seen.FirstUseAsync("https://other", "jti-1", expires, default));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Token_ids_that_arrive_together_are_each_answered_for_themselves(string provider)
    {
        var seen = Start(provider).Get<SeenTokens>();
        var expires = DateTimeOffset.UnixEpoch.AddYears(60);
        Assert.True(await seen.FirstUseAsync("https://ehr", "old", expires, default));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        // Ten new ones, each twice, an old one, and somebody who does not wait for the answer.
        var asked = Enumerable.Range(0, 20).Select(n => $"new-{n / 2}").Append("old").ToList();
        var answers = await Task.WhenAll(asked.Select(id => Task.Run(() => seen.FirstUseAsync("https://ehr", id, expires, default))));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => seen.FirstUseAsync("https://ehr", "gave-up", expires, gone.Token));
        Assert.All(asked.Zip(answers).GroupBy(a => a.First), one => Assert.Equal(one.Key == "old" ? 0 : 1, one.Count(a => a.Second)));
        Assert.True(await seen.FirstUseAsync("https://ehr", "after", expires, default));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task The_audit_trail_is_one_chain_also_with_writers_at_the_same_moment(string provider)
    {
        var host = Start(provider);
        var audit = host.Get<AuditTrail>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => audit.RecordAsync(new("view", $"user-{n}", "done"), default))));
        await using var db = await DatabaseAsync(host);
        Assert.Equal(Enumerable.Range(1, 8).Select(n => (long)n), await db.Audit.OrderBy(r => r.Number).Select(r => r.Number).ToListAsync());
        Assert.Empty((await audit.VerifyAsync(null, default)).Faults);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Entries_written_together_stand_in_their_order_and_follow_from_those_before(string provider)
    {
        var host = Start(provider);
        var audit = host.Get<AuditTrail>();
        await audit.RecordAsync(new("view", "user-0", "done"), default);
        await audit.RecordAllAsync([.. Enumerable.Range(1, 5).Select(n => new AuditEntry("hook", $"user-{n}", "done", "ehr", Target: "order-sign Patient/1"))], default);
        await using var db = await DatabaseAsync(host);
        var rows = await db.Audit.OrderBy(r => r.Number).ToListAsync();
        Assert.Equal(Enumerable.Range(0, 6).Select(n => (n + 1L, $"user-{n}")), rows.Select(r => (r.Number, r.Actor)));
        Assert.DoesNotContain("Patient/1", Assert.Single(rows.Skip(1).Select(r => r.Target).Distinct()), StringComparison.Ordinal); // one pseudonym for all
        Assert.Empty((await audit.VerifyAsync(null, default)).Faults);
        Assert.Equal(6, (await audit.HeadAsync(default)).Number);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task The_audit_trail_refuses_change_and_removal(string provider)
    {
        var host = Start(provider);
        await host.Get<AuditTrail>().RecordAsync(new("view", "user", "done"), default);
        await using var db = await DatabaseAsync(host);
        var changed = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.Database.ExecuteSqlRawAsync("UPDATE audit SET actor = 'nobody'"));
        Assert.Contains("append-only", changed.Message, StringComparison.Ordinal);
        var removed = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.Database.ExecuteSqlRawAsync("DELETE FROM audit"));
        Assert.Contains("append-only", removed.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_row_changed_behind_the_triggers_shows(string provider)
    {
        var host = Start(provider);
        var audit = host.Get<AuditTrail>();
        for (var n = 0; n < 3; n++) await audit.RecordAsync(new("view", $"user-{n}", "done"), default);
        await using var db = await DatabaseAsync(host);
        await db.Database.ExecuteSqlRawAsync(provider is "postgres"
            ? "ALTER TABLE audit DISABLE TRIGGER ALL" : "DROP TRIGGER audit_is_append_only_update");
        await db.Database.ExecuteSqlRawAsync("UPDATE audit SET actor = 'someone else' WHERE number = 2");
        Assert.Equal(["row 2 was changed"], (await audit.VerifyAsync(null, default)).Faults);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Retention_removes_what_expired_and_nothing_else(string provider)
    {
        var host = Start(provider);
        var now = host.Clock.GetUtcNow();
        await using (var db = await DatabaseAsync(host))
        {
            foreach (var (name, expires) in new[] { ("old", now.AddSeconds(-1)), ("new", now.AddMinutes(1)) })
            {
                db.PendingLaunches.Add(new() { StateHash = name, CreatedAt = now, ExpiresAt = expires });
                db.Sessions.Add(new() { Id = name, CreatedAt = now, LastUsedAt = now, ExpiresAt = expires });
                db.SeenTokens.Add(new() { Issuer = name, JtiHash = name, ExpiresAt = expires });
            }
            await db.SaveChangesAsync();
        }
        Assert.Equal(3, await host.Get<Retention>().RunAsync(default));
        await using var after = await DatabaseAsync(host);
        Assert.Equal(["new"], await after.PendingLaunches.Select(r => r.StateHash).ToListAsync());
        Assert.Equal(["new"], await after.Sessions.Select(r => r.Id).ToListAsync());
        // The service leaves a token id of its own when it warms up.
        Assert.Equal(["new"], await after.SeenTokens.Where(r => r.Issuer != "warm-up").Select(r => r.Issuer).ToListAsync());
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task The_keys_in_the_database_are_wrapped(string provider)
    {
        var host = Start(provider);
        using var client = host.Client();
        using var ready = await client.GetAsync("/health/ready");
        await using var db = await DatabaseAsync(host);
        var key = Assert.Single(await db.ProtectionKeys.ToListAsync());
        Assert.Contains("EncryptedData", key.Xml, StringComparison.Ordinal);
        Assert.DoesNotContain("<masterKey", key.Xml, StringComparison.Ordinal);
    }

    private ServiceHost Start(string provider)
    {
        var host = new ServiceHost(provider is "sqlite" ? [] : new Dictionary<string, string?>
        {
            ["Database:Provider"] = "postgres",
            ["Database:ConnectionString"] = postgres.NewDatabase(),
        });
        hosts.Add(host);
        return host;
    }

    private static Task<ServiceDb> DatabaseAsync(ServiceHost host) => host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();

    private static async Task<T> ScalarAsync<T>(ServiceDb db, string sql)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // constants of this test
        command.CommandText = sql;
#pragma warning restore CA2100
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<List<string>> ColumnsAsync(ServiceDb db, string provider, string table) => await db.Database.SqlQueryRaw<string>(
        provider is "postgres"
            ? "SELECT column_name AS \"Value\" FROM information_schema.columns WHERE table_name = {0}"
            : "SELECT name AS Value FROM pragma_table_info({0})", table).ToListAsync();
}
