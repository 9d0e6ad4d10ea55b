using System.Collections.Immutable;
using BiopsyFhir.Api.Storage;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Cds;

/// <summary>How often each rule spoke up, and what became of it.</summary>
/// <param name="From">First day, UTC.</param>
/// <param name="To">Last day, UTC.</param>
/// <param name="CardsShown">Cards of all rules; the short form of one shown before counts too.</param>
/// <param name="UnknownCards">Cards that feedback came for and that are not known here.</param>
public sealed record FeedbackReport(DateOnly From, DateOnly To, int CardsShown, int UnknownCards, IReadOnlyList<RuleFeedback> Rules);

/// <param name="Rule">Rule id; not-checked or ready for cards that rest on no rule.</param>
/// <param name="Shown">Cards that rested on it. A card with several rules counts for each.</param>
/// <param name="Accepted">A suggestion was taken over, and that was the last word.</param>
/// <param name="Overridden">Overridden, and that was the last word.</param>
/// <param name="Comments">How many came with a comment.</param>
public sealed record RuleFeedback(string Rule, int Shown, int Accepted, int Overridden, int Comments, IReadOnlyList<ReasonCount> Reasons, IReadOnlyList<WeekCount> Weeks)
{
    public int Unanswered => Math.Max(0, Shown - Accepted - Overridden);
}

/// <param name="Reason">Code of the override reason; other for one that is not ours, none where none was given.</param>
public sealed record ReasonCount(string Reason, string Display, int Count);

/// <param name="Monday">First day of the week, UTC.</param>
public sealed record WeekCount(DateOnly Monday, int Shown, int Accepted, int Overridden);

public sealed class FeedbackSummary(IDbContextFactory<ServiceDb> databases)
{
    public async Task<FeedbackReport> OfAsync(DateOnly from, DateOnly to, CancellationToken cancel)
    {
        var (first, end) = (Start(from), Start(to.AddDays(1)));
        await using var db = await databases.CreateDbContextAsync(cancel);
        // Counted by the database: cards are many, kinds of cards are few.
        var shown = await db.Database.SqlQuery<ShownCount>($"""
            SELECT rules AS "Rules", topic AS "Topic", shown_at / 86400000 AS "Day", count(*) AS "Count" FROM hook_card
            WHERE shown_at >= {first.ToUnixTimeMilliseconds()} AND shown_at < {end.ToUnixTimeMilliseconds()} GROUP BY rules, topic, shown_at / 86400000
            """).ToListAsync(cancel);
        var outcomes = await (
            from feedback in db.HookFeedback.AsNoTracking()
            join card in db.HookCards on feedback.CardId equals card.Id
            where card.ShownAt >= first && card.ShownAt < end
            select new { feedback.CardId, card.Rules, card.Topic, card.ShownAt, feedback.Outcome, feedback.OutcomeAt, feedback.Reason, feedback.HasComment }).ToListAsync(cancel);
        var unknown = await db.HookFeedback.Where(f => f.ReceivedAt >= first && f.ReceivedAt < end && !db.HookCards.Any(c => c.Id == f.CardId)).Select(f => f.CardId).Distinct().CountAsync(cancel);

        var counts = new Dictionary<string, Count>(StringComparer.Ordinal);
        foreach (var row in shown)
            foreach (var count in Of(row.Rules, row.Topic))
                count.Show(Monday(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(row.Day))), (int)row.Count);
        foreach (var card in outcomes.GroupBy(o => o.CardId))
        {
            // Accepted and then overridden, told in either order: the last word counts, of two at once the refusal.
            var last = card.OrderBy(o => o.OutcomeAt).ThenBy(o => o.Outcome, StringComparer.Ordinal).Last();
            foreach (var count in Of(last.Rules, last.Topic))
                count.Answer(Monday(DateOnly.FromDateTime(last.ShownAt.UtcDateTime)), last.Outcome == "accepted", last.Reason, card.Any(o => o.HasComment));
        }
        return new(from, to, shown.Sum(s => (int)s.Count), unknown,
            [.. counts.OrderByDescending(c => c.Value.Shown).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value.Report(c.Key))]);

        IEnumerable<Count> Of(string rules, string topic) => (rules.Length == 0 ? [topic] : rules.Split(' ')).Select(rule =>
        {
            if (!counts.TryGetValue(rule, out var count)) counts.Add(rule, count = new());
            return count;
        }).ToList();
    }

    private static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static DateOnly Monday(DateOnly day) => day.AddDays(-(((int)day.DayOfWeek + 6) % 7));

    private sealed record ShownCount(string Rules, string Topic, long Day, long Count);

    private sealed class Count
    {
        private readonly SortedDictionary<DateOnly, (int Shown, int Accepted, int Overridden)> _weeks = [];
        private readonly Dictionary<string, int> _reasons = new(StringComparer.Ordinal);
        private int _accepted, _overridden, _comments;

        public int Shown { get; private set; }

        public void Show(DateOnly week, int cards)
        {
            Shown += cards;
            var w = _weeks.GetValueOrDefault(week);
            _weeks[week] = w with { Shown = w.Shown + cards };
        }

        public void Answer(DateOnly week, bool accepted, string? reason, bool comment)
        {
            var w = _weeks.GetValueOrDefault(week);
            _weeks[week] = accepted ? w with { Accepted = w.Accepted + 1 } : w with { Overridden = w.Overridden + 1 };
            if (comment) _comments++;
            if (accepted) _accepted++;
            else
            {
                _overridden++;
                _reasons[reason ?? "none"] = _reasons.GetValueOrDefault(reason ?? "none") + 1;
            }
        }

        public RuleFeedback Report(string rule) => new(rule, Shown, _accepted, _overridden, _comments,
            [.. _reasons.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => new ReasonCount(r.Key, Display(r.Key), r.Value))],
            [.. _weeks.Select(w => new WeekCount(w.Key, w.Value.Shown, w.Value.Accepted, w.Value.Overridden))]);

        private static string Display(string reason) => reason switch
        {
            "none" => "No reason given",
            "other" => "A reason of the EHR's own",
            _ => CardTopics.ReasonDisplays.GetValueOrDefault(reason, reason),
        };
    }
}
