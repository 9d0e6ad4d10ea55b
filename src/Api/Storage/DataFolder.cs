using BiopsyFhir.Api.Configuration;
using Microsoft.Data.Sqlite;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// The folder of our files: only its owner may read it. With the sandbox it is new at start and gone at stop.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly bool temporary;

    public DataFolder(ServiceOptions options)
    {
        temporary = options.Database.Temporary;
        Path = temporary ? Directory.CreateTempSubdirectory("biopsyfhir-").FullName : options.Database.Folder;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
        else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Makes an empty file that only its owner may read, unless there is one. SQLite gives its side files the same mode.</summary>
    public static void CreatePrivate(string file)
    {
        if (System.IO.File.Exists(file)) return;
        var how = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(file, how).Dispose();
    }

    public void Dispose()
    {
        if (!temporary) return;
        SqliteConnection.ClearAllPools();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Another process still reads it; the system's own cleaning of temporary files takes it.
        }
    }
}
