using System.Diagnostics;

namespace BiopsyFhir.Testing;

/// <summary>A file system of a few megabytes that a test may fill to the last byte. Linux, as root.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int Megabytes = 12;

    public SmallDisk()
    {
        if (Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m,mode=700", "tmpfs", Folder) == 0) return;
        Directory.Delete(Folder);
        throw new InvalidOperationException("No file system of its own could be mounted.");
    }

    /// <summary>Where it is mounted; gone when it is disposed.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("biopsyfhir-disk-").FullName;

    /// <summary>Why there can be none here; null when there can. Tried once, not guessed.</summary>
    public static string? WhyNot { get; } = Try();

    private string Filler => System.IO.Path.Combine(Folder, "filler");

    /// <summary>Takes what is free, to the last byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[1024];
        try
        {
            for (var n = 0; n <= Megabytes * 1024; n++) file.Write(piece);
        }
        catch (IOException)
        {
            return; // full
        }
        throw new InvalidOperationException("It never was full.");
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        Run("umount", "--lazy", Folder);
        Directory.Delete(Folder);
    }

    private static string? Try()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return "root, to mount a small file system";
        try
        {
            new SmallDisk().Dispose();
            return null;
        }
        catch (InvalidOperationException)
        {
            return "a machine on which root may mount a file system";
        }
    }

    private static int Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. command]))!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
