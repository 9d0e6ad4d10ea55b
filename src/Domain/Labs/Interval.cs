namespace BiopsyFhir.Domain;

/// <summary>What a value with a comparator can be: "&lt; 30" is anything from nothing to 30 (evidence 3.9). All amounts are 0 or more.</summary>
public readonly record struct Interval(decimal Low, bool LowIncluded, decimal High, bool HighIncluded)
{
    public static Interval Of(LabValue value) => Of(value.Amount, value.Comparator);

    public static Interval Of(decimal amount, string? comparator) => comparator switch
    {
        "<" => new(decimal.MinValue, true, amount, false),
        "<=" => new(decimal.MinValue, true, amount, true),
        ">" => new(amount, false, decimal.MaxValue, true),
        ">=" => new(amount, true, decimal.MaxValue, true),
        _ => new(amount, true, amount, true),
    };

    public bool SurelyBelow(decimal limit) => High < limit || (High == limit && !HighIncluded);
    public bool MaybeBelow(decimal limit) => Low < limit;
    public bool SurelyAbove(decimal limit) => Low > limit || (Low == limit && !LowIncluded);
    public bool MaybeAbove(decimal limit) => High > limit;
}
