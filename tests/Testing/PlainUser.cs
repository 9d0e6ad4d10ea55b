using System.Diagnostics;

namespace BiopsyFhir.Testing;

/// <summary>
/// Whoever runs a program without being root: Chromium keeps its sandbox on only then. Where the tests run as root it is
/// <c>nobody</c>, through <c>setpriv</c>; else it is whoever runs the tests.
/// </summary>
public static class PlainUser
{
    private const string Nobody = "65534";

    /// <summary>What stands before a command so that it runs as this user.</summary>
    public static string[] Prefix { get; } = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"] : [];

    /// <summary>Makes a folder this user's own.</summary>
    public static void Give(string folder)
    {
        if (Environment.IsPrivilegedProcess && Run("chown", ["-R", $"{Nobody}:{Nobody}", folder]) != 0) throw new InvalidOperationException($"{folder} could not be given away.");
    }

    /// <summary>Why a service that prints cannot run as this user here; null when it can. Tried once, not guessed.</summary>
    public static string? WhyNot { get; } = Try();

    private static string? Try()
    {
        if (Machine.Chromium is null) return "Chromium (tests/run --install)";
        if (Environment.IsPrivilegedProcess && Machine.OnPath("setpriv") is null) return "setpriv, to be somebody else than root";
        // A repository below a home folder that nobody else may enter, for example.
        if (Run("test", ["-r", typeof(PlainUser).Assembly.Location], Prefix) != 0) return "a build folder that another user than root may read";
        var folder = Directory.CreateTempSubdirectory("biopsyfhir-plain-").FullName;
        try
        {
            Give(folder);
            // Containers often forbid the user namespaces that Chromium's sandbox is made of.
            return Run(Machine.Chromium, ["--headless", "--disable-gpu", "--no-first-run", $"--user-data-dir={folder}/profile", $"--print-to-pdf={folder}/x.pdf", "data:text/html,x"], Prefix, folder) == 0
                && File.Exists($"{folder}/x.pdf") ? null : "a machine on which Chromium's sandbox starts for another user than root";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(string program, string[] arguments, string[]? prefix = null, string? home = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. prefix ?? [], program, .. arguments]);
        if (home is not null) start.Environment["HOME"] = home;
        using var process = Process.Start(start)!;
        if (process.WaitForExit(TimeSpan.FromSeconds(30))) return process.ExitCode;
        process.Kill(entireProcessTree: true);
        return -1;
    }
}
