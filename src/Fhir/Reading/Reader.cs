using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>
/// What every lens needs while one chart is read: the zone, where references lead, and the list of what could not be read.
/// </summary>
internal sealed class Reader(TimeZoneInfo zone, References references)
{
    private readonly List<Unread> _unread = [];

    private readonly SameJson<Concept?> _concepts = new(json => CommonConcepts.Kept(json, Concepts.AsConcept(json)), 32);
    private readonly SameJson<PartialDate?> _dates = new(date => FhirDates.Read(date, zone), 64);
    private readonly SameJson<ImmutableArray<ReferenceRange>> _ranges = new(ObservationLens.ReadRanges, 128);

    /// <summary>What something is called; equal JSON gives the same instance.</summary>
    public Concept Concept(FhirElement json, string name) => OptionalConcept(json, name) ?? Domain.Concept.Empty;

    public Concept? OptionalConcept(FhirElement json, string name) => json.Member(name) is { ValueKind: not JsonValueKind.Undefined } concept ? CommonConcepts.Find(concept) ?? _concepts.Of(concept) : null;

    public ImmutableArray<ReferenceRange> Ranges(FhirElement json) => _ranges.Of(json.Member("referenceRange"));

    public IEnumerable<Unread> Unread => _unread;
    public References References => references;

    /// <summary>Set once the Patient is read; ages in other records count from it.</summary>
    public PartialDate? BirthDate { get; set; }

    public void CouldNotRead(string what, string why, MightHide hides) => _unread.Add(new(what, why, hides));

    /// <summary>A status; one that is there and is not among those that FHIR has is said, and handed on as it is.</summary>
    public string? Status(in Source source, FhirElement json, string name, params ReadOnlySpan<string> known)
    {
        if (!json.Has(name)) return null;
        var status = json.StatusCode(name);
        if (status is null || !known.Contains(status)) CouldNotRead($"{name} of {source.Reference}", $"{Quoted(json.Member(name))} is not known.", source.Hides);
        return status;
    }

    /// <summary>A date member. One that is there but is no date is said, and is null.</summary>
    public PartialDate? Date(in Source source, FhirElement json, string name)
    {
        var member = json.Member(name);
        if (member.ValueKind == JsonValueKind.Undefined) return null;
        if (_dates.Of(member) is { } date) return date;
        if (member.AsText() is not { } text || !IsOpenEnd(name, text))
            CouldNotRead($"{name} of {source.Reference}", $"{Quoted(member)} is no date.", source.Hides);
        return null;
    }

    /// <summary>The days that a period covers; one open side leaves the other. Null when neither is there.</summary>
    public PartialDate? Period(in Source source, FhirElement period)
    {
        var (start, end) = (Date(source, period, "start"), Date(source, period, "end"));
        if (start is not { } first || end is not { } last) return start ?? end;
        return last.Last < first.First ? first : new(first.First, last.Last, first.First == last.Last ? first.At : null);
    }

    /// <summary>A date, else the first day or days of a period, else the first event of a timing.</summary>
    public PartialDate? StartOf(in Source source, FhirElement json, string name)
    {
        var choice = Choice.Of(name);
        if (json.Has(choice.DateTime)) return Date(source, json, choice.DateTime);
        if (json.Has(choice.Instant)) return Date(source, json, choice.Instant);
        if (json.Member(choice.Period) is { ValueKind: JsonValueKind.Object } period)
            return Date(source, period, "start") ?? Date(source, period, "end");
        if (json.Member(choice.Timing) is { ValueKind: JsonValueKind.Object } timing)
        {
            var events = timing.Items("event").Select(e => FhirDates.Read(e.AsText(), zone)).OfType<PartialDate>().OrderBy(d => d.First).ToList();
            if (events.Count > 0) return events[0];
            return Date(source, timing.Member("repeat").Member("boundsPeriod"), "start");
        }
        return null;
    }

    /// <summary>The end of a period or bounds, where it is one.</summary>
    public PartialDate? End(in Source source, FhirElement period) => Date(source, period, "end");

    public DateTimeOffset? Instant(in Source source, FhirElement json, string name) => Date(source, json, name)?.At;

