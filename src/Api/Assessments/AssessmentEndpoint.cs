using BiopsyFhir.Api.Errors;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary><c>POST /api/v1/assessments</c>: a Bundle in, readiness out; nothing stored, nothing written (contract section 2).</summary>
public static class AssessmentEndpoint
{
    public static async Task<IResult> PostAsync(HttpContext context, PolicyShelf shelf, Facility facility, TimeProvider clock)
    {
        var request = context.Request;
        if (ReadBody.UnsupportedMediaType(request) is { } why) return new Failure(FailureKind.UnsupportedMediaType, why).ToProblem();
        var times = new PhaseTimes();
        using var body = await ReadBody.ReadAsync(request, context.RequestAborted);
        if (body is null) return new Failure(FailureKind.TooLarge, $"The body is larger than {ReadBody.MaxBytes} bytes.").ToProblem();

        var faults = new List<ReadFault>();
        foreach (var name in request.Query.Keys.Where(k => !AssessmentQuery.Names.Contains(k, StringComparer.OrdinalIgnoreCase)))
            faults.Add(new($"query {AssessmentQuery.Excerpt(name)}", $"This parameter is not known; there are {string.Join(", ", AssessmentQuery.Names)}."));
        var query = AssessmentQuery.Read(name => Single(request.Query, name, faults), shelf.Current, shelf.Default, facility, clock.GetUtcNow(), faults);
        var assessed = RunAssessment.OfBundle(body.Bytes, query, faults, times);
        if (assessed is Assessed.Refused(var all)) return Refuse(all);

        var (readiness, id) = (Assessed.Ok)assessed;
        var answer = WriteAssessment.ToUtf8(readiness, id);
        times.End("present");
        context.Response.Headers["Server-Timing"] = times.ToString();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(answer, "application/json");
    }

    private static IResult Refuse(IReadOnlyList<ReadFault> faults) =>
        new Failure(FailureKind.BadRequest, faults.Count == 1 ? "One fault keeps this request from being assessed." : $"{faults.Count} faults keep this request from being assessed.",
            [.. faults.Select(f => new Fault(f.Where, f.What))]).ToProblem();

    private static string? Single(IQueryCollection query, string name, List<ReadFault> faults)
    {
        if (!query.TryGetValue(name, out var values) || values.Count == 0) return null;
        if (values.Count > 1 && faults.All(f => f.Where != $"query {name}")) faults.Add(new($"query {name}", "is there twice."));
        return values[0] ?? "";
    }
}
