using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using static BiopsyFhir.Api.Tests.Assessments.AssessmentHost;

namespace BiopsyFhir.Api.Tests.Assessments;

public sealed class AssessCommandTests(AssessmentHost host) : IClassFixture<AssessmentHost>, IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private async Task<(int Code, string Output, string Errors)> RunAsync(string bundle, params string[] options)
    {
        await File.WriteAllTextAsync(_file, bundle);
        var (service, faults) = ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("Sandbox:Enabled", "true")]).Build(),
            new HostingEnvironment { EnvironmentName = Environments.Development, ContentRootPath = Path.GetTempPath() });
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await AssessCommand.RunAsync(["assess", _file, .. options], service, faults, new TestClock(new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero)), output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    [Fact]
    public async Task The_command_gives_the_bytes_of_the_endpoint()
    {
        var (code, output, _) = await RunAsync(Bundle(Patient, Order), "--as-of", "2026-03-11", "--policy=P3", "--procedure-at", "2026-03-20");
        using var response = await host.PostAsync(Bundle(Patient, Order), "?asOf=2026-03-11&policy=P3&procedureAt=2026-03-20");
        Assert.Equal((0, await response.Content.ReadAsStringAsync()), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task A_page_to_read_says_verdict_findings_and_what_could_not_be_judged()
    {
        var (code, output, _) = await RunAsync(Bundle(Patient, Order), "--as-of", "2026-03-11", "--format", "text");
        Assert.Equal(0, code);
        Assert.StartsWith("  ACTION-NEEDED  for a marrow biopsy on Wed 2026-03-18, 08:00 (time assumed)", output, StringComparison.Ordinal);
        Assert.Contains("Could not be judged (", output, StringComparison.Ordinal);
        Assert.Contains("Medication list: No medication list seen.", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 110, line));
    }

    [Fact]
    public async Task Control_characters_of_the_input_do_not_reach_the_terminal()
    {
        var (_, output, _) = await RunAsync(Bundle(Patient, Order, """{"resource":{"resourceType":"Evil\u001b[2J","id":"1"}}"""), "--as-of", "2026-03-11", "--format", "text");
        Assert.Contains("Evil", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Faults_of_the_input_are_all_said()
    {
        var (code, output, errors) = await RunAsync(Bundle(Order), "--policy", "P9");
        Assert.Equal((1, ""), (code, output));
        Assert.Equal(["query policy: 'P9' is none of P1, P2, P3.", "body: There is no Patient."], errors.TrimEnd().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("--as-off", "2026-03-11")]
    [InlineData("--as-of")]
    [InlineData("--format", "pdf")]
    [InlineData("2026-03-11")]
    public async Task A_command_line_without_sense_shows_the_usage(params string[] options)
    {
        var (code, _, errors) = await RunAsync(Bundle(Patient, Order), options);
        Assert.Equal(2, code);
        Assert.Contains("assess FILE|-", errors, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_file);
}
