using System.Diagnostics;

namespace BiopsyFhir.Api.Tests.Configuration;

public sealed class RefuseToStartTests
{
    [Fact]
    public async Task A_bad_configuration_ends_with_code_78_and_one_list_without_a_stack_trace()
    {
        var (code, output) = await RunAsync("--Ehrs:0:ClientId=x", "--Database:Provider=oracle", "--Sandbox:Enabled=false", "--Facility:TimeZone=Nowhere");
        Assert.Equal(78, code);
        Assert.Contains("3 faults", output, StringComparison.Ordinal);
        Assert.Contains("  Ehrs:0:Issuer: ", output, StringComparison.Ordinal);
        Assert.Contains("  Database:Provider: ", output, StringComparison.Ordinal);
        Assert.Contains("  Facility:TimeZone: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_ends_the_same_way()
    {
        var (code, output) = await RunAsync("--Sandbox:Enabled=false", "--Database:Provider=postgres",
            "--Database:ConnectionString=Host=127.0.0.1;Port=9;Username=u;Password=p4ssw0rd;Timeout=3");
        Assert.Equal(78, code);
        Assert.Contains("  Database: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("p4ssw0rd", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development" },
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
        return (process.ExitCode, string.Concat(await output));
    }
}
