using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Assessments;

/// <summary>
/// <c>dotnet run --project src/Api -- assess bundle.json [--procedure-at … --as-of … --policy … --format text]</c>: the answer of
/// the endpoint from a file (or <c>-</c>, standard input), as JSON or as a page to read. Reproduces any assessment without a server.
/// </summary>
public static class AssessCommand
{
    public const string Usage = """
        assess FILE|- [--procedure-at DAY|DATE-TIME] [--as-of DAY|DATE-TIME] [--policy ID] [--indication KEY] [--site KEY]
               [--sedation none|procedural|general] [--escort yes|no|unknown] [--elevation-meters NUMBER] [--time-zone NAME]
               [--format json|text]
        """;

    public static bool IsAsked(string[] args) => args is ["assess", ..];

    /// <returns>0: assessed. 1: the input cannot be assessed (every fault on standard error). 2: the command line makes no sense. 78: the policies have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions service, IReadOnlyList<ConfigurationFault> atStart, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var faults = new List<ReadFault>();
        var options = CommandOptions.Read(args, 2, [.. AssessmentQuery.Names, "format"], faults);
        if (options.GetValueOrDefault("format") is not (null or "json" or "text")) faults.Add(new("--format", "is json or text."));
        // Databases, keys and EHRs do not matter here; a time zone given on the command line makes up for one that is not set.
        faults.AddRange(atStart.Where(f => f.Key.StartsWith("Facility:", StringComparison.Ordinal) && !(f.Key == "Facility:TimeZone" && options.ContainsKey("timeZone")))
            .Select(f => new ReadFault(f.Key, f.Problem)));
        if (args.Length < 2 || faults.Count > 0)
        {
            foreach (var fault in faults) await errors.WriteLineAsync($"{fault.Where}: {fault.What}");
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        if (await ReadAsync(args[1]) is not { } bytes)
        {
            await errors.WriteLineAsync($"{args[1]}: there is no such file, or it cannot be read.");
            return 2;
        }
        if (await AssessmentServices.PoliciesAsync(service, errors) is not { } shelf) return RefuseToStart.ExitCode;
        var query = AssessmentQuery.Read(options.GetValueOrDefault, shelf.Current, shelf.Default, AssessmentServices.Facility(service), clock.GetUtcNow(), faults);
        switch (RunAssessment.OfBundle(bytes, query, faults, new()))
        {
            case Assessed.Ok(var readiness, _) when options.GetValueOrDefault("format") == "text":
                await output.WriteAsync(AssessmentText.Of(readiness));
                return 0;
            case Assessed.Ok(var readiness, var id):
                await output.WriteLineAsync(System.Text.Encoding.UTF8.GetString(WriteAssessment.ToUtf8(readiness, id).Span));
                return 0;
            case Assessed.Refused(var all):
                foreach (var fault in all) await errors.WriteLineAsync($"{fault.Where}: {fault.What}");
                return 1;
            default:
                return 1;
        }
    }

    private static async Task<byte[]?> ReadAsync(string path)
    {
        try
        {
            if (path != "-") return await File.ReadAllBytesAsync(path);
            using var input = new MemoryStream();
            await Console.OpenStandardInput().CopyToAsync(input);
            return input.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
