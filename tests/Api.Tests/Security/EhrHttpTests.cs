using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

public sealed class EhrHttpTests
{
    [Theory]
    [InlineData("https://ehr.example/fhir", "https://ehr.example/fhir/x", true)]
    [InlineData("https://ehr.example/fhir", "https://login.example/token", true)]
    [InlineData("https://ehr.example/fhir", "http://ehr.example/token", false)]
    [InlineData("https://ehr.example/fhir", "http://127.0.0.1/token", false)]
    [InlineData("https://ehr.example/fhir", "https://u:p@login.example/token", false)]
    [InlineData("https://ehr.example/fhir", "ftp://ehr.example/token", false)]
    [InlineData("https://ehr.example/fhir", "https://login.example/token#x", false)]
    [InlineData("http://127.0.0.1:5080/fhir", "http://127.0.0.1:6000/token", true)]
    [InlineData("http://127.0.0.1:5080/fhir", "http://ehr.example/token", false)]
    [InlineData("http://ehr.local/fhir", "http://ehr.local/token", true)]
    [InlineData("http://ehr.local/fhir", "http://other.local/token", false)]
    public void An_endpoint_is_asked_over_https_or_where_the_FHIR_base_is(string issuer, string endpoint, bool may) =>
        Assert.Equal(may, EhrHttp.MayAsk(new() { Key = "Ehrs:0", Id = "x", Issuer = issuer }, new(endpoint)));

    [Fact]
    public async Task A_name_that_leads_to_this_machine_gets_no_connection_unless_the_EHR_is_on_it()
    {
        // The EHR's name is not loopback, so an https endpoint that resolves to loopback is someone's trick.
        await using var inside = await FakeEhr.StartAsync();
        using var http = new EhrHttp(new(), new Host());
        var ehr = new EhrOptions { Key = "Ehrs:0", Id = "x", Issuer = "https://ehr.example/fhir" };
        var refused = await Assert.ThrowsAsync<EhrUnreachableException>(() =>
            http.GetAsync(ehr, new(inside.Origin.Replace("http://127.0.0.1", "https://localhost", StringComparison.Ordinal) + "/x"), "application/json", default));
        Assert.Contains("not allowed", refused.Message, StringComparison.Ordinal);
        Assert.Empty(inside.Requests);
    }

    internal sealed class Host : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "test";
        public string ContentRootPath { get; set; } = "/";
        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
