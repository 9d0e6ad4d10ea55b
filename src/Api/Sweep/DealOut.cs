using System.Globalization;
using BiopsyFhir.Fhir.Bulk;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>
/// Second step: every line of a wanted patient goes to the part that all of her lines go to, so that afterwards one part at a time
/// fits into memory. Medications name no patient: they follow the entries that refer to them, in a step of their own.
/// </summary>
public sealed class DealOut(SweepFolder folder, DoPieces work, IReadOnlySet<string> wanted, int parts, SweepProgress progress, CancellationToken cancel)
{
    /// <exception cref="InvalidDataException">A file holds more than one resource type: its orders would have been overlooked.</exception>
    public Tally Run(IReadOnlyList<SweepFile> files)
    {
        // Small enough that no worker waits long for the last piece of another, and not many more: each leaves a file in each part.
        var piece = Math.Clamp(files.Sum(f => f.Bytes) / 96, 16L * 1024 * 1024, 256L * 1024 * 1024);
        var charts = files.Where(f => f.Type != "Medication").SelectMany(f => f.Parts(piece).Select(part => (File: f, Part: part))).Select((p, i) => (p.File, p.Part, Name: Name("c", i))).ToList();
        var medications = files.Where(f => f.Type == "Medication").SelectMany(f => f.Parts(piece).Select(part => (File: f, Part: part))).Select((p, i) => (p.File, p.Part, Name: Name("m", i))).ToList();

        work.All("dealing out charts", [.. charts.Select(unit => new SweepPiece(unit.Name, unit.Part.To - unit.Part.From, () => Deal(unit.Name, to => Charts(unit.File, unit.Part, unit.Name, to))))]);
        if (medications.Count > 0)
        {
            var needed = NeededMedications(charts.Select(c => c.Name));
            work.All("dealing out medicines", [.. medications.Select(unit => new SweepPiece(unit.Name, unit.Part.To - unit.Part.From, () => Deal(unit.Name, to => Medications(unit.File, unit.Part, needed, to))))]);
        }
        var tally = new Tally();
        foreach (var (_, _, name) in charts.Concat(medications)) tally.Add(Tally.FromJson(folder.Done(name)!));
        return tally;
    }

    public static int PartOf(string patient, int parts)
    {
        // FNV-1a: the same on every machine and in every run.
        var hash = 2166136261u;
        foreach (var letter in patient) hash = (hash ^ letter) * 16777619u;
        return (int)(hash % (uint)parts);
    }

    private static string Name(string kind, int number) => kind + number.ToString("00000", CultureInfo.InvariantCulture);

    private void Deal(string name, Func<PartWriter, Tally> deal)
    {
        using var to = new PartWriter(folder, name, parts);
        var tally = deal(to);
        to.Finish();
        folder.Finish(name, tally.ToJson());
    }

    private Tally Charts(SweepFile file, NdjsonRange part, string name, PartWriter to)
    {
        var tally = new Tally();
        var medications = new HashSet<(string Id, int Part)>();
        part.Read((bytes, at) =>
        {
            var line = BulkLine.Of(bytes.Span);
            if (line.Type is null)
            {
                tally.Count(Heading.UnreadableLines, file.Type);
                return;
            }
            if (line.Type != file.Type) throw new InvalidDataException($"{file.Path}, byte {at}: {line.Type} in a file of {file.Type}. Bulk Data has one type in each file; take the file apart first.");
            if (line.Patients.Count == 0 && RecordKinds.Of(line.Type) is not null && line.Type != "Device") tally.Count(Heading.OfNobody, line.Type);
            foreach (var patient in line.Patients)
            {
                if (!wanted.Contains(patient)) continue;
                var target = PartOf(patient, parts);
                to.Write(target, bytes.Span);
                foreach (var medication in line.Medications) medications.Add((medication, target));
            }
        }, _ => tally.Count(Heading.UnreadableLines, file.Type), progress.Advance, cancel);
        if (medications.Count > 0) folder.Finish($"{name}-medications", string.Join('\n', medications.Select(m => $"{m.Part}\t{m.Id}").Order(StringComparer.Ordinal)));
        return tally;
    }

    private Dictionary<string, HashSet<int>> NeededMedications(IEnumerable<string> units)
    {
        var needed = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        foreach (var line in units.SelectMany(u => folder.Done($"{u}-medications")?.Split('\n') ?? []))
        {
            var (part, id) = (line[..line.IndexOf('\t', StringComparison.Ordinal)], line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]);
            if (!needed.TryGetValue(id, out var parts)) needed[id] = parts = [];
            parts.Add(int.Parse(part, CultureInfo.InvariantCulture));
        }
        return needed;
    }

    private Tally Medications(SweepFile file, NdjsonRange part, Dictionary<string, HashSet<int>> needed, PartWriter to)
    {
        var tally = new Tally();
        part.Read((bytes, _) =>
        {
            var line = BulkLine.Of(bytes.Span);
            if (line.Type is null) tally.Count(Heading.UnreadableLines, file.Type);
            else if (line.Id is { } id && needed.TryGetValue(id, out var targets))
                foreach (var target in targets) to.Write(target, bytes.Span);
        }, _ => tally.Count(Heading.UnreadableLines, file.Type), progress.Advance, cancel);
        return tally;
    }
}

/// <summary>Lines to the files of the parts, in few large pieces: one open file per part would be too many.</summary>
public sealed class PartWriter : IDisposable
{
    private const int Piece = 128 * 1024;

    private readonly MemoryStream?[] _pieces;
    private readonly SweepFolder _folder;
    private readonly string _name;

    public PartWriter(SweepFolder folder, string name, int parts)
    {
        (_folder, _name, _pieces) = (folder, name, new MemoryStream?[parts]);
        // What an interrupted run of ours left.
        for (var part = 0; part < parts; part++) File.Delete(folder.Unfinished(FileOf(part)));
    }

    public void Write(int part, ReadOnlySpan<byte> line)
    {
        var piece = _pieces[part] ??= new();
        piece.Write(line);
        piece.WriteByte((byte)'\n');
        if (piece.Length >= Piece) Append(part, piece);
    }

    public void Finish()
    {
        for (var part = 0; part < _pieces.Length; part++)
        {
            if (_pieces[part] is not { } piece) continue;
            Append(part, piece);
            _folder.Whole(FileOf(part));
        }
    }

    public void Dispose()
    {
        foreach (var piece in _pieces) piece?.Dispose();
    }

    private void Append(int part, MemoryStream piece)
    {
        using (var file = new FileStream(_folder.Unfinished(FileOf(part)), FileMode.Append)) piece.WriteTo(file);
        piece.SetLength(0);
    }

    private string FileOf(int part) => Path.Combine(_folder.Part(part), $"{_name}.ndjson");
}
