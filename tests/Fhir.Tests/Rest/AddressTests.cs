using System.Net;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class AddressTests
{
    private static readonly FhirServer Ehr = FhirServer.Of("https://ehr.example/fhir/R4");

    [Theory]
    [InlineData("Patient/1", "https://ehr.example/fhir/R4/Patient/1")]
    [InlineData("https://ehr.example/fhir/R4/Binary/9", "https://ehr.example/fhir/R4/Binary/9")]
    [InlineData("https://EHR.example:443/fhir/R4/Binary/9", "https://ehr.example/fhir/R4/Binary/9")]
    [InlineData("https://ehr.example/fhir/R4?_getpages=7", "https://ehr.example/fhir/R4?_getpages=7")]
    [InlineData("/fhir/R4/Binary/9", "https://ehr.example/fhir/R4/Binary/9")]
    [InlineData("Observation?code=http%3A%2F%2Floinc.org%7C718-7", "https://ehr.example/fhir/R4/Observation?code=http%3A%2F%2Floinc.org%7C718-7")]
    public void What_lies_below_the_base_is_asked(string link, string address)
    {
        Assert.True(Ehr.Addresses.TryResolve(link, out var uri));
        Assert.Equal(address, uri.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://ehr.example/fhir/R4/Patient/1")]
    [InlineData("https://ehr.example:8443/fhir/R4/Patient/1")]
    [InlineData("https://ehr.example.evil.test/fhir/R4/Patient/1")]
    [InlineData("https://evil.test/fhir/R4/Patient/1")]
    [InlineData("https://ehr.example@evil.test/fhir/R4/Patient/1")]
    [InlineData("https://user:pw@ehr.example/fhir/R4/Patient/1")]
    [InlineData("https://ehr.example/fhir/R4evil/Patient/1")]
    [InlineData("https://ehr.example/fhir/Patient/1")]
    [InlineData("https://ehr.example/fhir/R4/../../oauth/token")]
    [InlineData("https://ehr.example/fhir/R4/%2e%2e/%2e%2e/oauth/token")]
    [InlineData("https://ehr.example/fhir/R4/..%2f..%2foauth")]
    [InlineData(@"https://ehr.example\@evil.test/fhir/R4/Patient/1")]
    [InlineData("//evil.test/fhir/R4/Patient/1")]
    [InlineData("../../admin")]
    [InlineData("/admin")]
    [InlineData("#contained")]
    [InlineData("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    [InlineData(null)]
    public void Everything_else_is_not(string? link) => Assert.False(Ehr.Addresses.TryResolve(link, out _));

    [Fact]
    public void Another_base_of_the_same_server_counts_when_configured()
    {
        var ehr = FhirServer.Of("https://ehr.example/fhir", otherBases: ["https://gateway.example/r4/"]);
        Assert.True(ehr.Addresses.TryResolve("https://gateway.example/r4/Observation?page=2", out _));
        Assert.False(ehr.Addresses.TryResolve("https://gateway.example/other", out _));
    }

    [Theory]
    [InlineData("Patient/1", "Patient", "1", null)]
    [InlineData("https://ehr.example/fhir/R4/CarePlan/a-1.b/_history/3", "CarePlan", "a-1.b", "3")]
    [InlineData("/fhir/R4/CarePlan/7", "CarePlan", "7", null)]
    [InlineData("MedicationRequest/eJ7nU.QxfdZ4QqUuXd7eNHh-7qkKmWd4Cv4WzqlU6kHK1aLw2wJp5gW7xM0fVbC-0123456789", "MedicationRequest", "eJ7nU.QxfdZ4QqUuXd7eNHh-7qkKmWd4Cv4WzqlU6kHK1aLw2wJp5gW7xM0fVbC-0123456789", null)]
    public void References_are_read(string link, string type, string id, string? version)
    {
        Assert.True(Ehr.Addresses.TryReadReference(link, out var resource));
        Assert.Equal(new ResourceAddress(type, id, version), resource);
    }

    [Theory]
    [InlineData("Patient")]
    [InlineData("Patient/1/2")]
    [InlineData("Patient/1?x=y&z")]
    [InlineData("https://upstream.example/fhir/CarePlan/7")]
    [InlineData("patient/1")]
    public void Other_links_are_no_references(string link)
    {
        // A query is not part of a reference; the path alone decides, and asking goes to the path.
        if (link.Contains('?'))
            Assert.True(Ehr.Addresses.TryReadReference(link, out _));
        else
            Assert.False(Ehr.Addresses.TryReadReference(link, out _));
    }

    [Theory]
    [InlineData("http://ehr.example/fhir", NetworkReach.Public, false)]
    [InlineData("http://ehr.example/fhir", NetworkReach.Public, true)]
    [InlineData("http://ehr.example/fhir", NetworkReach.Private, false)]
    [InlineData("http://ehr.example/fhir", NetworkReach.Loopback, false)]
    [InlineData("https://u:p@ehr.example/fhir", NetworkReach.Public, false)]
    [InlineData("https://ehr.example/fhir?x=1", NetworkReach.Public, false)]
    [InlineData("ftp://ehr.example/fhir", NetworkReach.Public, false)]
    [InlineData("ehr.example/fhir", NetworkReach.Public, false)]
    public void A_base_that_would_carry_tokens_badly_is_refused(string url, NetworkReach reach, bool plainHttp) =>
        Assert.Throws<ArgumentException>(() => FhirServer.Of(url, reach, plainHttp: plainHttp));

    [Theory]
    [InlineData("http://localhost:5080/fhir/", NetworkReach.Loopback, false)]
    [InlineData("http://fhir:8080/fhir", NetworkReach.Private, true)]
    [InlineData("https://ehr.example/Path/", NetworkReach.Public, false)]
    public void The_base_is_kept_byte_for_byte(string url, NetworkReach reach, bool plainHttp) =>
        Assert.Equal(url, FhirServer.Of(url, reach, plainHttp: plainHttp).BaseUrl);

    [Theory]
    [InlineData("8.8.8.8", true, true, false)]
    [InlineData("2606:4700::1111", true, true, false)]
    [InlineData("::ffff:8.8.8.8", true, true, false)]
    [InlineData("64:ff9b::808:808", true, true, false)]
    [InlineData("10.1.2.3", false, true, false)]
    [InlineData("172.20.0.5", false, true, false)]
    [InlineData("192.168.1.1", false, true, false)]
    [InlineData("100.64.0.1", false, true, false)]
    [InlineData("fd12:3456::1", false, true, false)]
    [InlineData("::ffff:10.1.2.3", false, true, false)]
    [InlineData("127.0.0.1", false, false, true)]
    [InlineData("127.8.8.8", false, false, true)]
    [InlineData("::1", false, false, true)]
    [InlineData("::ffff:127.0.0.1", false, false, true)]
    [InlineData("64:ff9b::7f00:1", false, false, true)]
    [InlineData("2002:7f00:1::", false, false, true)]
    [InlineData("169.254.169.254", false, false, false)]
    [InlineData("::ffff:169.254.169.254", false, false, false)]
    [InlineData("2002:a9fe:a9fe::", false, false, false)]
    [InlineData("fe80::1", false, false, false)]
    [InlineData("fd00:ec2::254", false, false, false)]
    [InlineData("0.0.0.0", false, false, false)]
    [InlineData("::", false, false, false)]
    [InlineData("::7f00:1", false, false, false)]
    [InlineData("2001:0:a9fe::1", false, false, false)]
    [InlineData("224.0.0.1", false, false, false)]
    [InlineData("255.255.255.255", false, false, false)]
    [InlineData("198.18.0.1", false, false, false)]
    [InlineData("ff02::1", false, false, false)]
    [InlineData("2001:db8::1", false, false, false)]
    public void Each_reach_has_its_addresses(string address, bool publicReach, bool privateReach, bool loopbackReach)
    {
        var ip = IPAddress.Parse(address);
        Assert.Equal(publicReach, ConnectGuard.Allows(NetworkReach.Public, ip));
        Assert.Equal(privateReach, ConnectGuard.Allows(NetworkReach.Private, ip));
        Assert.Equal(loopbackReach, ConnectGuard.Allows(NetworkReach.Loopback, ip));
    }

    [Fact]
    public async Task A_name_that_resolves_inwards_gets_no_connection()
    {
        await using var inside = await ScriptedServer.StartAsync(ScriptedServer.Json("""{"resourceType":"Patient","id":"1"}"""));
        var port = new Uri(inside.Base).Port;
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.Parse("::ffff:127.0.0.1") })
        {
            var ehr = FhirServer.Of($"http://ehr.example:{port}/fhir", NetworkReach.Private, plainHttp: true);
            var client = new FhirConnection(ehr, new HttpMessageInvoker(FhirConnection.CreateHandler(ehr, resolve: (_, _) => Task.FromResult(new[] { address }))), TimeProvider.System, () => 0.5, ScriptedServer.Quick).ClientFor(null);
            Assert.IsType<FhirFailure.NotAllowedAddress>((await client.ReadAsync("Patient/1", CancellationToken.None)).Failure);
        }

        Assert.Empty(inside.Requests);
    }

    [Fact]
    public async Task A_name_is_resolved_once_and_only_the_checked_address_is_dialled()
    {
        await using var inside = await ScriptedServer.StartAsync(ScriptedServer.Json("""{"resourceType":"Patient","id":"1"}"""));
        var ehr = FhirServer.Of($"http://localhost:{new Uri(inside.Base).Port}/fhir", NetworkReach.Loopback);
        var asked = 0;
        // A public address beside the loopback one: only the allowed one is tried.
        var handler = FhirConnection.CreateHandler(ehr, resolve: (_, _) =>
        {
            asked++;
            return Task.FromResult(new[] { IPAddress.Parse("192.0.2.1"), IPAddress.Loopback });
        });
        using var patient = (await new FhirConnection(ehr, new HttpMessageInvoker(handler), TimeProvider.System, () => 0.5).ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal(1, asked);
    }
}
