using Npgsql;

namespace BiopsyFhir.Api.Sweep;

/// <summary>
/// Who of several machines does which piece of a shared sweep, in PostgreSQL (<c>sweep_lease</c>). A killed machine's leases run out and
/// its pieces are taken over. Two may do the same piece after all, when one of them had lost the database for longer than its lease: both
/// leave the same bytes under the same name, so a lease saves work and decides nothing.
/// </summary>
public sealed class SweepLeases : IDisposable
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_renewEvery = TimeSpan.FromSeconds(5);

    private const string TakeSql = """
        INSERT INTO sweep_lease (sweep, piece, worker, lease_until) VALUES ($1, $2, $3, now() + $4)
        ON CONFLICT (sweep, piece) DO UPDATE SET worker = excluded.worker, lease_until = excluded.lease_until WHERE sweep_lease.lease_until < now()
        """;

    private readonly NpgsqlDataSource _database;
    private readonly string _sweep;
    private readonly string _worker;
    private readonly Action<string> _say;
    private readonly ITimer _renewal;
    private int _trouble;

    /// <param name="connection">PostgreSQL with the scripts applied.</param>
    /// <param name="sweep">Name under which the machines share it.</param>
    /// <param name="worker">This process, and no other.</param>
    /// <param name="say">Told when the database does not answer, and when it does again.</param>
    /// <param name="clock">Of the renewals.</param>
    public SweepLeases(string connection, string sweep, string worker, Action<string> say, TimeProvider clock)
    {
        (_database, _sweep, _worker, _say) = (NpgsqlDataSource.Create(connection), sweep, worker, say);
        _renewal = clock.CreateTimer(_ => Try("UPDATE sweep_lease SET lease_until = now() + $3 WHERE sweep = $1 AND worker = $2", _sweep, _worker, Length), null, s_renewEvery, s_renewEvery);
    }

    /// <returns>False: another one has it, or the database does not answer; ask again later.</returns>
    public bool TryTake(string piece) => Try(TakeSql, _sweep, piece, _worker, Length) == 1;

    public void Release(string piece) => Try("DELETE FROM sweep_lease WHERE sweep = $1 AND piece = $2 AND worker = $3", _sweep, piece, _worker);

    public void Dispose()
    {
        _renewal.Dispose();
        Try("DELETE FROM sweep_lease WHERE sweep = $1 AND worker = $2", _sweep, _worker);
        _database.Dispose();
    }

    private int Try(string sql, params ReadOnlySpan<object> values)
    {
        try
        {
            using var command = _database.CreateCommand(sql);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            var rows = command.ExecuteNonQuery();
            if (Interlocked.Exchange(ref _trouble, 0) == 1) _say("The database answers again.");
            return rows;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or ObjectDisposedException)
        {
            if (e is not ObjectDisposedException && Interlocked.Exchange(ref _trouble, 1) == 0) _say($"The database does not answer ({e.GetType().Name}); no new piece is begun until it does.");
            return 0;
        }
    }
}
