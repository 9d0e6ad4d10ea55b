using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>When a section or a line is shown. A text file may use no other word.</summary>
public enum HandoutWhen { Sedation, NoSedation, SedationUnknown, Child, Adult, Pregnancy, BloodThinner, LowPlatelets, RepeatBiopsy, Sternum }

/// <summary>One block of a section.</summary>
public abstract record HandoutBlock(ImmutableArray<HandoutWhen> When)
{
    public sealed record Paragraph(string Text, ImmutableArray<HandoutWhen> When) : HandoutBlock(When);
    public sealed record Bullets(ImmutableArray<string> Items, ImmutableArray<HandoutWhen> When) : HandoutBlock(When);
    public sealed record Table(ImmutableArray<string> Head, ImmutableArray<ImmutableArray<string>> Rows, ImmutableArray<HandoutWhen> When) : HandoutBlock(When);

    /// <summary>A question and its answer.</summary>
    public sealed record Question(string Asked, string Answer, ImmutableArray<HandoutWhen> When) : HandoutBlock(When);

    /// <summary>A drawing of ours by name, with the words for those who cannot see it.</summary>
    public sealed record Drawing(string Name, string Alt, ImmutableArray<HandoutWhen> When) : HandoutBlock(When);
}

public sealed record HandoutSection(string Id, string Heading, ImmutableArray<HandoutWhen> When, ImmutableArray<HandoutBlock> Blocks, ImmutableArray<string> Citations);

/// <summary>
/// The patient's text in one language (evidence 5). Author, reviewer and date stand in the file; no reviewer is invented:
/// a text without one is not reviewed, and says so.
/// </summary>
public sealed record HandoutText
{
    public required string Language { get; init; }

    /// <summary>ltr or rtl.</summary>
    public required string Direction { get; init; }
    public required string Name { get; init; }
    public required string Author { get; init; }
    public string? Reviewer { get; init; }
    public DateOnly? ReviewDate { get; init; }
    public bool Reviewed => Reviewer is not null && ReviewDate is not null;
    public required string Version { get; init; }

    /// <summary>Sentences with places for drug, date, phone; by key, the same keys in every language.</summary>
    public required ImmutableDictionary<string, string> Words { get; init; }

    /// <summary>What a patient calls each test, by the rule that asks for it.</summary>
    public required ImmutableSortedDictionary<string, string> Tests { get; init; }
    public required ImmutableArray<string> Weekdays { get; init; }
    public required ImmutableArray<string> Months { get; init; }
    public required ImmutableArray<HandoutSection> Sections { get; init; }

    /// <summary>Every sentence that the personal part needs; a file without one is refused.</summary>
    public static readonly ImmutableArray<string> NeededWords =
    [
        "title", "lead", "date", "time", "personal", "biopsyAt", "biopsyAtAssumed", "notSigned", "signedBy", "lastDose", "lastDoseAt", "noDoses", "restart", "restartAsk",
        "keepTaking", "askFirst", "nothingToStop", "otherMedicines", "testsHeading", "test", "testDue", "phone", "phoneDay", "phoneNight", "ride", "fasting", "eatNormally",
        "notReviewed", "interpreter", "teachBack", "contents", "page", "emergency", "callNow", "reminderTitle", "reminderAfter", "withdrawn",
    ];

    public static HandoutText Read(PolicySection file)
    {
        var words = file.Section("words");
        var calendar = file.Section("calendar");
        var (weekdays, months) = (calendar.Texts("weekdays"), calendar.Texts("months"));
        if (weekdays.Length != 7) file.Faults.Add($"{file.Path}/calendar/weekdays", "seven names from Sunday on are expected");
        if (months.Length != 12) file.Faults.Add($"{file.Path}/calendar/months", "twelve names are expected");
        var reviewDate = file.OptionalText("reviewDate");
        if (reviewDate is not null && !DateOnly.TryParseExact(reviewDate, "yyyy-MM-dd", out _)) file.Faults.Add($"{file.Path}/reviewDate", "YYYY-MM-DD is expected");
        var direction = file.Text("direction");
        if (direction is not ("" or "ltr" or "rtl")) file.Faults.Add($"{file.Path}/direction", "is ltr or rtl");
        return new()
        {
            Language = file.Text("language"),
            Direction = direction,
            Name = file.Text("name"),
            Author = file.Text("author"),
            Reviewer = file.OptionalText("reviewer"),
            ReviewDate = DateOnly.TryParseExact(reviewDate, "yyyy-MM-dd", out var reviewed) ? reviewed : null,
            Version = file.Text("version"),
            Words = NeededWords.ToImmutableDictionary(k => k, words.Text),
            Tests = TestNames(file.Section("tests")),
            Weekdays = weekdays,
            Months = months,
            Sections = [.. file.Items("sections").Select(ReadSection)],
        };
    }

