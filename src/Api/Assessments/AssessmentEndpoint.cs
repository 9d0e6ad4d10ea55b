using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary><c>POST /api/v1/assessments</c>: a Bundle in, readiness out; nothing stored, nothing written (contract section 2).</summary>
public static class AssessmentEndpoint
{
    public static async Task<IResult> PostAsync(HttpContext context, PolicyShelf shelf, Facility facility, TimeProvider clock)
    {
        var request = context.Request;
        if (ReadBody.UnsupportedMediaType(request) is { } why) return new Problem(415, why, []);
        var times = new PhaseTimes();
        using var body = await ReadBody.ReadAsync(request, context.RequestAborted);
        if (body is null) return new Problem(413, $"The body is larger than {ReadBody.MaxBytes} bytes.", []);

        var faults = new List<ReadFault>();
        foreach (var name in request.Query.Keys.Where(k => !AssessmentQuery.Names.Contains(k, StringComparer.OrdinalIgnoreCase)))
            faults.Add(new("query", $"A parameter is not known; there are {string.Join(", ", AssessmentQuery.Names)}."));
        var query = AssessmentQuery.Read(name => Single(request.Query, name, faults), shelf.Current, shelf.Default, facility, clock.GetUtcNow(), faults);
        var assessed = RunAssessment.OfBundle(body.Bytes, query, faults, times);
        if (assessed is Assessed.Refused(var all)) return new Problem(400, $"The request cannot be assessed; faults: {all.Count}.", all);

        var (readiness, id) = (Assessed.Ok)assessed;
        var answer = WriteAssessment.ToUtf8(readiness, id);
        times.End("present");
        context.Response.Headers["Server-Timing"] = times.ToString();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(answer, "application/json");
    }

    private static string? Single(IQueryCollection query, string name, List<ReadFault> faults)
    {
        if (!query.TryGetValue(name, out var values) || values.Count == 0) return null;
        if (values.Count > 1 && faults.All(f => f.Where != $"query {name}")) faults.Add(new($"query {name}", "is there twice."));
        return values[0] ?? "";
    }
}
