using System.Diagnostics;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>All acceptance cases through the running service, judged by the cases' own scorer.</summary>
public class AcceptanceTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    [ScorerFact]
    public async Task Every_acceptance_case_passes()
    {
        var start = new ProcessStartInfo(ScorerFactAttribute.Python!, [SharedData.Path("clinical/score"), host.Address.TrimEnd('/')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var scorer = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var report = scorer.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = scorer.StandardError.ReadToEndAsync(limit.Token);
        await scorer.WaitForExitAsync(limit.Token);
        Assert.True(scorer.ExitCode == 0, await report + await errors);
    }

    /// <summary>Skipped, with the reason, without the cases or without Python.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ScorerFactAttribute : FactWhenAttribute
    {
        public static string? Python { get; } = Machine.OnPath("python3");

        public ScorerFactAttribute() : base(Needs.SharedData)
        {
            if (Skip is null && Python is null) Skip = "needs python3, which runs the scorer";
        }
    }
}
