using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Sweep;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Security;
using BiopsyFhir.Api.Tests.Storage;
using BiopsyFhir.Api.Tests.Telemetry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace BiopsyFhir.Api.Tests.Privacy;

/// <summary>A day on which every patient, note, number and token carries a marker; afterwards everything that the service leaves behind is searched for it.</summary>
public sealed partial class MarkedDayTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Fact]
    public Task A_marked_day_leaves_its_marks_where_the_data_map_says_and_nowhere_else() => DayAsync(null);

    /// <summary>The same day with PostgreSQL as the store; its database is dumped as a backup would be, and that is searched too.</summary>
    [PostgresFact]
    public Task So_it_does_on_PostgreSQL_and_in_a_dump_of_it() => DayAsync(postgres.NewDatabase());

    /// <param name="connection">Of an empty database of PostgreSQL; null: SQLite.</param>
    private static async Task DayAsync(string? connection)
    {
        var began = TimeProvider.System.GetUtcNow().UtcDateTime;
        await using var collector = await Collector.StartAsync();
        await using var ehr = await FakeEhr.StartAsync();
        var marked = new MarkedEhr(ehr);
        using var host = new ServiceHost(new Dictionary<string, string?>
        {
            ["Ehrs:0:Id"] = "north",
            ["Ehrs:0:Issuer"] = ehr.FhirBase,
            ["Ehrs:0:ClientId"] = "biopsy",
            ["Ehrs:0:BackendClientId"] = "robot",
            ["Ehrs:0:SubscriptionSecret"] = $"secret-{MarkedEhr.TokenMark}-0123456789",
            ["Cds:RequireToken"] = "false",
            ["Cds:Deadline"] = "10000",
            ["Facility:TimeZone"] = "America/New_York",
            ["Facility:ProcedureUnitPhone"] = "555-0100",
            ["Facility:AfterHoursPhone"] = "555-0101",
            ["Education:AllowUnreviewed"] = "true",
            ["Education:Automatic"] = "true",
            ["Education:PollMinutes"] = "0",
            ["Education:Chromium"] = "off",
            ["Education:QuietFrom"] = "00:00",
            ["Education:QuietUntil"] = "00:00",
            ["Logging:LogLevel:Default"] = "Trace",
            ["Telemetry:Endpoint"] = collector.Address,
            ["Telemetry:Protocol"] = "http",
            ["Database:Provider"] = connection is null ? "sqlite" : "postgres",
            ["Database:ConnectionString"] = connection,
        }, replace: services => services.Replace(ServiceDescriptor.Singleton<IPolicyEvaluator, EverybodyMay>()));
        ehr.Clock = host.Clock;
        var errors = new StringBuilder();

        // Launch, review, plan, signature, receipts, handout, note, file.
        using var browser = new Browser(host);
        var session = await browser.LaunchAsync(ehr);
        Assert.Contains(MarkedEhr.Mark, await browser.SettledAsync($"/review/{session}?procedureAt=2026-03-18T08:00"), StringComparison.OrdinalIgnoreCase); // the clinician sees whom it is about
        await browser.SignAsync(session);
        foreach (var page in (string[])["handout", "note?procedureAt=2026-03-18", "file/plan", "file/education"]) using (await browser.GetAsync($"/review/{session}/{page}")) { }
        using (await browser.PostAsync($"/review/{session}/plan", ("choice:R-HOLD:apixaban", MarkedEhr.Mark))) { }
        Assert.NotEmpty(marked.Written);

        // The worklist, one of its patients, deliveries, their replay.
        using (await browser.GetAsync("/worklist")) { }
        using (await browser.GetAsync($"/worklist/north/Patient/{MarkedEhr.Two}?procedureAt=2026-03-18")) { }
        await host.Get<WatchOrders>().LookAtAllAsync(default);
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(0, await host.Get<DeliverDue>().RunAsync(default));
        marked.Fault = request => request.Method is "POST" ? 500 : null;
        host.Clock.Advance(TimeSpan.FromDays(5));
        await host.Get<DeliverDue>().RunAsync(default);
        marked.Fault = _ => null;
        using (await browser.GetAsync("/deliveries")) { }
        using (await browser.PostAsync($"/deliveries/{MarkedEhr.Mark}/replay")) { }

        // Hooks with a whole chart and with a token, feedback with a comment, assessments, a notification.
        using var client = host.Client();
        await SendAsync(client, "/cds-services/bone-marrow-biopsy-order-sign", Hook(ehr), errors, ("Authorization", $"Bearer {MarkedEhr.TokenMark}.x.y"));
        await SendAsync(client, "/cds-services/bone-marrow-biopsy-patient-view", Hook(ehr, "patient-view"), errors);
        await SendAsync(client, "/cds-services/bone-marrow-biopsy-order-sign/feedback", $$$"""{"feedback":[{"card":"9f4b1f0e-0000-4000-8000-000000000000","outcome":"overridden","outcomeTimestamp":"2026-03-11T09:00:00Z","overrideReason":{"userComment":"{{{MarkedEhr.Mark}}}"} }]}""", errors);
        await SendAsync(client, "/api/v1/assessments?procedureAt=2026-03-18&asOf=2026-03-11", MarkedEhr.Bundle(MarkedEhr.One).ToJsonString(), errors);
        await SendAsync(client, "/subscriptions/north", MarkedEhr.Bundle(MarkedEhr.One).ToJsonString(), errors, ("X-Subscription-Secret", $"secret-{MarkedEhr.TokenMark}-0123456789"));

        // Errors of ours, of the caller, of the EHR. A page of an error says nothing of anybody.
        await SendAsync(client, "/api/v1/assessments?procedureAt=2026-03-18", MarkedEhr.Bundle(MarkedEhr.One).ToJsonString()[..^30], errors);
        await SendAsync(client, "/cds-services/bone-marrow-biopsy-order-sign", Hook(ehr)[..^20], errors);
        await SendAsync(client, "/subscriptions/north", MarkedEhr.Mark, errors, ("X-Subscription-Secret", $"wrong-{MarkedEhr.TokenMark}"));
        foreach (var address in (string[])[$"/launch?iss=https://{MarkedEhr.Mark}.example/fhir&launch={MarkedEhr.TokenMark}", $"/callback?state={MarkedEhr.TokenMark}&code={MarkedEhr.TokenMark}", $"/review/{MarkedEhr.TokenMark}", $"/nowhere/{MarkedEhr.One}", $"/worklist/north/Patient/..{MarkedEhr.One}%2f"])
            using (var answer = await client.GetAsync(address)) errors.Append(await answer.Content.ReadAsStringAsync());
        marked.Fault = _ => 500;
        var second = await browser.LaunchAsync(ehr);
        errors.Append(await browser.SettledAsync($"/review/{second}?procedureAt=2026-03-18"));
        using (await browser.GetAsync($"/worklist/north/Patient/{MarkedEhr.One}?procedureAt=2026-03-18")) { }
        await SendAsync(client, "/cds-services/bone-marrow-biopsy-order-sign", Hook(ehr, prefetch: false), errors);
        await host.Get<WatchOrders>().LookAtAllAsync(default);
        marked.Fault = _ => null;
        ehr.Instead = _ => (200, "application/fhir+json", $"<html>{MarkedEhr.Mark} {MarkedEhr.One}");
        var third = await browser.LaunchAsyncWhereItMay(ehr);
        if (third is not null) errors.Append(await browser.SettledAsync($"/review/{third}?procedureAt=2026-03-18"));
        await host.Get<Retention>().RunAsync(default);

        // The population, by the command: what it says on the console is searched with the errors, its folder is the operator's.
        await SweepAsync(host.Get<ServiceOptions>(), connection is not null, errors);

        // Now the search.
        host.Services.GetRequiredService<TracerProvider>().ForceFlush(10_000);
        host.Services.GetRequiredService<MeterProvider>().ForceFlush(10_000);
        Assert.NotEmpty(collector.All);
        Assert.NotEmpty(host.Log);
        foreach (var mark in MarkedEhr.Marks)
        {
            Assert.DoesNotContain(host.Log, line => line.Contains(mark, StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(mark, collector.All, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(mark, errors.ToString(), StringComparison.OrdinalIgnoreCase);
            Assert.All(browser.SetCookies, line => Assert.DoesNotContain(mark, line, StringComparison.OrdinalIgnoreCase));
        }
        var found = await MarkedColumnsAsync(host, connection is not null);
        Assert.Empty(found.Except(Plain()));
        Assert.Contains("delivery.patient", found); // the search does find what is there
        if (connection is not null) Assert.Equal(found.Select(column => column.Split('.')[0]).Distinct().Order(), MarkedTables(postgres: connection).Order());
        SearchFiles(host.Folder, began, inside: true);
        SearchFiles(Path.GetTempPath(), began, inside: false);
    }

    /// <summary>Both patients as files of a Bulk Data export, through the command; alone, or shared through PostgreSQL.</summary>
    private static async Task SweepAsync(ServiceOptions options, bool shared, StringBuilder errors)
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-marked-sweep-");
        try
        {
            var (input, result) = (Directory.CreateDirectory(Path.Combine(folder.FullName, "in")).FullName, Path.Combine(folder.FullName, "out"));
            var all = ((string[])[MarkedEhr.One, MarkedEhr.Two]).SelectMany(p => MarkedEhr.Bundle(p)["entry"]!.AsArray()).Select(e => e!["resource"]!).ToList();
            foreach (var type in all.GroupBy(r => r["resourceType"]!.ToString())) await File.WriteAllLinesAsync(Path.Combine(input, $"{type.Key}.ndjson"), type.Select(r => r.ToJsonString()));
            await File.AppendAllTextAsync(Path.Combine(input, "Observation.ndjson"), $"{{\"resourceType\":\"Observation\",\"id\":\"{MarkedEhr.Mark}\n"); // a line that breaks off
            using var said = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
            var builder = WebApplication.CreateBuilder();
            builder.Logging.ClearProviders();
            string[] words = ["sweep", "--input", input, "--out", result, "--as-of", "2026-03-11", "--procedure-at", "2026-03-18T08:00:00-04:00", "--compare", "P3", .. shared ? (string[])["--shared", "marked"] : []];
            Assert.Equal(0, await SweepCommand.RunAsync(words, builder, options, TimeProvider.System, said, said));
            Assert.Contains("2 assessed", said.ToString(), StringComparison.Ordinal);
            errors.Append(said);
            Assert.Contains(MarkedEhr.One, await File.ReadAllTextAsync(Path.Combine(result, "findings.ndjson")), StringComparison.Ordinal); // there it belongs
            Assert.False(Directory.Exists(Path.Combine(result, "work")), "what charts say is gone when the sweep is done");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Tables of a dump whose rows hold a mark.</summary>
    private static HashSet<string> MarkedTables(string postgres)
    {
        var (tables, table) = (new HashSet<string>(StringComparer.Ordinal), "");
        foreach (var line in PostgresServer.Dump(postgres).Split('\n'))
        {
            if (Copied().Match(line) is { Success: true } begins) table = begins.Groups[1].Value;
            else if (MarkedEhr.Marks.Any(m => line.Contains(m, StringComparison.OrdinalIgnoreCase))) tables.Add(table);
        }
        return tables;
    }

    [GeneratedRegex(@"^COPY public\.(\w+) \(")]
    private static partial Regex Copied();

    private static string Hook(FakeEhr ehr, string hook = "order-sign", bool prefetch = true)
    {
        var call = new JsonObject
        {
            ["hook"] = hook,
            ["hookInstance"] = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            ["fhirServer"] = ehr.FhirBase,
            ["fhirAuthorization"] = new JsonObject { ["access_token"] = $"hook-{MarkedEhr.TokenMark}", ["token_type"] = "Bearer", ["expires_in"] = 300, ["scope"] = "patient/*.rs", ["subject"] = "cds", ["patient"] = MarkedEhr.One },
            ["context"] = new JsonObject { ["userId"] = "Practitioner/doc-1", ["patientId"] = MarkedEhr.One, ["draftOrders"] = Drafts() },
        };
        if (prefetch) call["prefetch"] = new JsonObject { ["patient"] = MarkedEhr.Bundle(MarkedEhr.One)["entry"]![0]!["resource"]!.DeepClone() };
        return call.ToJsonString();
    }

    private static JsonObject Drafts() => new()
    {
        ["resourceType"] = "Bundle",
        ["type"] = "collection",
        ["entry"] = new JsonArray(new JsonObject { ["resource"] = MarkedEhr.Bundle(MarkedEhr.One)["entry"]!.AsArray().Select(e => e!["resource"]!).First(r => r["resourceType"]!.ToString() is "ServiceRequest").DeepClone() }),
    };

    private static async Task SendAsync(HttpClient client, string address, string body, StringBuilder errors, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await client.SendAsync(request);
        // A good answer is for the caller and may name what he sent.
        if (answer.StatusCode is not HttpStatusCode.OK) errors.Append(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The columns that docs/privacy.md calls plain.</summary>
    private static HashSet<string> Plain() =>
        [.. File.ReadLines(Path.Combine(Repository.Root, "docs/privacy.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains("| plain: ids of the EHR", StringComparison.Ordinal) || line.Contains("| plain: id of the EHR", StringComparison.Ordinal))
            .SelectMany(line => Column().Matches(line)).Select(m => m.Groups[1].Value)];

    /// <summary>table.column of every value with a mark in it, over all tables that there are.</summary>
    private static async Task<HashSet<string>> MarkedColumnsAsync(ServiceHost host, bool postgres)
    {
        await using var db = await host.Get<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        await db.Database.OpenConnectionAsync();
        var connection = db.Database.GetDbConnection();
        var tables = await RowsAsync(postgres ? "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'" : "SELECT name FROM sqlite_master WHERE type = 'table'");
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in tables.Select(r => r["name"]))
            foreach (var row in await RowsAsync($"SELECT * FROM \"{table}\""))
                found.UnionWith(row.Where(c => MarkedEhr.Marks.Any(m => c.Value.Contains(m, StringComparison.OrdinalIgnoreCase))).Select(c => $"{table}.{c.Key}"));
        return found;

        async Task<List<Dictionary<string, string>>> RowsAsync(string sql)
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // names of our own tables
            command.CommandText = sql;
#pragma warning restore CA2100
            var rows = new List<Dictionary<string, string>>();
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, n => reader.IsDBNull(n) ? "" : reader.GetValue(n) is byte[] bytes ? Encoding.Latin1.GetString(bytes) : Convert.ToString(reader.GetValue(n), System.Globalization.CultureInfo.InvariantCulture) ?? ""));
            return rows;
        }
    }

    /// <param name="inside">The data folder, where the database may hold ids; elsewhere no file may hold any mark.</param>
    private static void SearchFiles(string folder, DateTime since, bool inside)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = inside ? 3 : 1 });
        foreach (var file in files)
        {
            try
            {
                // The runtime keeps named pipes here, and opening one waits for its other end; they are empty.
                if (file.Length is 0 || file.Name.StartsWith("clr-debug-pipe", StringComparison.Ordinal) || file.Name.StartsWith("dotnet-diagnostic", StringComparison.Ordinal)) continue;
                // Another test's database may hold the same patients; a build's files hold this test's own text.
                if (file.LastWriteTimeUtc < since || file.Length > 64 * 1024 * 1024 || (!inside && file.FullName.Contains("biopsyfhir-", StringComparison.Ordinal)) || file.Extension is ".dll" or ".pdb" or ".xml" or ".cs" or ".trx" or ".log") continue;
                using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var reader = new StreamReader(stream, Encoding.Latin1);
                var text = reader.ReadToEnd();
                foreach (var mark in (string[])[MarkedEhr.Mark, MarkedEhr.TokenMark])
                    Assert.False(text.Contains(mark, StringComparison.OrdinalIgnoreCase), $"{file.FullName} holds {mark}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // gone meanwhile, or another user's
            }
        }
    }

    [GeneratedRegex(@"`([a-z_]+\.[a-z_]+)`")]
    private static partial Regex Column();

    /// <summary>Every address of ours is open, so that the day reaches what lies behind it.</summary>
    private sealed class EverybodyMay : IPolicyEvaluator
    {
        private static readonly System.Security.Claims.ClaimsPrincipal Somebody = new(new System.Security.Claims.ClaimsIdentity([new("name", "Operator One")], "test", "name", "roles"));

        public Task<AuthenticateResult> AuthenticateAsync(AuthorizationPolicy policy, HttpContext context)
        {
            context.User = Somebody;
            return Task.FromResult(AuthenticateResult.Success(new(Somebody, "test")));
        }

        public Task<PolicyAuthorizationResult> AuthorizeAsync(AuthorizationPolicy policy, AuthenticateResult authenticationResult, HttpContext context, object? resource) => Task.FromResult(PolicyAuthorizationResult.Success());
    }
}

internal static class BrowserAtAStrangeEhr
{
    /// <summary>Null where the launch stops, as it should when the EHR answers nonsense.</summary>
    public static async Task<string?> LaunchAsyncWhereItMay(this Browser browser, FakeEhr ehr)
    {
        using var answer = await browser.GetAsync($"/launch?iss={Uri.EscapeDataString(ehr.FhirBase)}&launch={MarkedEhr.TokenMark}");
        return answer.StatusCode is HttpStatusCode.Redirect ? null : await answer.Content.ReadAsStringAsync() is var page && page.Contains(MarkedEhr.Mark, StringComparison.OrdinalIgnoreCase) ? throw new InvalidOperationException("the page of a stopped launch quotes the EHR") : null;
    }
}
