using System.Text.Json.Serialization;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BiopsyFhir.Api.CheckEhr;

/// <summary><c>/check-ehr</c> for people, <c>/api/v1/check-ehr/{ehr}</c> for programs, <c>/launch/check/{ticket}</c> inside the page of a stopped launch.</summary>
public static class CheckEhrEndpoints
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(900);

    /// <summary>Needs <see cref="SmartServices.AddEhrClient"/>.</summary>
    public static IServiceCollection AddConnectionCheck(this IServiceCollection services) => services
        .AddSingleton<Parts.CheckAddress>().AddSingleton<Parts.CheckKeys>().AddSingleton<Parts.CheckBackend>().AddSingleton<Parts.CheckCdsClients>()
        .AddSingleton<ConnectionCheck>();

    public static IServiceCollection AddCheckEhr(this IServiceCollection services) =>
        services.AddConnectionCheck().AddSingleton<CheckShelf>().AddSingleton<StoppedLaunches>();

    public static void MapCheckEhr(this WebApplication app)
    {
        app.MapApi().MapGet("/check-ehr/{ehr}", async (string ehr, EhrRegistry ehrs, CheckShelf shelf, HttpContext http) => ehrs.ById(ehr) is { } known
                ? TypedResults.Ok(CheckAnswer.Of(await shelf.Of(known).Task.WaitAsync(http.RequestAborted)))
                : Unknown(ehr).ToProblem())
            .WithName("CheckEhr").WithTags("Operations").WithSummary("Asks an EHR of the list everything a launch will ask of it. A result is kept for a minute.")
            .Produces<CheckAnswer>().ProducesProblem(404);

        var pages = app.MapOwnPages("/check-ehr");
        pages.MapGet("", (EhrRegistry ehrs) => new RazorComponentResult<CheckEhrList>(new Dictionary<string, object?> { [nameof(CheckEhrList.Ehrs)] = ehrs.All }));
        pages.MapGet("/{ehr}", (string ehr, bool? again, EhrRegistry ehrs, CheckShelf shelf) =>
        {
            if (ehrs.ById(ehr) is not { } known) return Task.FromResult<IResult>(new FailurePage(Unknown(ehr)));
            if (again is not true) return PageAsync(known, shelf.Of(known), $"/check-ehr/{known.Id}");
            shelf.Forget(known);
            return Task.FromResult(Results.LocalRedirect($"~/check-ehr/{known.Id}"));
        });

        app.MapGet("/launch/check/{ticket}", (string ticket, StoppedLaunches stopped, CheckShelf shelf) => stopped.Read(ticket) is { } ehr
            ? PageAsync(ehr, shelf.Of(ehr), null)
            : Task.FromResult<IResult>(new FailurePage(new(FailureKind.NotFound, "This check is over. Open the review again from the patient's chart.")))).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>What there is after a moment; a page that is not finished looks again by itself.</summary>
    private static async Task<IResult> PageAsync(EhrOptions ehr, CheckUnderWay check, string? path)
    {
        await Task.WhenAny(check.Task, Task.Delay(Glance));
        return new RazorComponentResult<CheckEhrPage>(new Dictionary<string, object?>
        {
            [nameof(CheckEhrPage.Report)] = check.Task.IsCompletedSuccessfully ? await check.Task : new(ehr.Id, ehr.Issuer, [.. check.Lines]),
            [nameof(CheckEhrPage.Running)] = !check.Task.IsCompleted,
            [nameof(CheckEhrPage.Path)] = path,
        });
    }

    private static Failure Unknown(string ehr) => new(FailureKind.NotFound, "There is no EHR of this name in Ehrs.", [new("ehr", "is not the Id of an EHR of this service")]);
}

/// <summary>The result of a check as JSON.</summary>
/// <param name="Ehr">Its <c>Id</c> in the configuration.</param>
/// <param name="State"><c>ok</c>, <c>warning</c> or <c>error</c>: the worst of the lines.</param>
public sealed record CheckAnswer(string Ehr, string Issuer, string State, IReadOnlyList<CheckAnswerLine> Lines)
{
    public static CheckAnswer Of(ConnectionReport report) => new(report.Ehr, report.Issuer, report.State.ToString().ToLowerInvariant(),
        [.. report.Lines.Select(line => new CheckAnswerLine(line.State.ToString().ToLowerInvariant(), line.Part, line.Found, line.ToDo))]);
}

/// <summary>One thing looked at.</summary>
/// <param name="ToDo">What to do about a warning or an error.</param>
public sealed record CheckAnswerLine(string State, string Part, string Found, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ToDo);
