using System.Globalization;
using System.Text;
using System.Text.Json;
using BiopsyFhir.Benchmarks.Charts;

namespace BiopsyFhir.Benchmarks.Population;

/// <summary>
/// An invented population as a Bulk Data export writes it: one file a type, cut at a size, the patients of one file in the order in which
/// they were made. Every fiftieth has a marrow biopsy ordered, on one of sixty days; the others have another order. The same numbers give the same bytes.
/// </summary>
internal static class GeneratePopulation
{
    public const string Name = "population";

    private const int OrderedOnceIn = 50;
    private const long FileBytes = 2L * 1024 * 1024 * 1024;
    private const string Id = "@@@@@@@@"; // a patient's number, eight digits

    /// <param name="args">Folder and number of patients.</param>
    public static int Run(IReadOnlyList<string> args)
    {
        if (args is not [var folder, var count] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var patients) || patients is < 1 or > 99_999_999)
        {
            Console.Error.WriteLine($"{Name} FOLDER PATIENTS");
            return 2;
        }
        Directory.CreateDirectory(folder);
        var templates = Enumerable.Range(0, 12).Select(Template).ToList();
        var files = new Dictionary<string, TypeFile>(StringComparer.Ordinal);
        for (var patient = 0; patient < patients; patient++)
            foreach (var (type, line) in templates[patient % templates.Count])
            {
                if (!files.TryGetValue(type, out var file)) files[type] = file = new(folder, type);
                file.Write(line.For(patient));
            }
        foreach (var file in files.Values) file.Dispose();
        Console.WriteLine($"{patients} patients, {files.Values.Sum(f => f.Bytes) / 1e9:0.00} GB in {folder}");
        return 0;
    }

    private static List<(string Type, TemplateLine Line)> Template(int variant) =>
        [.. GenerateChart.Resources(new ChartSize(4 + variant % 6, 5 + variant, 2 + variant % 3)).Select(r =>
        {
            var type = r["resourceType"]!.ToString();
            var own = r.DeepClone().AsObject();
            own["id"] = type == "Patient" ? Id : $"{Id}-{own["id"]}";
            return (type, new TemplateLine(own.ToJsonString().Replace(GenerateChart.Patient, $"Patient/{Id}", StringComparison.Ordinal) + "\n", type == "ServiceRequest"));
        })];

    /// <summary>One line with the places where a patient's number goes; written anew for each patient, without allocating.</summary>
    private sealed class TemplateLine
    {
        private readonly byte[] _bytes, _otherOrder;
        private readonly bool _order;

        public TemplateLine(string text, bool order)
        {
            _order = order;
            _bytes = Encoding.UTF8.GetBytes(text);
            _otherOrder = Encoding.UTF8.GetBytes(text.Replace("Bone marrow biopsy", "Chest radiograph  ", StringComparison.Ordinal));
        }

        public ReadOnlySpan<byte> For(int patient)
        {
            var line = _order && patient % OrderedOnceIn != 0 ? _otherOrder : _bytes;
            Span<byte> number = stackalloc byte[Id.Length];
            patient.TryFormat(number, out _, "00000000", CultureInfo.InvariantCulture);
            foreach (var at in Places(line)) number.CopyTo(line.AsSpan(at, Id.Length));
            if (_order) GenerateChart.ProcedureDay.AddDays(patient / OrderedOnceIn % 60).TryFormat(line.AsSpan(Day(line)), out _, "yyyy-MM-dd", CultureInfo.InvariantCulture);
            return line;
        }

        private readonly Dictionary<byte[], List<int>> _places = [];
        private readonly Dictionary<byte[], int> _day = [];

        private List<int> Places(byte[] line)
        {
            if (_places.TryGetValue(line, out var known)) return known;
            var places = new List<int>();
            for (int from = 0, at; (at = line.AsSpan(from).IndexOf("@@@@@@@@"u8)) >= 0; from += at + Id.Length) places.Add(from + at);
            return _places[line] = places;
        }

        private int Day(byte[] line) => _day.TryGetValue(line, out var at) ? at : _day[line] = line.AsSpan().IndexOf("\"occurrenceDateTime\":\""u8) + 22;
    }

    private sealed class TypeFile(string folder, string type) : IDisposable
    {
        private FileStream? _now;
        private int _number;

        public long Bytes { get; private set; }

        public void Write(ReadOnlySpan<byte> line)
        {
            if (_now is null || _now.Length > FileBytes)
            {
                _now?.Dispose();
                _now = new(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{type}.{_number++:000}.ndjson")), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            }
            _now.Write(line);
            Bytes += line.Length;
        }

        public void Dispose() => _now?.Dispose();
    }
}

/// <summary>What reading every token of a population costs at least: one <see cref="Utf8JsonReader"/> pass over each line.</summary>
internal static class ReaderFloor
{
    public const string Name = "reader-floor";

    public static int Run(IReadOnlyList<string> args)
    {
        if (args is not [var folder] || !Directory.Exists(folder))
        {
            Console.Error.WriteLine($"{Name} FOLDER");
            return 2;
        }
        var (bytes, tokens) = (0L, 0L);
        foreach (var path in Directory.EnumerateFiles(folder, "*.ndjson"))
            new Fhir.Bulk.NdjsonRange(path, 0, new FileInfo(path).Length).Read((line, _) => tokens += Service.ReadEveryToken(line.Span), _ => { }, got => bytes += got, CancellationToken.None);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB, {tokens / 1e6:0} million tokens, {process.TotalProcessorTime.TotalSeconds:0.0} s of CPU"));
        return 0;
    }
}
