using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.CheckEhr.Parts;

/// <summary>The CapabilityStatement: version, the searches a review makes, the writes it may end in.</summary>
public static class CheckStatement
{
    private static readonly string[] Written = ["CarePlan", "DocumentReference", "Communication", "Task"];

    public static IEnumerable<CheckLine> Of(FhirResult<Capabilities> statement)
    {
        if (!statement.Got(out var announced, out var failure))
        {
            yield return CheckLine.Error("FHIR", Said(failure), failure is FhirFailure.Unavailable or FhirFailure.TimedOut or FhirFailure.Busy
                ? "Check name, port, firewall and certificate as seen from this machine; then ask again."
                : "The issuer must be the base of an R4 server that answers GET metadata with its CapabilityStatement. Without it nothing is written back.");
            yield break;
        }
        var software = string.Join(' ', new[] { announced.SoftwareName, announced.SoftwareVersion }.OfType<string>());
        yield return announced.FhirVersion is { } version
            ? CheckLine.Ok("FHIR", software is "" ? $"version {version}" : $"version {version}, {Smart.Tokens.EhrWords.Sentence(software)}")
            : CheckLine.Warning("FHIR", "the CapabilityStatement does not say its version", "Make sure that the issuer is the R4 base.");
        foreach (var line in Searches(announced)) yield return line;
        foreach (var line in Writes(announced)) yield return line;
    }

    private static string Said(FhirFailure failure) => failure is FhirFailure.Unauthorised
        ? "the CapabilityStatement is not shown without a token, which the specification asks for"
        : failure.Sentence.TrimEnd('.');

    private static IEnumerable<CheckLine> Searches(Capabilities announced)
    {
        bool Searched(ChartSearch search) => announced.May(search.Type, Interaction.Search);
        var (needed, optional) = (ChartSearches.All.Where(s => !s.Optional).ToList(), ChartSearches.All.Where(s => s.Optional).ToList());
        var lost = needed.Where(s => !Searched(s)).Select(s => s.Type).ToList();
        var blind = lost.Intersect(["MedicationRequest", "Observation"]).ToList();
        if (blind is not [])
            yield return CheckLine.Error("search", $"no search of {string.Join(", ", blind)}: blood thinners or results would not be seen",
                "Have the search allowed. Without it every review says that it cannot judge.");
        if (lost.Except(blind).ToList() is { Count: > 0 } others)
            yield return CheckLine.Warning("search", $"no search of {string.Join(", ", others)}", "They are asked for all the same; when that fails, the review says what it could not see.");
        if (optional.Where(s => !Searched(s)).Select(s => s.Type).ToList() is { Count: > 0 } unasked)
            yield return CheckLine.Warning("search", $"not announced and not asked for: {string.Join(", ", unasked)}", "Nothing, unless this EHR keeps medicines or results there.");
        var narrowed = ChartSearches.All.Where(Searched)
            .SelectMany(s => s.Parameters.Where(p => !announced.SearchesBy(s.Type, p)).Select(p => $"{s.Type}.{p}")).ToList();
        if (narrowed is not [])
            yield return CheckLine.Warning("search", $"parameters not announced: {string.Join(", ", narrowed)}",
                "They are sent all the same; a server that refuses or ignores them is asked again without, or its answer is marked as not surely complete.");
        if (lost is [] && narrowed is [])
            yield return CheckLine.Ok("search", $"all {needed.Count} types a review needs, by every parameter it uses");
    }

    private static IEnumerable<CheckLine> Writes(Capabilities announced)
    {
        var created = Written.Where(type => announced.May(type, Interaction.Create)).ToList();
        if (created is not []) yield return CheckLine.Ok("create", $"{string.Join(", ", created)}");
        if (Written.Except(created).ToList() is { Count: > 0 } not)
            yield return CheckLine.Warning("create", $"not announced: {string.Join(", ", not)}", "See the lines of the write-back ladder for what happens instead.");
        if (created is []) yield break;
        var unconditional = created.Where(type => !announced.ConditionalCreate(type)).ToList();
        yield return unconditional is []
            ? CheckLine.Ok("create once", "conditional create keeps each of them single")
            : CheckLine.Warning("create once", $"no conditional create of {string.Join(", ", unconditional)}", "Our identifier is looked for first, and our own record keeps a repeat from adding another.");
        var unguarded = created.Where(type => announced.May(type, Interaction.Update) && !announced.VersionedUpdate(type)).ToList();
        if (unguarded is not [])
            yield return CheckLine.Warning("If-Match", $"versioned-update is not announced for {string.Join(", ", unguarded)}", "If-Match is sent all the same when an earlier version is marked as replaced.");
        else if (created.Any(type => announced.May(type, Interaction.Update)))
            yield return CheckLine.Ok("If-Match", "updates are guarded by the version");
    }
}
