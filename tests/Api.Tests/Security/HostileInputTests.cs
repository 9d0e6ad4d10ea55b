using System.Net;
using System.Net.Sockets;
using System.Text;
using BiopsyFhir.Api.Tests.Hosting;
using BiopsyFhir.Api.Tests.Smart;

namespace BiopsyFhir.Api.Tests.Security;

/// <summary>Input that tries to be something else: a header, a path, another address, a document type.</summary>
public sealed class HostileInputTests(HostileInputTests.Demo host) : IClassFixture<HostileInputTests.Demo>
{
    public sealed class Demo() : ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });

    /// <summary>Ways to write an address inside the house, or of another house, as somebody would put them into a launch link.</summary>
    private static readonly string[] Disguises =
    [
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/fhir",
        "http://0177.0.0.1/fhir",
        "http://0x7f.1/fhir",
        "http://[::1]/fhir",
        "http://[::ffff:127.0.0.1]/fhir",
        "http://[fd00::1]/fhir",
        "http://[fe80::1%25eth0]/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example:443@evil.example/fhir",
        "https://ehr.example.evil.example/fhir",
        "https://ehr.example/fhir/../../evil",
        "https://ehr.example/fhir?x=https://evil.example",
        "https://ehr.example/fhir#@evil.example",
        "https://ehr.example\\@evil.example/fhir",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/x",
        "//ehr.example/fhir",
        "https://еhr.example/fhir", // a Cyrillic е
    ];

    [Fact]
    public async Task An_issuer_in_any_disguise_is_refused_unasked()
    {
        await using var world = await SmartWorld.StartAsync(("Ehrs:1:Issuer", "https://ehr.example/fhir"), ("Ehrs:1:ClientId", "x"));
        foreach (var (issuer, address) in Disguises.SelectMany(issuer => ((string[])["/launch?launch=x&iss=", "/launch/standalone?iss="]).Select(address => (issuer, address))))
        {
            using var answer = await world.Browser.GetAsync(address + Uri.EscapeDataString(issuer));
            Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, $"{issuer}: {answer.StatusCode}");
            Assert.Null(answer.Headers.Location);
        }
        Assert.Empty(world.Ehr.Requests);
    }

    [Theory]
    [InlineData("https://169.254.169.254/token")]
    [InlineData("https://[::ffff:169.254.169.254]/token")]
    [InlineData("https://2130706433/token")]
    [InlineData("https://localhost/token")]
    public async Task An_endpoint_that_an_EHR_names_inside_this_machine_gets_no_connection(string endpoint)
    {
        var ehr = new Api.Configuration.EhrOptions { Key = "Ehrs:0", Id = "x", Issuer = "https://ehr.example/fhir" };
        using var http = new Api.Security.EhrHttp(new() { TimeoutSeconds = 30 }, new EhrHttpTests.Host());
        var refused = await Assert.ThrowsAsync<Api.Security.EhrUnreachableException>(() => http.GetAsync(ehr, new(endpoint), "application/json", default));
        Assert.Contains("not allowed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_input_becomes_a_header_of_the_answer()
    {
        const string evil = "x%0d%0aSet-Cookie:%20evil=1%0d%0aX-Evil:%201";
        using var client = host.Client();
        foreach (var address in (string[])[$"/launch?iss={evil}&launch={evil}", $"/launch/standalone?iss={evil}", $"/callback?state={evil}&code={evil}", $"/callback?state=s&error={evil}&error_description={evil}",
            $"/review/{evil}", $"/api/v1/deliveries?state={evil}", $"/worklist?days={evil}", $"/check-ehr/{evil}", $"/policies/{evil}", $"/sandbox/auth/authorize?redirect_uri={evil}&state={evil}", $"/{evil}"])
        {
            using var answer = await client.GetAsync(address);
            Assert.False(answer.Headers.Contains("X-Evil") || answer.Content.Headers.Contains("X-Evil"), address);
            Assert.DoesNotContain(answer.Headers, h => h.Key is "Set-Cookie" && h.Value.Any(v => v.Contains("evil", StringComparison.Ordinal)));
            Assert.True((int)answer.StatusCode is < 500, $"{address}: {answer.StatusCode}");
        }
        using var origin = new HttpRequestMessage(HttpMethod.Options, "/cds-services") { Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } } };
        using var preflight = await client.SendAsync(origin);
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    /// <summary>As bytes on the socket: clients tidy paths up before they send them.</summary>
    [Theory]
    [InlineData("/review/../../appsettings.json")]
    [InlineData("/review/%2e%2e/%2e%2e/appsettings.json")]
    [InlineData("/review/..%2f..%2f..%2fappsettings.json")]
    [InlineData("/review/..%5c..%5cappsettings.json")]
    [InlineData("/review/....//....//appsettings.json")]
    [InlineData("/..//..//..//etc/passwd")]
    [InlineData("/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd")]
    [InlineData("/sandbox/assets/..%2f..%2fappsettings.json")]
    [InlineData("/sandbox/assets/%2e%2e%2fPatients%2fx.json")]
    [InlineData("/sandbox/resource/Patient/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v1/policies/..%2f..%2f..%2fetc%2fpasswd/diff/P1")]
    [InlineData("/openapi/..%2fappsettings.json")]
    [InlineData("/worklist/sandbox/Patient/..%2fObservation")]
    [InlineData("/worklist/sandbox/Patient/x%3f_include=%2a")]
    [InlineData("/check-ehr/..%2f..%2fetc")]
    [InlineData("/deliveries/..%2f..%2fx/replay")]
    public async Task No_path_leads_out_of_what_is_served(string path)
    {
        var address = new Uri(host.Address);
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync();
        var status = int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(status is >= 300 and < 500, $"{status}: {answer}");
        foreach (var secret in (string[])["root:x:", "AllowedHosts", "\"Logging\""]) Assert.DoesNotContain(secret, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("text/xml")]
    [InlineData("application/fhir+xml")]
    [InlineData("application/json")]
    public async Task A_document_type_with_entities_is_never_opened(string type)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "zq-file-content");
            var xml = $"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY f SYSTEM \"file://{file}\"><!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><Bundle xmlns=\"http://hl7.org/fhir\"><id value=\"&f;&b;\"/></Bundle>";
            using var client = host.Client();
            foreach (var address in (string[])["/api/v1/assessments", "/cds-services/bone-marrow-biopsy-order-sign", "/cds-services/bone-marrow-biopsy-order-sign/feedback", "/subscriptions/sandbox", "/sandbox/fhir/Observation"])
            {
                using var answer = await client.PostAsync(address, new StringContent(xml, Encoding.UTF8, type));
                Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{address}: {answer.StatusCode}");
                Assert.DoesNotContain("zq-file-content", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/%0d%0aLocation:%20https://evil.example")]
    public async Task No_parameter_sends_the_browser_to_another_host(string target)
    {
        using var client = host.Client();
        var encoded = Uri.EscapeDataString(target);
        foreach (var name in (string[])["returnTo", "ReturnUrl", "redirect", "redirect_uri", "next", "url", "target_link_uri", "aud"])
            foreach (var address in (string[])["/", "/worklist", "/callback", "/launch", "/review/x", "/sandbox"])
            {
                using var answer = await client.GetAsync($"{address}?{name}={encoded}");
                if (answer.Headers.Location is { } location) Assert.DoesNotContain("evil", location.OriginalString, StringComparison.OrdinalIgnoreCase);
            }
    }
}
