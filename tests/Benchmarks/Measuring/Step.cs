namespace BiopsyFhir.Benchmarks.Measuring;

/// <summary>One thing to measure. It must do the whole work on every call and keep nothing from the last one.</summary>
internal sealed record Step(string Name, Action Run);

/// <summary>What was measured of a step, per call.</summary>
/// <param name="Milliseconds">One value per round, in the order of the rounds.</param>
/// <param name="Bytes">Allocated by the calling thread; the smallest of the rounds, since the first calls fill caches.</param>
internal sealed record Measured(string Name, IReadOnlyList<double> Milliseconds, long Bytes)
{
    public double Min => Milliseconds.Min();
    public double Median => MedianOf(Milliseconds);
    public double Max => Milliseconds.Max();

    /// <summary>Times another step: the median over the rounds, because what disturbs one step of a round disturbs the others too.</summary>
    public double Times(Measured other) => MedianOf([.. Milliseconds.Zip(other.Milliseconds, (mine, others) => mine / others)]);

    /// <summary>Times two others together.</summary>
    public double Times(Measured one, Measured other) => MedianOf([.. Milliseconds.Select((mine, round) => mine / (one.Milliseconds[round] + other.Milliseconds[round]))]);

    private static double MedianOf(IReadOnlyList<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered.Count % 2 == 1 ? ordered[ordered.Count / 2] : (ordered[(ordered.Count / 2) - 1] + ordered[ordered.Count / 2]) / 2;
    }
}
