using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Description;

/// <summary>The repository's <c>openapi.yaml</c> is what the service serves. <c>BIOPSYFHIR_RECORD=1 dotnet test</c> writes it anew, for review.</summary>
public sealed class ApiDescriptionTests
{
    [Fact]
    public async Task The_repository_s_openapi_yaml_is_what_the_service_serves()
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        var served = (await client.GetStringAsync("/openapi.yaml")).ReplaceLineEndings("\n");
        var file = Path.Combine(Repository.Root, "openapi.yaml");
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") await File.WriteAllTextAsync(file, served);
        Assert.True(File.Exists(file), "openapi.yaml is missing; run with BIOPSYFHIR_RECORD=1");
        Assert.Equal((await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n"), served);
    }

    [Fact]
    public async Task The_description_is_the_same_with_the_sandbox_on()
    {
        using var plain = new ServiceHost();
        using var sandbox = new ServiceHost(new Dictionary<string, string?> { ["Sandbox:Enabled"] = "true" });
        using var one = plain.Client();
        using var other = sandbox.Client();
        Assert.Equal(await one.GetStringAsync("/openapi.yaml"), await other.GetStringAsync("/openapi.yaml"));
    }

    [Fact]
    public async Task A_browser_can_read_the_description()
    {
        using var host = new ServiceHost();
        using var client = host.Client();
        Assert.Contains("swagger-ui", await client.GetStringAsync("/swagger/index.html"), StringComparison.Ordinal);
    }
}
