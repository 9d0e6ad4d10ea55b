using BiopsyFhir.Api.CheckEhr;
using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Doctor.Parts;

/// <summary>The data folder: ours alone, writable, and not about to be full. A full disk stops signing plans.</summary>
public static class CheckFolder
{
    private const long Mebi = 1024 * 1024;
    public const long Scarce = 1024 * Mebi;
    public const long TooLittle = 100 * Mebi;

    public static IEnumerable<CheckLine> Of(ServiceOptions options)
    {
        var folder = options.Database.Temporary ? Path.GetTempPath() : options.Database.Folder;
        if (!Directory.Exists(folder))
        {
            yield return CheckLine.Ok("folder", $"{folder} is not there yet; the first start makes it");
            folder = Existing(folder);
        }
        else if (!options.Database.Temporary)
        {
            yield return Writable(folder) is { } why
                ? CheckLine.Error("folder", $"{folder}: {why}", $"Give it to the user that the service runs as, here {Environment.UserName}.")
                : !OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) is not 0
                    ? CheckLine.Warning("folder", $"{folder} can be read by others on this machine", $"chmod 700 {folder}")
                    : CheckLine.Ok("folder", $"{folder}, readable by its owner only");
        }
        yield return Space(new DriveInfo(folder).AvailableFreeSpace);
    }

    public static CheckLine Space(long free) => free switch
    {
        < TooLittle => CheckLine.Error("disk", $"{free / Mebi} MiB free", "Make room: without it nothing can be signed or delivered."),
        < Scarce => CheckLine.Warning("disk", $"{free / Mebi} MiB free", "Make room soon."),
        _ => CheckLine.Ok("disk", $"{free / Mebi} MiB free"),
    };

    private static string Existing(string folder) => Directory.Exists(folder) ? folder : Existing(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? "/");

    private static string? Writable(string folder)
    {
        var probe = Path.Combine(folder, $".doctor-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "cannot be written to";
        }
    }
}
