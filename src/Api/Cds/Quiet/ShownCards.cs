using System.Collections.Concurrent;
using System.Data.Common;
using System.Threading.Channels;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// Which cards were shown, in our database, so that every node knows. Rows are written after the answer has gone; a row that is lost
/// with a node makes the next card speak in full and leaves one feedback without its rules, nothing worse.
/// </summary>
public sealed class ShownCards(IDbContextFactory<ServiceDb> databases, TimeProvider clock, ILogger<ShownCards> log) : BackgroundService
{
    private const int MostWaiting = 10_000;
    private const int MostAtOnce = 500;

    /// <summary>Rows of so much time go in one transaction: a wait for the disk for each call would cost more than the cards.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    private readonly Channel<HookCardRow> _queue = Channel.CreateBounded<HookCardRow>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>Not yet in the database: what this node showed a moment ago counts at once.</summary>
    private readonly ConcurrentDictionary<string, HookCardRow> _waiting = new(StringComparer.Ordinal);

    private sealed record Database(DbProviderFactory Provider, string Address);

    private volatile Database? _reading;

    public void Note(HookCall call, PlannedCard card, Guid id, string viewer, string fingerprint)
    {
        var row = new HookCardRow
        {
            Id = id.ToString("D"),
            EhrId = call.Ehr.Id,
            Service = call.Service.Id,
            Topic = card.Topic.Code(),
            Severity = Wire.Name(card.Severity),
            Rules = card.Topic is CardTopic.Ready ? "" : string.Join(' ', card.Findings.Where(f => f.Severity > Severity.Info).Select(f => f.Rule).Distinct()),
            Repeated = card.Repeated,
            Viewer = viewer,
            Fingerprint = fingerprint,
            ShownAt = clock.GetUtcNow(),
        };
        if (_waiting.Count < MostWaiting && _waiting.TryAdd(row.Id, row) && !_queue.Writer.TryWrite(row)) _waiting.TryRemove(row.Id, out _);
    }

    /// <summary>Fingerprints of what this viewer was shown in full, when choosing the order, within the last half hour.</summary>
    public async Task<IReadOnlySet<string>> InFullAsync(string viewer, CancellationToken cancel)
    {
        var since = clock.GetUtcNow() - Retention.CardsAreFresh;
        var service = HookServices.All.First(s => s.Hook is Hook.OrderSelect).Id;
        var prints = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, row) in _waiting) // not its Values: those are a copy of all
            if (row.Viewer == viewer && row.Service == service && row.ShownAt >= since) prints.Add(row.Fingerprint!);
        try
        {
            await using var connection = await ConnectAsync(cancel);
            await connection.OpenAsync(cancel);
            await using var command = connection.CreateCommand(); // by hand: a query through the model costs more than all cards
            command.CommandText = "SELECT DISTINCT fingerprint FROM hook_card WHERE viewer = @viewer AND service = @service AND shown_at >= @since AND fingerprint IS NOT NULL";
            Set(command, "viewer", viewer);
            Set(command, "service", service);
            Set(command, "since", since.ToUnixTimeMilliseconds());
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel)) prints.Add(reader.GetString(0));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Not knowing what was shown is no reason to say nothing: everything is said in full.
            log.LogWarning("What was shown before could not be read: {Fault}", e.GetType().Name);
            return new HashSet<string>();
        }
        return prints;
    }

    /// <summary>A connection only to read with, which needs no context and none of what makes writing durable.</summary>
    private async Task<DbConnection> ConnectAsync(CancellationToken cancel)
    {
        if (_reading is null)
        {
            await using var db = await databases.CreateDbContextAsync(cancel);
            _reading = new(DbProviderFactories.GetFactory(db.Database.GetDbConnection())!, db.Database.GetConnectionString()!);
        }
        var connection = _reading.Provider.CreateConnection()!;
        connection.ConnectionString = _reading.Address;
        return connection;
    }

    /// <summary>Until everything noted so far is in the database.</summary>
    public async Task WrittenAsync(CancellationToken cancel)
    {
        while (!_waiting.IsEmpty) await Task.Delay(TimeSpan.FromMilliseconds(10), cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gathering, stoppingToken);
                await WriteWaitingAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            while (_queue.Reader.TryPeek(out _)) await WriteWaitingAsync(CancellationToken.None); // what is left when the service stops
        }
    }

    private async Task WriteWaitingAsync(CancellationToken cancel)
    {
        var rows = new List<HookCardRow>();
        while (rows.Count < MostAtOnce && _queue.Reader.TryRead(out var row)) rows.Add(row);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancel);
            await db.Database.OpenConnectionAsync(cancel);
            await InsertAsync(db.Database.GetDbConnection(), rows, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("{Count} shown cards were not noted: {Fault}", rows.Count, e.GetType().Name);
        }
        finally
        {
            foreach (var row in rows) _waiting.TryRemove(row.Id, out _);
        }
    }

    /// <summary>One command for all rows, prepared once. A call that is repeated shows the same card: one row.</summary>
    private static async Task InsertAsync(DbConnection connection, List<HookCardRow> rows, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            INSERT INTO hook_card (id, ehr_id, service, topic, severity, rules, repeated, viewer, fingerprint, shown_at)
            VALUES (@id, @ehr, @service, @topic, @severity, @rules, @repeated, @viewer, @fingerprint, @at) ON CONFLICT DO NOTHING
            """;
        foreach (var row in rows)
        {
            Set(command, "id", row.Id);
            Set(command, "ehr", row.EhrId);
            Set(command, "service", row.Service);
            Set(command, "topic", row.Topic);
            Set(command, "severity", row.Severity);
            Set(command, "rules", row.Rules);
            Set(command, "repeated", row.Repeated);
            Set(command, "viewer", row.Viewer);
            Set(command, "fingerprint", row.Fingerprint);
            Set(command, "at", row.ShownAt.ToUnixTimeMilliseconds());
            await command.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
    }

    private static void Set(DbCommand command, string name, object? value)
    {
        if (!command.Parameters.Contains(name))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }
        command.Parameters[name].Value = value ?? DBNull.Value;
    }
}
