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

    private readonly string _worker;

    private SweepFolder(string root, string worker) => (_root, _worker) = (root, worker);

    public string Findings => Path.Combine(_root, "findings.ndjson");
    public string NotAssessed => Path.Combine(_root, "not-assessed.ndjson");
    public string Changes => Path.Combine(_root, "changes.ndjson");
    public string Summary => Path.Combine(_root, "summary.json");
    public string Page => Path.Combine(_root, "summary.html");
    public string Work => Path.Combine(_root, "work");

    public string Export => Path.Combine(Work, "export");

    public string Part(int part) => Path.Combine(Work, "parts", part.ToString("0000", CultureInfo.InvariantCulture));

    /// <summary>Of the lines dealt out to it.</summary>
    public long PartBytes(int part) => Directory.EnumerateFiles(Part(part), "*.ndjson").Sum(f => new FileInfo(f).Length);

    /// <param name="asked">Everything that the result depends on.</param>
    /// <param name="faults">Takes what keeps the folder from being used.</param>
    /// <param name="worker">This process, where several share the folder: what it has not finished is under names of its own.</param>
    public static SweepFolder? Open(string root, string asked, List<ReadFault> faults, string worker = "new")
    {
        var folder = new SweepFolder(root, worker);
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

    public bool IsDone(string step) => File.Exists(StepFile(step));

    public void Finish(string step, string result)
    {
        CreateFolder(Path.GetDirectoryName(StepFile(step))!);
        File.WriteAllText(Unfinished(StepFile(step)), result);
        Whole(StepFile(step));
    }

    /// <summary>Where a file is written until it is whole.</summary>
    public string Unfinished(string file) => $"{file}.{_worker}";

    /// <summary>Gives the file its name. Whoever wrote it too wrote the same bytes.</summary>
    public void Whole(string file) => File.Move(Unfinished(file), file, overwrite: true);

    /// <summary>The tally of a sweep that is done; null while it is not.</summary>
    public Tally? Finished() => File.Exists(Summary) ? Tally.FromJson(File.ReadAllText(Summary)) : null;

    /// <summary>The summary is written last: it says that everything else is there.</summary>
    public void FinishAll(Tally tally)
    {
        File.WriteAllText(Unfinished(Summary), tally.ToJson());
        Whole(Summary);
    }

    /// <summary>After the summary. Another machine that has not noticed yet may write there still.</summary>
    /// <exception cref="IOException">Something is left that says what charts say.</exception>
    public void RemoveWork()
    {
        for (var attempt = 1; Directory.Exists(Work); attempt++)
        {
            try
            {
                Directory.Delete(Work, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another machine removes it too.
            }
            catch (IOException) when (attempt < 20)
            {
                Thread.Sleep(100);
            }
        }
    }

    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    private string StepFile(string step) => Path.Combine(Work, "done", step);
}
