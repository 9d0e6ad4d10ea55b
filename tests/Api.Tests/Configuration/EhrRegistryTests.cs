using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Configuration;

public sealed class EhrRegistryTests(EhrRegistryTests.OneEhr host) : IClassFixture<EhrRegistryTests.OneEhr>
{
    [Theory]
    [InlineData("https://ehr.example.org/fhir/")]
    [InlineData("https://ehr.example.org/fhir")]
    [InlineData("HTTPS://EHR.EXAMPLE.ORG:443/fhir/")]
    public void L_03_an_issuer_is_found_in_any_spelling_and_its_configured_bytes_are_kept(string asReceived)
    {
        Assert.Equal("https://ehr.example.org/fhir/", host.Get<EhrRegistry>().ByIssuer(asReceived)?.Issuer);
    }

    [Theory]
    [InlineData("https://ehr.example.org/FHIR")]
    [InlineData("https://ehr.example.org/fhir/extra")]
    [InlineData("http://ehr.example.org/fhir")]
    [InlineData("https://ehr.example.org.evil.example/fhir")]
    [InlineData("https://ehr.example.org@evil.example/fhir")]
    [InlineData("https://ehr.example.org/fhir?x")]
    [InlineData("https://ehr.example.org/fhir#x")]
    [InlineData("https://ehr.example.org:8443/fhir")]
    [InlineData("not a url")]
    [InlineData("")]
    [InlineData(null)]
    public void L_02_anything_else_is_not_a_trusted_issuer(string? asReceived)
    {
        Assert.Null(host.Get<EhrRegistry>().ByIssuer(asReceived));
    }

    [Fact]
    public void The_sandbox_is_a_trusted_EHR_under_the_address_we_listen_on()
    {
        using var sandboxed = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        var sandbox = sandboxed.Get<EhrRegistry>().ByIssuer(sandboxed.Address + "/sandbox/fhir");
        Assert.Equal(("sandbox", "biopsyfhir-sandbox", "biopsyfhir-backend"), (sandbox?.Id, sandbox?.ClientId, sandbox?.BackendClientId));
    }

    public sealed class OneEhr() : ServiceHost(new Dictionary<string, string?>
    {
        ["Ehrs:0:Issuer"] = "https://ehr.example.org/fhir/",
        ["Ehrs:0:ClientId"] = "biopsy",
    });
}
