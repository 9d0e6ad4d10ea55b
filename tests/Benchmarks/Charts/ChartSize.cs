namespace BiopsyFhir.Benchmarks.Charts;

/// <summary>How much a generated chart holds beside its Patient, the biopsy order and a handful of allergies and procedures.</summary>
internal sealed record ChartSize(int Medications, int Results, int Conditions)
{
    /// <summary>About what an EHR returns for a long-standing haematology patient: 60 orders, 300 results, 30 conditions; with the rest 400 resources.</summary>
    public static readonly ChartSize Usual = new(60, 300, 30);

    public ChartSize Times(double factor) => new(Scaled(Medications, factor), Scaled(Results, factor), Scaled(Conditions, factor));

    private static int Scaled(int count, double factor) => Math.Max(1, (int)Math.Round(count * factor));
}
