using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Bulk;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>A population to assess.</summary>
public sealed record SweepRequest
{
    /// <summary>A folder of NDJSON files; null when <see cref="Ehr"/> exports them.</summary>
    public string? Input { get; init; }

    /// <summary>Id of the EHR that is asked for a Bulk Data export.</summary>
    public string? Ehr { get; init; }

    /// <summary>The EHR's Group; null for every patient.</summary>
    public string? Group { get; init; }
    public required string Out { get; init; }

    /// <summary>As of when, under which policy, for which facility.</summary>
    public required AssessmentQuery Query { get; init; }

    /// <summary>A second policy, to be told whom it would change.</summary>
    public Policy? Compare { get; init; }

    /// <summary>Ids of the patients to assess; null: everybody with an order or booking about a marrow.</summary>
    public IReadOnlySet<string>? Patients { get; init; }

    /// <summary>Threads.</summary>
    public required int Workers { get; init; }
}

/// <summary>One NDJSON file: Bulk Data has one resource type in each.</summary>
public sealed record SweepFile(string Path, string Type, long Bytes)
{
    public bool IsOrders => Type is "ServiceRequest" or "ProcedureRequest" or "Appointment";

    /// <param name="bytes">What one worker reads at a time; also what is read again after an interruption.</param>
    public IEnumerable<NdjsonRange> Parts(long bytes)
    {
        for (long from = 0; from < Bytes; from += bytes) yield return new(Path, from, Math.Min(Bytes, from + bytes));
    }

    /// <summary>Every *.ndjson below the folder, by name; the type is that of its first line.</summary>
    public static IReadOnlyList<SweepFile> In(string folder, List<ReadFault> faults)
    {
        if (!Directory.Exists(folder))
        {
            faults.Add(new("--input", $"{folder} is no folder."));
            return [];
        }
        var files = new List<SweepFile>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.ndjson*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!path.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase)) faults.Add(new(path, "is not plain NDJSON; unpack it first."));
            else if (new FileInfo(path).Length is > 0 and var bytes)
            {
                if (FirstType(path) is { } type) files.Add(new(path, type, bytes));
                else faults.Add(new(path, "Its first line is no FHIR resource."));
            }
        }
        if (files.Count == 0 && faults.Count == 0) faults.Add(new("--input", $"There is no *.ndjson in {folder}."));
        return files;
    }

    private static string? FirstType(string path)
    {
        using var lines = new StreamReader(path);
        return lines.ReadLine() is { } first ? BulkLine.Of(System.Text.Encoding.UTF8.GetBytes(first)).Type : null;
    }
}
