using BiopsyFhir.Api.Errors;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary><c>POST /api/v1/assessments</c>: a Bundle in, readiness out; nothing stored, nothing written (contract section 2).</summary>
public static class AssessmentEndpoint
{
    /// <summary>Assesses readiness for a bone marrow biopsy from one posted Bundle.</summary>
    /// <remarks>The body is one FHIR R4 Bundle of any type with exactly one Patient, at most 20,971,520 bytes. Nothing is stored, nothing is written to any EHR.</remarks>
    /// <param name="context">The request; the query is read from it, so that a name given twice is seen.</param>
    /// <param name="procedureAt">Day (YYYY-MM-DD) or date-time with offset of the biopsy. Default: the marrow order, else a booked appointment.</param>
    /// <param name="asOf">Day or date-time of the question. Default: now.</param>
    /// <param name="policy">P1, P2, P3 or a site policy's id. Default: the site's.</param>
    /// <param name="indication">unexplained-anaemia, unexplained-cytopenia, suspected-mds, acute-leukaemia, lymphoma-staging, myeloma, mpn, treatment-monitoring, transplant-follow-up, other, not-stated. Default: from the order's reason.</param>
    /// <param name="site">posterior-iliac-crest, anterior-iliac-crest, sternum, tibia. Default: from the order's body site, else posterior-iliac-crest.</param>
    /// <param name="sedation">none, procedural, general. Default: none.</param>
    /// <param name="escort">yes, no, unknown. Default: unknown.</param>
    /// <param name="elevationMeters">Metres above sea level. Default: the facility's.</param>
    /// <param name="timeZone">IANA name. Default: the facility's.</param>
    public static async Task<IResult> PostAsync(HttpContext context, PolicyShelf shelf, Facility facility, TimeProvider clock,
        string? procedureAt, string? asOf, string? policy, string? indication, string? site, string? sedation, string? escort, string? elevationMeters, string? timeZone)
    {
        _ = (procedureAt, asOf, policy, indication, site, sedation, escort, elevationMeters, timeZone); // bound for the API description only
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
