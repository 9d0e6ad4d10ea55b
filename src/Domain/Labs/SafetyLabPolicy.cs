using System.Collections.Frozen;
using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>A limit and what is said beyond it: below it for falling tables, above it for rising ones. The limit itself is on the safe side.</summary>
public sealed record Limit(decimal At, Statement Statement)
{
    /// <summary>Rows with "above", rising: the last one that is exceeded speaks.</summary>
    public static ImmutableArray<Limit> Above(PolicySection table, params string[] blanks) =>
        [.. table.Rows().Select(r => new Limit(r.Row.Number("above"), Statement.Read(r.Row, blanks))).OrderBy(l => l.At)];

    public static Limit Below(PolicySection row, params string[] blanks) => new(row.Number("below"), Statement.Read(row, blanks));
}

/// <summary>L-PLT and PLT-DUE (evidence 1.5, DECISIONS 3.8).</summary>
public sealed record PlateletPolicy(int WindowDays, int CloseWindowDays, decimal CloseWindowBelowCount, int ChemotherapyDays, int LastCountDays,
    FrozenSet<string> AntithromboticClasses, ImmutableArray<Limit> Below, Statement WithAntithrombotic, Limit Above, Limit MpnAbove,
    Statement OpenInterval, Statement Missing, Statement Stale, Statement Due)
{
    public static PlateletPolicy Read(PolicySection row)
    {
        string[] count = ["value", "date", "drugs", "more", "medicines"];
        PolicySection above = row.Section("above-1000"), mpn = row.Section("mpn-above-450");
        return new(row.Whole("windowDays"), row.Whole("closeWindowDays"), row.Number("closeWindowBelowCount"), row.Whole("chemotherapyDays"), row.Whole("lastCountDays"),
            row.Texts("antithromboticClasses").ToFrozenSet(),
            [.. ((string[])["below-10", "below-20", "below-50"]).Select(k => Limit.Below(row.Section(k), count)).OrderBy(l => l.At)],
            Statement.Read(row.Section("below-50-antithrombotic"), count),
            new(above.Number("above"), Statement.Read(above, count)), new(mpn.Number("above"), Statement.Read(mpn, count)),
            Statement.Read(row.Section("open-interval"), count),
            Statement.Read(row.Section("missing"), "window", "codes", "why", "opens", "more"),
            Statement.Read(row.Section("stale"), "window", "value", "date", "age", "why", "opens", "more"),
            Statement.Read(row.Section("due"), "window", "why", "opens", "last"));
    }
}

/// <summary>L-INR: only an INR of the day before the biopsy or of its day counts (evidence 1.5).</summary>
public sealed record InrPolicy(int WindowDays, int EarlierDays, FrozenSet<string> VkaClasses, int VkaEndedDays, ImmutableArray<Limit> Vka, ImmutableArray<Limit> NoVka, string Liver,
    Statement EarlierWithoutVka)
{
    public static InrPolicy Read(PolicySection row) => new(row.Whole("windowDays"), row.Whole("earlierDays"), row.Texts("vkaClasses").ToFrozenSet(), row.Whole("vkaEndedDays"),
        Limit.Above(row.Section("vka"), "value", "date", "medicine", "more"), Limit.Above(row.Section("no-vka"), "value", "date", "liver", "more"), row.Text("liver"),
        Statement.Read(row.Section("earlier-without-vka"), "value", "date", "liver", "more", "opens"));
}

/// <summary>L-FIB (evidence 1.5).</summary>
public sealed record FibrinogenPolicy(int WindowDays, ImmutableArray<Limit> Below, decimal DicPlateletsBelow, decimal DicInrAbove, string DicWords)
{
    public static FibrinogenPolicy Read(PolicySection row)
    {
        var dic = row.Section("dic");
        return new(row.Whole("windowDays"), [.. ((string[])["below-100", "below-150"]).Select(k => Limit.Below(row.Section(k), "value", "date", "dic", "more")).OrderBy(l => l.At)],
            dic.Number("plateletsBelow"), dic.Number("inrAbove"), dic.Text("words"));
    }
}

/// <summary>Haemoglobin note, aPTT on intravenous heparin, uraemia (evidence 1.5).</summary>
public sealed record OtherSafetyPolicy(int HaemoglobinDays, decimal HaemoglobinBelow, Statement Haemoglobin, FrozenSet<string> UfhClasses, Statement ApttDue, Statement ApttProlonged,
    decimal EgfrBelow, decimal BunAbove, int UraemiaDays, Statement Uraemia)
{
    public static OtherSafetyPolicy Read(PolicySection section)
    {
        PolicySection hb = section.Section("haemoglobin"), aptt = section.Section("aptt"), uraemia = section.Section("uraemia");
        return new(hb.Whole("windowDays"), hb.Number("below"), Statement.Read(hb.Section("statement"), "value", "date", "more"),
            aptt.Texts("ufhClasses").ToFrozenSet(), Statement.Read(aptt.Section("due"), "opens"), Statement.Read(aptt.Section("prolonged"), "value", "date", "limit", "more"),
            uraemia.Number("egfrBelow"), uraemia.Number("bunAbove"), uraemia.Whole("windowDays"), Statement.Read(uraemia.Section("statement"), "what"));
    }
}
