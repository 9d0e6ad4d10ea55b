using System.Globalization;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>
/// One row of tests/Scenarios/tables: the usual patient with a few facts of her own, what must be said and what must not. The rows were
/// written from the evidence, never from an answer; the words are explained in tests/Scenarios/README.md.
/// </summary>
/// <param name="Where">File and line.</param>
internal sealed record TableRow(string Where, JsonObject Query, JsonObject Bundle, JsonObject Expected)
{
    public string Table => Where[..Where.IndexOf(':', StringComparison.Ordinal)];

    public static readonly DateOnly D0 = new(2026, 6, 10);

    public static IReadOnlyList<TableRow> All { get; } =
        [.. Directory.EnumerateFiles(Repository.Path("tests/Scenarios/tables"), "*.tsv").Order(StringComparer.Ordinal).SelectMany(Read)];

    /// <exception cref="FormatException">A word that is not known, with its file and line: nothing in a row is passed over.</exception>
    private static IEnumerable<TableRow> Read(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0 || line.StartsWith('#')) continue;
            var cells = line.Split('\t');
            var where = $"{Path.GetFileName(file)}:{number}";
            if (cells.Length is < 3 or > 4) throw new FormatException($"{where}: preset, patient, must say and (if need be) must not say are expected");
            foreach (var preset in Words(cells[0], ' '))
            {
                TableRow row;
                try
                {
                    var patient = TablePatient.Read(Words(cells[1], ';'));
                    patient.Query["policy"] = preset;
                    row = new($"{where} {preset}", patient.Query, patient.Bundle(), TableWords.Expected($"{where} {preset}: {cells[1]}", Words(cells[2], ';'), cells.Length > 3 ? Words(cells[3], ';') : []));
                }
                catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
                {
                    throw new FormatException($"{where}: {e.Message}", e);
                }
                yield return row;
            }
        }
    }

    internal static string[] Words(string text, char separator) => text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>"D-7" or "D+1", counted from the day of the biopsy; or a date.</summary>
    internal static DateOnly Day(string text) =>
        text.StartsWith("D-", StringComparison.Ordinal) || text.StartsWith("D+", StringComparison.Ordinal)
            ? D0.AddDays(int.Parse(text[1..], CultureInfo.InvariantCulture))
            : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
