using System.Diagnostics;
using System.Globalization;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Benchmarks.Measuring;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BiopsyFhir.Benchmarks;

/// <summary>
/// How many hook calls a second the database lets through: each call with a token commits one row before it is answered (its token id counts
/// once on all machines). Beside it the same row by a bare client, and the disk by itself. Elapsed times: it waits, it does not compute.
/// </summary>
internal static class DatabaseBenchmark
{
    /// <summary>Connection string of an empty PostgreSQL database with its usual, durable settings.</summary>
    private const string Where = "BENCHMARK_POSTGRES";

    public static readonly Benchmark Benchmark = new("database", Run);

    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(5);

    private static IEnumerable<string> Run()
    {
        if (Environment.GetEnvironmentVariable(Where) is not { Length: > 0 } connection)
        {
            yield return $"Not measured: set {Where} to the connection string of an empty PostgreSQL database.";
            yield break;
        }
        using var services = new ServiceCollection().AddPooledDbContextFactory<ServiceDb>(o => o.UseNpgsql(connection)).AddSingleton<SeenTokens>().BuildServiceProvider();
        using var source = NpgsqlDataSource.Create(connection);
        foreach (var script in SchemaScript.For(DatabaseProvider.Postgres)) Execute(source, script.Sql);
        var tokens = services.GetRequiredService<SeenTokens>();
        var expires = DateTimeOffset.UnixEpoch;

        yield return $"The disk alone, 8 KB written and flushed: {Flushes()} a second.";
        yield return "";
        yield return "| connections at once | token ids a second | bare inserts a second | ratio |";
        yield return "|---:|---:|---:|---:|";
        foreach (var atOnce in (int[])[1, 8, 32])
        {
            var number = 0;
            var ours = Rate(atOnce, () => tokens.FirstUseAsync("https://ehr.example", $"ours-{atOnce}-{Interlocked.Increment(ref number)}", expires, default));
            var bare = Rate(atOnce, async () =>
            {
                await using var command = source.CreateCommand("INSERT INTO seen_token (issuer, jti_hash, expires_at) VALUES ($1, $2, 0)");
                command.Parameters.Add(new() { Value = "https://ehr.example" });
                command.Parameters.Add(new() { Value = $"bare-{atOnce}-{Interlocked.Increment(ref number)}" });
                await command.ExecuteNonQueryAsync();
            });
            yield return string.Create(CultureInfo.InvariantCulture, $"| {atOnce} | {ours:0} | {bare:0} | {ours / bare:0.00} |");
        }
    }

    private static void Execute(NpgsqlDataSource source, string sql)
    {
        using var command = source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }

    private static double Rate(int atOnce, Func<Task> one)
    {
        long done = 0;
        for (var i = 0; i < 20; i++) one().GetAwaiter().GetResult(); // connections opened, code compiled
        var began = Stopwatch.GetTimestamp();
        Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < s_round)
            {
                await one();
                Interlocked.Increment(ref done);
            }
        }))).GetAwaiter().GetResult();
        return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static string Flushes()
    {
        using var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        var page = new byte[8192];
        var (done, began) = (0, Stopwatch.GetTimestamp());
        for (; Stopwatch.GetElapsedTime(began) < s_round; done++)
        {
            file.Write(page);
            file.Flush(flushToDisk: true);
        }
        return (done / Stopwatch.GetElapsedTime(began).TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
    }
}
