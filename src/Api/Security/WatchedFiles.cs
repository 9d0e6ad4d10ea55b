using System.Security.Cryptography;
using System.Text;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// What is made of files that may change while the service runs. They are looked at when it is used, at most every half minute, by their
/// content: where Kubernetes mounts a secret, a link further up is exchanged, and neither name, time nor size of the file need change.
/// What cannot be used changes nothing: the value of before stays in use, the log says so once, health until it is mended.
/// </summary>
/// <param name="key">The setting that names the files.</param>
/// <param name="files">The files as they are now; the list may change, as of a folder.</param>
/// <param name="fault">Why the files cannot be used, without anything of their content; null when they can.</param>
/// <param name="read">From good files, and the value of before.</param>
public sealed class WatchedFiles<T>(string key, Func<IReadOnlyList<string>> files, Func<IReadOnlyList<string>, string?> fault, Func<IReadOnlyList<string>, T?, T> read, TimeProvider clock, ILogger log)
    where T : class
{
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private T? value;
    private string? stamp;
    private string? trouble;
    private DateTimeOffset lookedAt;

    public string Key => key;

    /// <exception cref="InvalidOperationException">The first look finds files that cannot be used; the configuration has said so before.</exception>
    public T Current
    {
        get
        {
            lock (gate)
            {
                var now = clock.GetUtcNow();
                if (value is not null && (now - lookedAt).Duration() < LookAgainAfter) return value;
                lookedAt = now;
                return value = Look();
            }
        }
    }

    /// <summary>Why the files of now are not in use; null when they are.</summary>
    public string? Trouble
    {
        get
        {
            _ = Current;
            lock (gate) return trouble;
        }
    }

    private T Look()
    {
        var names = files();
        var found = WatchedFiles.Stamp(names);
        if (value is not null && trouble is null && found == stamp) return value;
        if ((names is [] ? "there is no file" : fault(names)) is { } why)
        {
            if (value is null) throw new InvalidOperationException($"{key}: {why}");
            // Half written, empty, taken away or not ours to read: what was good stays.
            if (found != stamp || trouble is null) log.LogWarning("{Key} changed and cannot be used; what was read before stays in use: {Why}", key, why);
            (stamp, trouble) = (found, why);
            return value;
        }
        var made = read(names, value);
        if (value is not null && found != stamp && log.IsEnabled(LogLevel.Information)) log.LogInformation("{Key} changed and has been read again", key);
        (stamp, trouble) = (found, null);
        return made;
    }
}

public static class WatchedFiles
{
    /// <summary>Names and contents; a file that cannot be read stands with its name alone. A hash, so that no secret is kept for it.</summary>
    public static string Stamp(IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\0"));
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                hash.AppendData([0]);
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
