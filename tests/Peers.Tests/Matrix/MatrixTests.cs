using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Peers.Tests.Service;
using BiopsyFhir.Testing;
using BiopsyFhir.Testing.Faults;
using Xunit.Abstractions;
using static BiopsyFhir.Peers.Tests.Service.Charted;

namespace BiopsyFhir.Peers.Tests.Matrix;

/// <summary>
/// From launch to receipts at every kind of EHR: three ways to prove who we are, two ways to launch, two scope syntaxes, four
/// likenesses of vendors; and with what networks do to a write. A short run takes rows so that every pair of values meets once;
/// <c>BIOPSYFHIR_LONG=1</c> (<c>tests/matrix</c>) takes all, and each row is a line of artifacts/matrix.tsv.
/// </summary>
public sealed class MatrixTests(Region region, ITestOutputHelper output) : IClassFixture<Region>
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("BIOPSYFHIR_LONG") == "1";
    private static int s_patients;

    private readonly string _patient = $"m{Interlocked.Increment(ref s_patients)}";

    public static TheoryData<string, string, string, string> Launches()
    {
        var rows = new TheoryData<string, string, string, string>();
        for (var v = 0; v < Region.Vendors.Length; v++)
            for (var a = 0; a < Region.Auths.Length; a++)
                foreach (var (launch, scopes) in new[] { ("EHR", "v1"), ("standalone", "v2"), ("EHR", "v2"), ("standalone", "v1") }.Where((_, i) => Long || i == (v + a) % 4))
                    rows.Add(Region.Auths[a], launch, scopes, Region.Vendors[v]);
        return rows;
    }

    [PeersTheory]
    [MemberData(nameof(Launches))]
    public async Task From_launch_to_receipts(string auth, string launch, string scopes, string vendor)
    {
        var watch = Stopwatch.StartNew();
        var connection = new Connection(auth, scopes, vendor);
        await region.Reset();
        using var browser = new Browser();
        var review = await ReviewPage.Launch(browser, await region.Admit(_patient, connection, launch == "standalone"));
        Assert.True(review.Findings.Contains("R-HOLD:apixaban"), review.Page.Text);
        await AssertAsked(auth, launch, scopes);

        var (_, page) = await review.Sign();
        var (receipts, chart) = (ShownReceipt.On(page), await region.Written());
        AssertAgree(receipts, chart, page);
        Assert.Equal(PlanAt(vendor), string.Join(' ', receipts.Where(receipt => receipt is { IsThere: true, Kind: "careplan" or "note" or "communication" or "task" }).Select(receipt => receipt.Kind)));
        Assert.Equal(vendor is "athena-like", page.Text.Contains("Plan: this EHR took none of the ways tried", StringComparison.Ordinal));
        Assert.DoesNotContain(receipts, receipt => receipt.State == "failed");
        // What was not granted is not asked for: the EHR never had to refuse.
        Assert.DoesNotContain(region.Proxy(connection).Requests, recorded => recorded.Status is 401 or 403);
        foreach (var resource in chart) await region.Validators.AssertValid(resource.GetRawText());

        var (_, again) = await (await ReviewPage.Open(browser, review.Url)).Sign();
        Assert.Equal(chart.Count, (await region.Written()).Count);
        Assert.DoesNotContain(ShownReceipt.On(again), receipt => receipt.State == "created");
        await Record("launch", $"{auth}\t{launch}\t{scopes}\t{vendor}", chart, watch);
    }

    public static TheoryData<string, string> Faults()
    {
        var rows = new TheoryData<string, string>();
        foreach (var vendor in Region.Vendors.Where(vendor => vendor is "open" || (Long && vendor is not "athena-like")))
            // Where the EHR compares no key, nothing on our side can help against a second delivery.
            foreach (var fault in Named.Keys.Where(name => name != "delivered twice" || vendor != "oracle-like"))
                rows.Add(fault, vendor);
        return rows;
    }

    /// <summary>What happens to requests that write, and whether everything is in the chart all the same; otherwise the receipts say what is not, and a later signature adds it.</summary>
    private static readonly Dictionary<string, (Func<Rule> Fault, bool Mends)> Named = new()
    {
        ["201 without a body"] = (Fault.EmptyCreated, true),
        ["Location on another host"] = (() => Fault.ForeignLocation(), true),
        ["no version"] = (Fault.NoVersion, true),
        ["401 once"] = (() => Fault.Status(401).Once(), true),
        ["401 always"] = (() => Fault.Status(401), false),
        ["403 always"] = (() => Fault.Status(403), false),
        ["429 once"] = (() => Fault.Status(429, retryAfter: "0").Once(), true),
        ["429 always"] = (() => Fault.Status(429, retryAfter: "1"), false),
        ["503 once"] = (() => Fault.Status(503, retryAfter: "0").Once(), true),
        ["503 always"] = (() => Fault.Status(503, retryAfter: "0"), false),
        ["500 once"] = (() => Fault.Status(500).Once(), true),
        ["two seconds late"] = (() => Fault.Slow(TimeSpan.FromSeconds(2)), true),
        ["cut in the body, once"] = (() => Fault.CutBody().Once(), true),
        ["answer lost, once"] = (() => Fault.AnswerLost().Once(), true),
        ["an HTML page, once"] = (() => Fault.HtmlPage().Once(), false),
        ["answered as text/plain"] = (() => Rule.Changing("text/plain", request => !request.IsDiscovery, answer => answer.Body.Length > 0 ? answer.With("Content-Type", "text/plain") : answer), false),
        ["delivered twice"] = (Fault.DeliveredTwice, true),
    };

    [PeersTheory]
    [MemberData(nameof(Faults))]
    public async Task A_write_that_meets_a_fault_is_said_and_mended_and_never_there_twice(string fault, string vendor)
    {
        var watch = Stopwatch.StartNew();
        var connection = new Connection("public", "v2", vendor);
        await region.Reset();
        await region.Authorization.Configure(new { refreshTokens = "always" });
        using var browser = new Browser();
        var review = await ReviewPage.Launch(browser, await region.Admit(_patient, connection, standalone: false));
        var plan = await review.ShowPlan();
        var rule = Named[fault].Fault();
        region.ResetFaults(connection, rule with { When = request => rule.When(request) && request.Method is "POST" or "PUT" or "PATCH" && !request.IsSearch });

        await review.Confirm(plan);
        var page = await review.Receipts();
        var (receipts, chart) = (ShownReceipt.On(page), await region.Written());
        AssertAgree(receipts, chart, page);
        var complete = receipts.TrueForAll(receipt => receipt.State != "failed" && receipt.State != "not-attempted");
        // A write that no key makes safe to repeat is not repeated by itself: at other vendors it may take a second signature.
        if (Named[fault].Mends && vendor == "open") Assert.True(complete, page.Text);
        if (fault.EndsWith("always", StringComparison.Ordinal)) Assert.Empty(chart);

        region.ResetFaults(connection);
        await region.Authorization.Configure(new { refreshTokens = "always" });
        var (_, again) = await (await ReviewPage.Open(browser, review.Url)).Sign();
        var later = await region.Written();
        AssertAgree(ShownReceipt.On(again), later, again);
        Assert.DoesNotContain(ShownReceipt.On(again), receipt => receipt.State == "not-attempted");
        if (complete && !fault.StartsWith("403", StringComparison.Ordinal)) Assert.Equal(chart.Count, later.Count);
        Assert.True(later.Exists(resource => Type(resource) is "CarePlan" or "DocumentReference"), again.Text);
        foreach (var resource in later) await region.Validators.AssertValid(resource.GetRawText());
        await Record("fault", $"{fault}\t{vendor}\t{(complete && !later.Exists(resource => !chart.Select(Reference).Contains(Reference(resource))) ? "complete at once" : "said; complete after signing again")}", later, watch);
    }

    /// <summary>The rung of the ladder that the plan comes to.</summary>
    private static string PlanAt(string vendor) => vendor switch { "open" => "careplan", "athena-like" => "", _ => "note" };

    /// <summary>Each thing once; what a receipt says is there, is there; what is there has a receipt.</summary>
    private static void AssertAgree(List<ShownReceipt> receipts, List<JsonElement> chart, Page page)
    {
        string Said() => $"{page.Text} / in the chart: {string.Join(", ", chart.Select(Reference))}";
        Assert.True(receipts.Count > 0, Said());
        var references = chart.Select(Reference).ToHashSet();
        Assert.True(receipts.Where(receipt => receipt.IsThere).All(receipt => receipt.Reference is null || references.Contains(receipt.Reference)), Said());
        foreach (var type in receipts.Where(receipt => receipt.IsThere).GroupBy(receipt => receipt.ResourceType))
            Assert.True(chart.Count(resource => Type(resource) == type.Key) >= type.Count(), Said());
        foreach (var type in chart.GroupBy(Type))
            Assert.True(receipts.Count(receipt => receipt.ResourceType == type.Key && receipt.State != "not-supported") >= type.Count(), Said());
        var keys = chart.SelectMany(Keys).ToList();
        Assert.True(keys.Distinct().Count() == keys.Count, Said());
    }

    private async Task AssertAsked(string auth, string launch, string scopes)
    {
        var asked = Assert.Single(await region.Authorization.Requests("authorize")).GetProperty("parameters");
        var words = asked.GetProperty("scope").GetString()!.Split(' ');
        Assert.Contains(launch == "EHR" ? "launch" : "launch/patient", words);
        Assert.Equal(launch == "EHR", asked.TryGetProperty("launch", out _));
        Assert.Equal(scopes == "v1", words.Contains("patient/Observation.read"));
        Assert.Equal(scopes == "v2", words.Contains("patient/Observation.rs"));
        var token = Assert.Single(await region.Authorization.Requests("token"));
        var sent = token.GetProperty("parameters");
        Assert.Equal(auth == "key", sent.TryGetProperty("client_assertion", out _));
        Assert.Equal(auth == "secret" ? "Basic" : null, token.TryGetProperty("authorizationScheme", out var scheme) ? scheme.GetString() : null);
        Assert.Equal(auth == "public", sent.TryGetProperty("client_id", out _));
    }

    private static readonly SemaphoreSlim s_file = new(1);

    private async Task Record(string part, string row, List<JsonElement> chart, Stopwatch watch)
    {
        var written = string.Join(", ", chart.GroupBy(Type).Select(type => type.Count() == 1 ? type.Key : $"{type.Count()} {type.Key}"));
        var line = $"{part}\t{row}\t{(written.Length > 0 ? written : "files to download")}\t{watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)}";
        output.WriteLine(line);
        if (!Long) return;
        await s_file.WaitAsync();
        try
        {
            await File.AppendAllTextAsync(Path.Combine(Directory.CreateDirectory(Repository.Path("artifacts")).FullName, "matrix.tsv"), line + "\n");
        }
        finally
        {
            s_file.Release();
        }
    }
}
