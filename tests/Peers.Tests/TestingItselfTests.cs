using System.Diagnostics;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Peers.Tests;

/// <summary>The shared test project's own promises.</summary>
public class TestingItselfTests
{
    [Fact]
    public void The_repository_root_holds_the_solution() =>
        Assert.True(File.Exists(Repository.Path("BiopsyFhir.sln")));

    [Fact]
    public void A_need_that_this_machine_lacks_skips_with_a_reason_that_names_it()
    {
        // One of the two sides holds on every machine; neither may be silent.
        Assert.Equal(SharedData.Exists, Machine.Lacks(Needs.SharedData) is null);
        Assert.Equal(Machine.Lacks(Needs.Chromium), new ChromiumFactAttribute().Skip);
        Assert.Null(Machine.Lacks(Needs.Nothing));
        if (!SharedData.Exists) Assert.Contains("BIOPSYFHIR_SHARED", new SharedDataFactAttribute().Skip);
    }

    [SharedDataFact]
    public void A_misspelt_shared_file_is_an_error_not_an_empty_answer()
    {
        Assert.True(Directory.Exists(SharedData.Path("data/patients")));
        Assert.Throws<FileNotFoundException>(() => SharedData.Path("data/patientz"));
    }

    [PostgresFact]
    public async Task A_private_PostgreSQL_starts_answers_and_leaves_nothing_behind()
    {
        var server = new PostgresServer();
        await server.InitializeAsync();
        var port = server.ConnectionString.Split(';').Single(part => part.StartsWith("Port=", StringComparison.Ordinal))[5..];
        int IsReady()
        {
            using var probe = Process.Start(new ProcessStartInfo(
                System.IO.Path.Combine(Machine.PostgresPrograms!, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", port]))!;
            probe.WaitForExit();
            return probe.ExitCode;
        }
        try
        {
            Assert.Equal(0, IsReady());
        }
        finally
        {
            await server.DisposeAsync();
        }
        Assert.NotEqual(0, IsReady());
    }
}
