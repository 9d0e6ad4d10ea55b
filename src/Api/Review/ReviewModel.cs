using System.Collections.Immutable;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;

namespace BiopsyFhir.Api.Review;

/// <summary>Who the page is about, for the banner. Shown only when the EHR asks for it or says nothing (SMART need_patient_banner).</summary>
public sealed record PatientBanner(string Name, string? BirthDate, string? Identifier);

/// <summary>The choices that re-assess at once; each is a query value of contract section 2.</summary>
public sealed record ReviewQuery(string? ProcedureAt, string? Policy, string? Indication, string? Site, string? Sedation, string? Escort);

/// <summary>Everything that the review page shows.</summary>
public sealed record ReviewModel
{
    public required Readiness Readiness { get; init; }

    /// <summary>Path of this page: /review/{session}.</summary>
    public string Path { get; init; } = "";

    /// <summary>Antiforgery token bound to the session; null where nobody can sign: the page is then to read.</summary>
    public string? FormToken { get; init; }
    public PatientBanner? Banner { get; init; }
    public ReviewQuery Query { get; init; } = new(null, null, null, null, null, null);

    /// <summary>Ids and names of the policies on offer.</summary>
    public required ImmutableArray<(string Id, string Name)> Policies { get; init; }

    /// <summary>The same patient under P1, P2 and P3.</summary>
    public ImmutableArray<Readiness> Presets { get; init; } = [];

    /// <summary>Values by analyte, newest first, for the trends.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<LabValue>> Trends { get; init; }

    /// <summary>FHIR base, to link a fact to its resource; null shows the reference as text.</summary>
    public string? ResourceBase { get; init; }

    /// <summary>What the granted scopes leave out, in words.</summary>
    public ImmutableArray<string> Degraded { get; init; } = [];

    /// <summary>Records read, for the footer.</summary>
    public int RecordsRead { get; init; }
    public string OperatorName { get; init; } = "";

    /// <summary>Languages in which a handout is on file.</summary>
    public ImmutableArray<(string Language, string Name)> Languages { get; init; } = [];

    /// <summary>What an assessment of a chart shows, whoever looks at it.</summary>
    public static ReviewModel Of(Gathered.Ok gathered, Readiness readiness, AssessmentQuery query, PolicyShelf policies) => new()
    {
        Readiness = readiness,
        Policies = [.. policies.Current.ById.Values.Select(p => (p.Id, p.Name))],
        Presets = [.. PolicySet.Presets.Select(id => policies.Current.ById[id])
            .Select(p => RunAssessment.OfChart(gathered.Chart, query with { Policy = p }, "", new PhaseTimes())).OfType<Assessed.Ok>().Select(a => a.Readiness)],
        Trends = Assess.Situation(readiness.Snapshot, readiness.Policy).Labs.Values,
        RecordsRead = gathered.RecordsRead,
    };
}
