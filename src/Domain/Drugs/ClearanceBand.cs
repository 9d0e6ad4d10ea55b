namespace BiopsyFhir.Domain;

/// <summary>
/// A range of creatinine clearance in mL/min, compared unrounded. Written <c>&gt;50</c>, <c>&gt;=30</c>, <c>30-50</c> (both ends belong),
/// <c>15-&lt;30</c> (the upper end does not), <c>&lt;15</c> or <c>any</c>.
/// </summary>
public sealed record ClearanceBand(string Written, decimal Low, bool LowBelongs, decimal High, bool HighBelongs)
{
    public const decimal Unbounded = decimal.MaxValue;

    public bool Contains(decimal clearance) =>
        (clearance > Low || LowBelongs && clearance == Low) && (clearance < High || HighBelongs && clearance == High);

    /// <summary>For a clinician: "clearance 15 to below 30 mL/min".</summary>
    public string InWords => this switch
    {
        { Low: 0, High: Unbounded } => "any clearance",
        { High: Unbounded } => LowBelongs ? $"clearance of {Low.Plain()} mL/min or more" : $"clearance above {Low.Plain()} mL/min",
        { Low: 0 } => HighBelongs ? $"clearance of {High.Plain()} mL/min or less" : $"clearance below {High.Plain()} mL/min",
        _ => $"clearance {Low.Plain()} to {(HighBelongs ? "" : "below ")}{High.Plain()} mL/min",
    };

    /// <summary>Null when it is not written in one of the forms.</summary>
    public static ClearanceBand? Read(string written)
    {
        if (written == "any") return new(written, 0, true, Unbounded, true);
        if (written.StartsWith(">=", StringComparison.Ordinal) && Number(written[2..]) is { } atLeast) return new(written, atLeast, true, Unbounded, true);
        if (written.StartsWith('>') && Number(written[1..]) is { } above) return new(written, above, false, Unbounded, true);
        if (written.StartsWith("<=", StringComparison.Ordinal) && Number(written[2..]) is { } atMost) return new(written, 0, true, atMost, true);
        if (written.StartsWith('<') && Number(written[1..]) is { } below) return new(written, 0, true, below, false);
        var ends = written.Split('-');
        if (ends.Length != 2 || Number(ends[0]) is not { } low) return null;
        var open = ends[1].StartsWith('<');
        return Number(open ? ends[1][1..] : ends[1]) is { } high && high > low ? new(written, low, true, high, !open) : null;
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Gaps and overlaps between 0 and infinity, in words; none when the bands cover every clearance once.</summary>
    public static IEnumerable<string> Faults(IEnumerable<ClearanceBand> bands)
    {
        var rising = bands.OrderBy(b => b.Low).ThenBy(b => b.High).ToList();
        if (rising.Count == 0)
        {
            yield return "no clearance band";
            yield break;
        }
        if (rising[0].Low != 0) yield return $"clearance below {rising[0].Low.Plain()} is in no band";
        if (rising[^1].High != Unbounded) yield return $"clearance above {rising[^1].High.Plain()} is in no band";
        foreach (var (lower, upper) in rising.Zip(rising.Skip(1)))
        {
            if (lower.High > upper.Low || lower.High == upper.Low && lower.HighBelongs && upper.LowBelongs) yield return $"'{lower.Written}' and '{upper.Written}' overlap";
            else if (lower.High < upper.Low || !lower.HighBelongs && !upper.LowBelongs) yield return $"a gap between '{lower.Written}' and '{upper.Written}'";
        }
    }
}