    /// <summary>"Monday, March 16" by the pattern of the language.</summary>
    public string Date(DateOnly date) => Fill(Words["date"], ("weekday", Weekdays[(int)date.DayOfWeek]), ("day", $"{date.Day}"), ("month", Months[date.Month - 1]), ("year", $"{date.Year}"));

    public string Time(TimeOnly time) => Fill(Words["time"], ("hour", $"{time.Hour:00}"), ("minute", $"{time.Minute:00}"));

    /// <summary>
    /// The sentence with its places filled. Where the text runs from right to left a name or number put into it keeps a direction of its
    /// own (Unicode isolates, UAX #9): else "apixaban (Eliquis 5 mg)" could be shown with its parts in another order.
    /// </summary>
    public string Say(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        if (Direction != "rtl") return Fill(Words[key], values);
        var isolated = new (string, string)[values.Length];
        for (var i = 0; i < values.Length; i++) isolated[i] = (values[i].Name, $"\u2068{values[i].Value}\u2069");
        return Fill(Words[key], isolated);
    }

    /// <summary>The patient's word for a test; a rule that a site added without one keeps its key.</summary>
    public string TestName(Finding finding) => Tests.GetValueOrDefault(finding.Rule) ?? finding.Subject;

    private static string Fill(string pattern, params ReadOnlySpan<(string Name, string Value)> values)
    {
        foreach (var (name, value) in values) pattern = pattern.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return pattern;
    }

    private static ImmutableSortedDictionary<string, string> TestNames(PolicySection tests) =>
        tests.Names.ToImmutableSortedDictionary(rule => rule, tests.Text, StringComparer.Ordinal);

    private static HandoutSection ReadSection(PolicySection section) =>
        new(section.Text("id"), section.Text("heading"), When(section), [.. section.Items("blocks").Select(ReadBlock).OfType<HandoutBlock>()], section.Texts("cite"));

    private static HandoutBlock? ReadBlock(PolicySection block)
    {
        var when = When(block);
        if (block.Has("text")) return new HandoutBlock.Paragraph(block.Text("text"), when);
        if (block.Has("bullets")) return new HandoutBlock.Bullets(block.Texts("bullets"), when);
        if (block.Has("question")) return new HandoutBlock.Question(block.Text("question"), block.Text("answer"), when);
        if (block.Has("drawing")) return new HandoutBlock.Drawing(block.Text("drawing"), block.Text("alt"), when);
        if (block.Has("table"))
        {
            var table = block.Section("table");
            var head = table.Texts("head");
            ImmutableArray<ImmutableArray<string>> rows = [.. table.Items("rows").Select(r => r.Texts("cells"))];
            if (rows.Any(r => r.Length != head.Length)) block.Faults.Add(block.Path, "every row needs a cell under every heading");
            return new HandoutBlock.Table(head, rows, when);
        }
        block.Faults.Add(block.Path, "a block is text, bullets, question, drawing or table");
        return null;
    }

    private static ImmutableArray<HandoutWhen> When(PolicySection section)
    {
        var when = ImmutableArray.CreateBuilder<HandoutWhen>();
        foreach (var word in section.Texts("when"))
            if (Enum.TryParse<HandoutWhen>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var w)) when.Add(w);
            else section.Faults.Add($"{section.Path}/when", $"'{word}' is none of {string.Join(", ", Enum.GetNames<HandoutWhen>())}");
        return when.ToImmutable();
    }
}
