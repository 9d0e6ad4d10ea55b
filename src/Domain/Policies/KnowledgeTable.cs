using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Domain;

/// <summary>One row of a tab-separated knowledge file.</summary>
public readonly record struct KnowledgeRow(string Where, ImmutableArray<string> Columns, string[] Cells)
{
    public string this[string column] => Cells[Columns.IndexOf(column)];

    /// <summary>The parts of a cell that lists several, joined by '+'.</summary>
    public string[] Several(string column) => this[column].Split('+', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// A tab-separated knowledge file: lines that begin with '#' are comments, the first other line names the columns, no
/// quoting. A file with a wrong header or an undecodable byte gives no rows and a fault; a row of the wrong width is a fault.
/// </summary>
public static class KnowledgeTable
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static ImmutableArray<KnowledgeRow> Read(KnowledgeFiles files, string name, Faults faults, bool optional, params ImmutableArray<string> columns)
    {
        if (!files.ByName.TryGetValue(name, out var bytes))
        {
            if (!optional) faults.Add(name, "file is missing");
            return [];
        }
        string text;
        try
        {
            text = Strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            faults.Add(name, "is not UTF-8");
            return [];
        }
        var rows = ImmutableArray.CreateBuilder<KnowledgeRow>();
        var header = false;
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var row = line.TrimEnd('\r');
            if (row.Length == 0 || row[0] == '#') continue;
            var cells = row.Split('\t');
            if (!header)
            {
                header = true;
                if (cells.SequenceEqual(columns)) continue;
                faults.Add($"{name}:{number}", $"the columns are not {string.Join(", ", columns)}");
                return [];
            }
            if (cells.Length == columns.Length) rows.Add(new($"{name}:{number}", columns, cells));
            else faults.Add($"{name}:{number}", $"{columns.Length} columns are expected, {cells.Length} found");
        }
        if (!header) faults.Add(name, "has no header line");
        return rows.ToImmutable();
    }
}
