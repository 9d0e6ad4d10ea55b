using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Backup;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Components;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Delivery;
using BiopsyFhir.Api.Description;
using BiopsyFhir.Api.Doctor;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Health;
using BiopsyFhir.Api.Privacy;
using BiopsyFhir.Api.Published;
using BiopsyFhir.Api.Review;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Api.Sweep;
using BiopsyFhir.Api.Telemetry;
using BiopsyFhir.Api.Worklist;
using BiopsyFhir.Sandbox;

// A pattern that backtracks for that long is being attacked; generated patterns ask for this at their first use.
AppContext.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(5));

var builder = WebApplication.CreateBuilder(args);
var (options, faults) = ReadServiceOptions.From(builder.Configuration, builder.Environment);
if (AssessCommand.IsAsked(args)) return await AssessCommand.RunAsync(args, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (DoctorCommand.IsAsked(args)) return await DoctorCommand.RunAsync(args, builder, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (BackupCommand.IsAsked(args)) return await BackupCommand.RunAsync(args, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (CheckEhrCommand.IsAsked(args)) return await CheckEhrCommand.RunAsync(args, builder, options, faults, Console.Out, Console.Error);
if (PolicyDiffCommand.IsAsked(args)) return await PolicyDiffCommand.RunAsync(args, options, Console.Out, Console.Error);
if (SweepCommand.IsAsked(args)) return await SweepCommand.RunAsync(args, builder, options, TimeProvider.System, Console.Out, Console.Error);
if (SbomCommand.IsAsked(args)) return await SbomCommand.RunAsync(Console.Out, Console.Error);
if (EndSessionsCommand.IsAsked(args)) return await EndSessionsCommand.RunAsync(args, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (VerifyAuditCommand.IsAsked(args)) return await VerifyAuditCommand.RunAsync(args, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (PatientCommand.IsAsked(args)) return await PatientCommand.RunAsync(args, options, faults, TimeProvider.System, Console.Out, Console.Error);
if (faults is not []) return RefuseToStart.Because(faults);

var folder = new DataFolder(options);
builder.AddQuietLogs(options);
builder.AddRequestLimits(options);
builder.Services
    .AddServiceOptions(options)
    .AddStorage(folder)
    .AddTokenProtection(options, folder)
    .AddApiCaller(options)
    .AddErrors()
    .AddLoadShedding(options)
    .AddCompression()
    .AddSmart()
    .AddCheckEhr()
    .AddAssessments(options)
    .AddPublishedPolicies()
    .AddReview(options)
    .AddWorklist(options)
    .AddDelivery(options, folder)
    .AddHooks()
    .AddHealth(options)
    .AddTelemetry(options, builder.Environment)
    .AddApiDescription();
if (options.Sandbox.Enabled) builder.Services.AddSandboxEhr(ehr => ehr.PublicBaseUrlFrom = services => new(services.GetRequiredService<PublicAddress>().Base));

var app = builder.Build();
app.UseSecurityHeaders();
app.UseHookCors();
app.UseResponseCompression();
app.UseErrors();
app.UseRequestLimits();
app.UseStaticFiles();
app.UseRateLimiter();
app.UseRouting(); // after the files: /review/review.css is no session
app.UseAuthentication();
app.UseAuthorization();
app.UseSessions();

try
{
    app.WarmHooksEarly();
    await app.PrepareStorageAsync();
    app.MapFrontDoor(options);
    if (options.Sandbox.Enabled) app.MapSandboxEhr();
    app.MapSmart();
    app.MapSignInOf(options);
    app.MapCheckEhr();
    app.MapAssessments();
    app.MapPublishedPolicies(options);
    app.MapHooks();
    app.MapFeedback();
    app.MapReviewPages();
    app.MapSessionWriteBack();
    app.MapWorklist();
    app.MapDelivery();
    app.MapHealth();
    app.MapApiDescription();
}
catch (Exception e) when (RefuseToStart.FaultsIn(e) is { } atStart)
{
    return RefuseToStart.Because(atStart);
}

app.SayWhoMayCall(options);
using var end = EndInTime.Of(options);
await app.RunAsync();
return 0;

/// <summary>Public for tests that host the service.</summary>
public partial class Program;
