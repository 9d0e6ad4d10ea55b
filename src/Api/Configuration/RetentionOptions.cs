namespace BiopsyFhir.Api.Configuration;

/// <summary>
/// How long what we keep is kept. Everything else has its own end: a launch ten minutes, a session its length, a token id until the
/// token expires, the words of a message until it is sent. The audit trail has none here. 400 days are
/// a year and the month that is compared with it, 2192 six years (45 CFR 164.316(b)(2)).
/// </summary>
public sealed record RetentionOptions
{
    /// <value><c>Retention:CardDays</c>: days that it is kept which rules showed a card and what was done with it (no patient), 1 to 36500. Default: 400.</value>
    public int CardDays { get; init; } = 400;

    /// <value><c>Retention:DeliveryDays</c>: days that messages to patients and biopsies are kept after their end, 30 to 36500. Default: 400.</value>
    public int DeliveryDays { get; init; } = 400;

    /// <value><c>Retention:ReceiptDays</c>: days that it is kept what was written where, with the keys that keep it from being written twice, 365 to 36500. Default: 2192.</value>
    public int ReceiptDays { get; init; } = 2192;
}
