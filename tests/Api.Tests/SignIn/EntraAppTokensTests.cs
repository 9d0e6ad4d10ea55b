using System.Text.Json.Nodes;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.SignIn;

/// <summary>A backend client whose tokens Entra ID issues, as for Azure Health Data Services.</summary>
public sealed class EntraAppTokensTests
{
    private static async Task<(FakeEntra Entra, FakeEhr Ehr, ServiceHost Host)> WorldAsync(params (string Key, string? Value)[] credentials)
    {
        var (entra, ehr) = (await FakeEntra.StartAsync(), await FakeEhr.StartAsync());
        ehr.Instead = request => request.Path.StartsWith("/fhir/Patient", StringComparison.Ordinal)
            ? request.Headers.GetValueOrDefault("Authorization") is "Bearer app-token"
                ? FakeEhr.Json(200, request.Path is "/fhir/Patient" ? new JsonObject { ["resourceType"] = "Bundle", ["type"] = "searchset" } : new JsonObject { ["resourceType"] = "Patient", ["id"] = "p" }, "application/fhir+json")
                : (401, "text/plain", "")
            : request.Path.StartsWith("/fhir/.well-known", StringComparison.Ordinal) ? (404, "text/plain", "") : null;
        var host = entra.Service(
        [
            ("AzureAd:TenantId", null), ("AzureAd:ClientId", null), ("AzureAd:ClientSecret", null),
            ("Ehrs:0:Issuer", ehr.FhirBase), ("Ehrs:0:Id", "azure"), ("Ehrs:0:BackendClientId", FakeEntra.Client),
            ("Ehrs:0:BackendEntra:TenantId", FakeEntra.Tenant), ("Ehrs:0:BackendEntra:Instance", entra.Origin), .. credentials,
        ]);
        return (entra, ehr, host);
    }

    [Theory]
    [InlineData("ClientSecret")]
    [InlineData("ClientCertificate")]
    public async Task A_token_for_the_FHIR_service_is_asked_for_once_and_used(string credential)
    {
        var (entra, ehr, host) = await WorldAsync(($"Ehrs:0:BackendEntra:{credential}", credential is "ClientSecret" ? "app-secret" : TestKeys.Wrapping));
        await using var _ = entra;
        await using var __ = ehr;
        await using var ___ = host;
        var client = host.Get<EhrCharts>().ForBackend(host.Get<EhrRegistry>().ById("azure")!);
        for (var n = 0; n < 2; n++)
        {
            using var patient = (await client.ReadAsync("Patient/p", default)).Value;
            Assert.Equal("Patient/p", patient.Address.Reference);
        }
        var asked = Assert.Single(entra.TokenRequests).Form;
        Assert.Equal("client_credentials", asked["grant_type"]);
        Assert.Equal($"{ehr.FhirBase}/.default", asked["scope"]);
        Assert.Equal(FakeEntra.Client, asked["client_id"]);
        if (credential is "ClientSecret") Assert.Equal("app-secret", asked["client_secret"]);
        else Assert.Equal(2, asked["client_assertion"].Count(c => c is '.'));
        Assert.All((string[])["app-token", "app-secret"], word => Assert.DoesNotContain(host.Log, line => line.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_connection_check_asks_for_a_token_and_needs_no_smart_configuration()
    {
        var (entra, ehr, host) = await WorldAsync(("Ehrs:0:BackendEntra:ClientSecret", "app-secret"));
        await using var _ = entra;
        await using var __ = ehr;
        await using var ___ = host;
        var azure = host.Get<EhrRegistry>().ById("azure")!;
        var good = await host.Get<ConnectionCheck>().RunAsync(azure, null, default);
        Assert.Contains(good.Lines, line => line is { State: CheckState.Warning, Part: "discovery" });
        Assert.Contains(good.Lines, line => line is { State: CheckState.Ok, Part: "backend", Found: "a token from Entra ID; what it may do is decided by Azure roles" });
        Assert.Contains(good.Lines, line => line is { State: CheckState.Ok, Part: "backend read" });
        Assert.DoesNotContain(good.Lines, line => line.Part is "our key");

        entra.Refuse = "invalid_client";
        var bad = Assert.Single((await host.Get<ConnectionCheck>().RunAsync(azure, null, default)).Lines, line => line.Part is "backend");
        Assert.Equal("no token: invalid_client", bad.Found);
        Assert.Contains("Ehrs:0:BackendEntra", bad.ToDo, StringComparison.Ordinal);
    }
}
