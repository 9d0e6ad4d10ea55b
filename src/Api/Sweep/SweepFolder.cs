using System.Globalization;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Sweep;

/// <summary>
/// Where a sweep stands. Every step leaves its result under a name of its own and the name only when it is whole, so that a sweep
/// that was stopped goes on where it was. The folder <c>work</c> holds what patients' charts say and goes when the sweep is done.
/// </summary>
public sealed class SweepFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _root;

    private SweepFolder(string root) => _root = root;

    public string Findings => Path.Combine(_root, "findings.ndjson");
    public string NotAssessed => Path.Combine(_root, "not-assessed.ndjson");
    public string Changes => Path.Combine(_root, "changes.ndjson");
    public string Summary => Path.Combine(_root, "summary.json");
    public string Page => Path.Combine(_root, "summary.html");
    public string Work => Path.Combine(_root, "work");

    public string Export => Path.Combine(Work, "export");

    public string Part(int part) => Path.Combine(Work, "parts", part.ToString("0000", CultureInfo.InvariantCulture));

    /// <param name="asked">Everything that the result depends on.</param>
    /// <param name="faults">Takes what keeps the folder from being used.</param>
    public static SweepFolder? Open(string root, string asked, List<ReadFault> faults)
    {
        var folder = new SweepFolder(root);
        var note = Path.Combine(root, "asked.json");
        if (File.Exists(note))
        {
            if (JsonSerializer.Deserialize<string>(File.ReadAllText(note)) != asked)
                faults.Add(new("--out", $"{root} holds a sweep of another input, day or policy; name another folder, or remove it."));
            return folder;
        }
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
        {
            faults.Add(new("--out", $"{root} is there and is no sweep; name a new folder."));
            return null;
        }
        CreateFolder(root);
        CreateFolder(folder.Work);
        File.WriteAllText(note, JsonSerializer.Serialize(asked));
        return folder;
    }

    /// <summary>The day of the first start: an interrupted sweep goes on with it, whatever the day is now.</summary>
    public static string? AskedBefore(string root) =>
        Path.Combine(root, "asked.json") is var note && File.Exists(note) ? JsonSerializer.Deserialize<string>(File.ReadAllText(note)) : null;

    /// <summary>What a step left, or null when it is not done.</summary>
    public string? Done(string step) => File.Exists(StepFile(step)) ? File.ReadAllText(StepFile(step)) : null;

    public void Finish(string step, string result)
    {
        CreateFolder(Path.GetDirectoryName(StepFile(step))!);
        var unfinished = StepFile(step) + ".new";
        File.WriteAllText(unfinished, result);
        File.Move(unfinished, StepFile(step), overwrite: true);
    }

    /// <summary>The tally of a sweep that is done; null while it is not.</summary>
    public Tally? Finished() => File.Exists(Summary) ? Tally.FromJson(File.ReadAllText(Summary)) : null;

    /// <summary>The summary is written last: it says that everything else is there.</summary>
    public void FinishAll(Tally tally)
    {
        File.WriteAllText(Summary + ".new", tally.ToJson());
        File.Move(Summary + ".new", Summary, overwrite: true);
        if (Directory.Exists(Work)) Directory.Delete(Work, recursive: true);
    }

    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    private string StepFile(string step) => Path.Combine(Work, "done", step);
}
