using System.Diagnostics;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.CheckEhr;

/// <summary><c>check-ehr</c> as an operator types it.</summary>
public sealed class CheckEhrCommandTests
{
    [Fact]
    public async Task Without_an_argument_the_demo_EHR_is_started_and_checked()
    {
        var (code, output) = await RunAsync("Development");
        Assert.True(code is 0, output);
        Assert.Contains("sandbox: 0 errors, 0 warnings", output, StringComparison.Ordinal);
        Assert.Contains("a token for 300 seconds, every scope asked for", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_EHR_is_found_by_its_issuer_also_in_production_without_the_rest_of_the_configuration()
    {
        await using var ehr = await FakeEhr.StartAsync();
        var (code, output) = await RunAsync("Production", ehr.FhirBase + "/", $"--Ehrs:0:Issuer={ehr.FhirBase}", "--Ehrs:0:Id", "north", "--Ehrs:0:ClientId=x", "--Ehrs:0:ClientAuth=secret", "--Ehrs:0:ClientSecret=hush-hush");
        Assert.Contains("north  " + ehr.FhirBase, output, StringComparison.Ordinal);
        Assert.Contains("The EHR has no such resource", output, StringComparison.Ordinal); // no CapabilityStatement there
        Assert.Equal(1, code);
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_is_not_in_the_list_is_not_asked()
    {
        await using var ehr = await FakeEhr.StartAsync();
        var (code, output) = await RunAsync("Production", ehr.FhirBase, "--Ehrs:0:Issuer=https://other.example/fhir", "--Ehrs:0:ClientId=x");
        Assert.Equal(1, code);
        Assert.Contains("is not in Ehrs; nothing was sent to it", output, StringComparison.Ordinal);
        Assert.Empty(ehr.Requests);
    }

    [Fact]
    public async Task Faults_of_the_EHR_configuration_are_told_instead()
    {
        var (code, output) = await RunAsync("Production", "--Ehrs:0:Issuer=https://a.example/fhir", "--Ehrs:0:ClientId=x", "--Ehrs:0:ClientAuth=private-key");
        Assert.Equal(1, code);
        Assert.Contains("Smart:SigningKeys is required", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_names_are_a_usage_error()
    {
        var (code, output) = await RunAsync("Development", "one", "two");
        Assert.Equal(2, code);
        Assert.Contains("check-ehr [ISSUER|ID]", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string environment, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-test-");
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "check-ehr", .. arguments, $"--Database:Folder={folder.FullName}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = environment },
        };
        using var process = Process.Start(start)!;
        var output = Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return (process.ExitCode, string.Concat(await output));
    }
}
