namespace BiopsyFhir.Domain;

/// <summary>Results as sentences and facts.</summary>
public static class LabWords
{
    /// <summary>"8.9 g/dL", "&lt; 30 x10^3/uL"; with the value as sent when it came in another unit.</summary>
    public static string Say(this LabValue value)
    {
        if (value.ReportOnly) return value.Text ?? "done";
        var own = Amount(value.Amount, value.Unit, value.Comparator);
        return value.Converted ? $"{own} (sent as {value.AsReceived})" : own;
    }

    public static string Amount(decimal amount, string unit, string? comparator = null)
    {
        var number = Rounded(amount).Plain();
        var words = Unit(unit);
        return (comparator is null ? "" : $"{comparator} ") + (words.Length == 0 ? number : $"{number} {words}");
    }

    /// <summary>UCUM as people write it.</summary>
    public static string Unit(string ucum) => ucum switch
    {
        "{INR}" or "1" => "",
        "10*3/uL" => "x10^3/uL",
        "10*6/uL" => "x10^6/uL",
        "m[IU]/L" => "mIU/L",
        "m[IU]/mL" => "mIU/mL",
        "mL/min/{1.73_m2}" => "mL/min/1.73 m2",
        "Cel" => "C",
        "wk" => "weeks",
        _ => ucum,
    };

    public static Fact AsFact(this LabValue value, LabCatalogue labs)
    {
        var text = $"{labs.NameOf(value.Analyte)} {value.Say()}{(value.Preliminary ? ", preliminary" : "")}";
        if (!value.Notes.IsEmpty) text += $" ({string.Join("; ", value.Notes)})";
        return value.ReportOnly
            ? new(value.Reference, text, Date: value.Date)
            : new(value.Reference, text, Rounded(value.Amount), value.Unit, value.Date);
    }

    /// <summary>Notes of a value as sentences, or nothing.</summary>
    public static string NotesAsSentences(this LabValue value) =>
        string.Concat(value.Notes.Select(n => $" {char.ToUpperInvariant(n[0])}{n[1..]}."));

    /// <summary>Six digits after the point: enough for every rule, and no tails of division.</summary>
    public static decimal Rounded(decimal amount) => decimal.Round(amount, Math.Abs(amount) >= 100 ? 2 : Math.Abs(amount) >= 1 ? 3 : 6);

    public static string Days(int days) => days == 1 ? "1 day" : $"{days} days";

    /// <summary>"a, b and c".</summary>
    public static string And(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}";
}
