using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Testing.Peers;

/// <summary>
/// A program of <c>tests/peers</c>, run by the Node 22 among the npm parts. It ends when its standard input closes, so
/// it never outlives the test host, however that one ends. Without the npm parts nothing is started: every test that
/// would use it is skipped (<see cref="Needs.Peers"/>).
/// </summary>
public abstract class PeerProcess(string script, params string[] arguments) : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _complaints = new();
    private Process? _process;

    /// <summary>The running program's input and output. Null where nothing was started.</summary>
    protected Process Running => _process ?? throw new InvalidOperationException($"{script} is not running: {Machine.Lacks(Needs.Peers)}.");

    /// <summary>What it wrote to standard error so far; empty when all is well.</summary>
    public string Complaints
    {
        get { lock (_complaints) return _complaints.ToString(); }
    }

    public async Task InitializeAsync()
    {
        if (Machine.PeersNode is null) return;
        var folder = Repository.Path("tests/peers");
        _process = Process.Start(new ProcessStartInfo(Machine.PeersNode, [System.IO.Path.Combine(folder, script), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        _process.ErrorDataReceived += (_, line) => { lock (_complaints) _complaints.AppendLine(line.Data); };
        _process.BeginErrorReadLine();
        await Started();
    }

    public async Task DisposeAsync()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    /// <summary>Waits until the program is ready.</summary>
    protected abstract Task Started();

    /// <summary>The next line of JSON on its standard output; other lines are passed over.</summary>
    /// <exception cref="InvalidOperationException">It ended, or said nothing for a minute: the message holds its complaints.</exception>
    protected async Task<JsonElement> NextLine()
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            while (await Running.StandardOutput.ReadLineAsync(limit.Token) is { } line)
                if (line.StartsWith('{'))
                    return JsonDocument.Parse(line).RootElement;
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"{script} said nothing for {s_patience.TotalSeconds} s. {Complaints}");
        }
        throw new InvalidOperationException($"{script} ended. {Complaints}");
    }
}
