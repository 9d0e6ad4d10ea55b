using System.Diagnostics;
using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Operate;

/// <summary><c>deploy/install.sh</c>, laid under a folder: what a host would get, without a host. Starting and upgrading under systemd was tried on one; see docs/operate.md.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("biopsyfhir-install-").FullName;
    private string Root => Path.Combine(_folder, "root");
    private string At(string path) => Path.Combine(Root, path);

    [Fact]
    public async Task A_host_gets_program_settings_keys_and_units_readable_by_whom_they_concern_and_good_to_start_with()
    {
        await Install(Published("one"));
        Assert.True(File.Exists(At("opt/biopsyfhir/current/BiopsyFhir.Api")));
        foreach (var unit in Directory.GetFiles(Path.Combine(Repository.Root, "deploy/systemd"), "*.*er*").Select(Path.GetFileName).Where(n => n!.EndsWith("service", StringComparison.Ordinal) || n.EndsWith("timer", StringComparison.Ordinal)))
            Assert.True(File.Exists(At($"etc/systemd/system/{unit}")), unit);
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        foreach (var secret in (string[])["etc/biopsyfhir", "etc/biopsyfhir/biopsyfhir.env", "etc/biopsyfhir/wrapping.pem", "etc/biopsyfhir/smart-es384.pem", "etc/biopsyfhir/smart-rs384.pem", "var/lib/biopsyfhir", "var/backups/biopsyfhir"])
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(At(secret)) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(At("var/lib/biopsyfhir")) & (UnixFileMode.GroupRead | UnixFileMode.GroupExecute));
        Assert.True(File.GetUnixFileMode(At("usr/local/sbin/biopsyfhir")).HasFlag(UnixFileMode.UserExecute));

        // The settings as laid lack one thing, and the service says so; with it they start it, and the keys can sign.
        var settings = File.ReadLines(At("etc/biopsyfhir/biopsyfhir.env")).Where(line => line.Length > 0 && line[0] is not '#').Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0].Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair[1].Replace("/etc/biopsyfhir", At("etc/biopsyfhir"), StringComparison.Ordinal));
        Assert.Equal(["Ehrs:0:ClientId"], Settings.Read(settings).Faults.Select(f => f.Key));
        settings["Ehrs:0:ClientId"] = "given-by-the-ehr";
        settings["Ehrs:0:ClientAuth"] = "private-key";
        Assert.Empty(Settings.Read(settings).Faults);
    }

    [Fact]
    public async Task Run_again_it_changes_nothing_and_an_upgrade_keeps_what_the_site_has_changed()
    {
        Directory.CreateDirectory(At("etc/biopsyfhir"));
        foreach (var own in (string[])["wrapping", "smart-es384", "smart-rs384"]) await File.WriteAllTextAsync(At($"etc/biopsyfhir/{own}.pem"), "the site's own");
        await Install(Published("one"));
        await File.AppendAllTextAsync(At("etc/biopsyfhir/biopsyfhir.env"), "Worklist__Days=14\n");
        var first = Current();
        Assert.Equal($"install: release {Path.GetFileName(first)} is the current one already", (await Install(Published("one"))).Trim());
        Assert.Equal(first, Current());

        await Install(Published("two"));
        Assert.NotEqual(first, Current());
        Assert.Equal("two", (await File.ReadAllTextAsync(At("opt/biopsyfhir/current/words.txt"))).Trim());
        Assert.Contains("Worklist__Days=14", await File.ReadAllTextAsync(At("etc/biopsyfhir/biopsyfhir.env")), StringComparison.Ordinal);
        Assert.Equal("the site's own", await File.ReadAllTextAsync(At("etc/biopsyfhir/wrapping.pem")));

        await Install("--back");
        Assert.Equal(first, Current());
        await Install("--back");
        Assert.NotEqual(first, Current());
    }

    [Fact]
    public async Task A_folder_without_the_program_is_refused_before_anything_is_laid()
    {
        var (code, words) = await Run(_folder, "--root", Root);
        Assert.Equal(1, code);
        Assert.Contains("no published service", words, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Root));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Current() => new FileInfo(At("opt/biopsyfhir/current")).LinkTarget!;

    private string Published(string words)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, words)).FullName;
        var program = Path.Combine(folder, "BiopsyFhir.Api");
        File.WriteAllText(program, "#!/bin/sh\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(folder, "words.txt"), words);
        return folder;
    }

    private async Task<string> Install(string what)
    {
        var (code, words) = await Run(what, "--root", Root);
        Assert.True(code is 0, words);
        return words;
    }

    private static async Task<(int Code, string Words)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", [Path.Combine(Repository.Root, "deploy/install.sh"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
