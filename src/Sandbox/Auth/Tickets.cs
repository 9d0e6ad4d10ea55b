using System.Collections.Concurrent;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary>Opaque, expiring names for things kept on this side: launches, codes, tokens, page links. Kept in memory, dropped when expired.</summary>
internal sealed class Tickets<T>(TimeProvider clock) where T : class
{
    private sealed class Ticket(T value, DateTimeOffset expires)
    {
        private int taken;
        public T Value => value;
        public DateTimeOffset Expires => expires;
        public bool Taken => Volatile.Read(ref taken) != 0;
        public bool Take() => Interlocked.Exchange(ref taken, 1) == 0;
    }

    private const int Most = 10_000;
    private readonly ConcurrentDictionary<string, Ticket> tickets = new(StringComparer.Ordinal);

    public string Issue(T value, TimeSpan life)
    {
        var now = clock.GetUtcNow();
        if (tickets.Count > Most)
            foreach (var (old, ticket) in tickets)
                if (ticket.Expires <= now) tickets.TryRemove(old, out _);
        var name = Opaque.New();
        tickets[name] = new Ticket(value, now + life);
        return name;
    }

    /// <summary>The value behind a living, untaken ticket.</summary>
    public T? Find(string? name) =>
        name is not null && tickets.TryGetValue(name, out var ticket) && !ticket.Taken && ticket.Expires > clock.GetUtcNow() ? ticket.Value : null;

    /// <summary>Uses a single-use ticket up. Of several callers at once only one gets it.</summary>
    /// <param name="again">The value of a ticket that had been used before: a sign of theft, whose answer is up to the caller.</param>
    public T? Take(string? name, out T? again)
    {
        again = null;
        if (name is null || !tickets.TryGetValue(name, out var ticket)) return null;
        if (!ticket.Take())
        {
            again = ticket.Value;
            return null;
        }
        return ticket.Expires > clock.GetUtcNow() ? ticket.Value : null;
    }

    public DateTimeOffset? Expiry(string name) => tickets.TryGetValue(name, out var ticket) ? ticket.Expires : null;

    public void Drop(string name) => tickets.TryRemove(name, out _);

    public void DropWhere(Func<T, bool> gone)
    {
        foreach (var (name, ticket) in tickets)
            if (gone(ticket.Value)) tickets.TryRemove(name, out _);
    }
}
