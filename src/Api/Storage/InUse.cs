namespace BiopsyFhir.Api.Storage;

/// <summary>
/// A file beside the SQLite database that every running service holds open, so that a restore can tell. The database's own locks cannot:
/// between two requests a service may have no connection open.
/// </summary>
public sealed class InUse(DataFolder folder) : IDisposable
{
    private FileStream? _held;

    private static string In(string folder) => Path.Combine(folder, "in-use.lock");

    /// <summary>Shared with other services on the same database; until disposed, or until the process ends, however it ends.</summary>
    public void Hold() => _held ??= Open(folder.Path, FileAccess.Read, FileShare.Read);

    /// <returns>Held by nobody else until disposed; null while a service holds it.</returns>
    public static IDisposable? Alone(string folder)
    {
        try
        {
            return Open(folder, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _held?.Dispose();

    private static FileStream Open(string folder, FileAccess access, FileShare share)
    {
        DataFolder.CreatePrivate(In(folder));
        return new(In(folder), FileMode.Open, access, share);
    }
}