    /// <summary>When something began or ended that may be given as a date, an age, a period or words.</summary>
    public PartialDate? DateOrAge(in Source source, FhirElement json, string name, bool end, List<string> notes)
    {
        var choice = Choice.Of(name);
        if (json.Has(choice.DateTime)) return Date(source, json, choice.DateTime);
        if (json.Has(choice.Date)) return Date(source, json, choice.Date);
        if (json.Member(choice.Period) is { ValueKind: JsonValueKind.Object } period)
            return end ? Date(source, period, "end") ?? Date(source, period, "start") : Date(source, period, "start") ?? Date(source, period, "end");
        if (json.Text(choice.String) is { } words)
        {
            notes.Add($"{name}: {words}");
            return FhirDates.Read(words, zone);
        }
        if (json.Member(choice.Age) is { ValueKind: JsonValueKind.Object } age && AtAge(age) is { } then) return then;
        foreach (var other in (ReadOnlySpan<string>)[choice.Age, choice.Range])
            if (json.Has(other)) notes.Add($"{name}: {Quoted(json.Member(other))}");
        return null;
    }

    /// <summary>Follows references to whatever has a code: reasons.</summary>
    public IEnumerable<Concept> CodesBehind(Entry from, FhirElement json, string name)
    {
        foreach (var item in json.Items(name))
        {
            var reference = item.Member("reference") is { ValueKind: JsonValueKind.Object } inner ? inner : item; // R5 CodeableReference
            if (references.TryFind(from, reference.Text("reference"), out var target)
                && Concepts.AsConcept(target.Resource.FirstOf("code", "type")) is { } found) yield return found;
            else if (reference.Text("display") is { } display) yield return new Concept([], display);
        }
    }

    /// <summary>Notes as words: R4 annotations, and the plain text of older versions.</summary>
    public static ImmutableArray<string> Notes(FhirElement json, params ReadOnlySpan<string> more)
    {
        ImmutableArray<string>.Builder? notes = null;
        foreach (var note in json.Items("note"))
            if ((note.Text("text") ?? note.AsText()) is { } text) (notes ??= ImmutableArray.CreateBuilder<string>()).Add(text);
        foreach (var name in more)
            foreach (var item in json.Items(name))
                if (item.AsText() is { } text) (notes ??= ImmutableArray.CreateBuilder<string>()).Add(text);
        return notes?.ToImmutable() ?? [];
    }

    /// <summary>A piece of the input for a message: one line, not long.</summary>
    public static string Quoted(FhirElement json)
    {
        var text = json.ValueKind switch
        {
            JsonValueKind.Undefined => "nothing",
            JsonValueKind.String => json.GetString()!,
            _ => json.GetRawText(),
        };
        text = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        if (text.Length > 80) text = text[..(char.IsHighSurrogate(text[79]) ? 79 : 80)] + "…";
        return $"'{text}'";
    }

    /// <summary>Many systems write the end of something that has no end as a day in the year 9999.</summary>
    private static bool IsOpenEnd(string name, string text) => name == "end" && text.StartsWith("9999", StringComparison.Ordinal);

    private PartialDate? AtAge(FhirElement age)
    {
        if (BirthDate is not { } birth || age.Whole("value") is not (>= 0 and <= 130 and var years) || age.CodeText("code") is not ("a" or null)) return null;
        if (age.CodeText("code") is null && age.CodeText("unit") is not ("a" or "y" or "yr" or "year" or "years")) return null;
        return new(birth.First.AddYears(years), birth.Last.AddYears(years + 1).AddDays(-1));
    }
}

/// <summary>The members of an element that may come in several types (R4 section 2.24.0.1, <c>effective[x]</c>), by the name before the type.</summary>
internal sealed record Choice(string Name)
{
    private static readonly FrozenDictionary<string, Choice> s_all =
        new[] { "effective", "occurrence", "occurence", "onset", "abatement", "performed" }.ToFrozenDictionary(n => n, n => new Choice(n));

    public string DateTime { get; } = $"{Name}DateTime";
    public string Instant { get; } = $"{Name}Instant";
    public string Period { get; } = $"{Name}Period";
    public string Timing { get; } = $"{Name}Timing";
    public string Date { get; } = $"{Name}Date";
    public string String { get; } = $"{Name}String";
    public string Age { get; } = $"{Name}Age";
    public string Range { get; } = $"{Name}Range";

    public static Choice Of(string name) => s_all[name];
}

/// <summary>The record that is being read, for messages.</summary>
internal readonly record struct Source(string Reference, MightHide Hides);
