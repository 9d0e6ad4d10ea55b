using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Api.Cds;

/// <summary>
/// What the clinician can take over with one click: draft orders for missing tests, the hold as a note on the draft order, a draft
/// medicine taken out again. Everything stays a draft; nothing is said to be done (H-47 to H-50, H-67).
/// </summary>
public abstract record Suggestion(string Kind, string Label)
{
    /// <summary>Creates a draft ServiceRequest per test.</summary>
    public sealed record OrderTests(string Kind, string Label, ImmutableArray<OrderableTest> Tests) : Suggestion(Kind, Label);

    /// <summary>Updates the draft order of the biopsy: every element that came, and one note more.</summary>
    public sealed record AddNote(string Label, FhirElement Draft, string Note) : Suggestion("note", Label);

    /// <summary>Deletes a draft medicine.</summary>
    public sealed record RemoveDraft(string Label, string Reference) : Suggestion($"remove {Reference}", Label);

    public static ImmutableArray<Suggestion> For(PlannedCard card, HookCall call, HookFound.Judged found)
    {
        // Orders can be proposed where orders are being made; a chart that is only opened is no such place.
        if (card.Repeated || call.Service.Hook is not (Hook.OrderSelect or Hook.OrderSign)) return [];
        var suggestions = ImmutableArray.CreateBuilder<Suggestion>();
        if (Order("tests", "Order", card.Findings.Where(f => f.Severity > Severity.Info), found) is { } asked) suggestions.Add(asked);
        if (card.Topic is CardTopic.WorkUp or CardTopic.BloodTests && Order("more-tests", "Order also", card.Findings.Where(f => f.Severity is Severity.Info), found) is { } helpful) suggestions.Add(helpful);
        if (card.Topic is CardTopic.Medicines)
        {
            if (Holds(card, found) is { } note) suggestions.Add(note);
            foreach (var draft in DraftMedicines(card, found)) suggestions.Add(draft);
        }
        return suggestions.DrainToImmutable();
    }

    private static OrderTests? Order(string kind, string verb, IEnumerable<Finding> findings, HookFound.Judged found)
    {
        var tests = OrderableTests.For(findings, found.Readiness.Policy.Catalogue.Labs);
        ImmutableArray<OrderableTest> open = [.. tests.Where(t => !found.Drafts.Values.Any(d => Asks(d, t.Code)))];
        if (open.IsEmpty) return null;
        var names = open.Select(t => Name(t, found.Readiness.Policy)).Distinct().ToList();
        return new(kind, CardText.Shorten($"{verb}: {string.Join(", ", names)}", 200), open);
    }

    /// <summary>"Ferritin" rather than "Ferritin [Mass/volume] in Serum or Plasma".</summary>
    public static string Name(OrderableTest test, Policy policy) =>
        policy.WorkUp.Tests.FirstOrDefault(t => t.Rule == test.For.Rule)?.Name ?? policy.Catalogue.Labs.ByLoinc[test.Code].Analyte!.Name;

    /// <summary>The holds that are instructions, as one note; none while the order is not a draft, or when the note is there already or cannot be added to.</summary>
    private static AddNote? Holds(PlannedCard card, HookFound.Judged found)
    {
        if (!found.OrderIsDraft || found.Order is not { } order || !found.Drafts.TryGetValue(order, out var draft) || !IsServiceRequest(draft)) return null;
        var holds = card.Findings.Where(f => f is { Action: FindingAction.Hold, Provisional: false }).Select(f => CardText.Plain(f.Title)).ToList();
        if (holds.Count == 0) return null;
        var policy = found.Readiness.Policy;
        var note = $"{string.Join(". ", holds)}. (BiopsyFhir, preset {policy.Id} {policy.Version})";
        return HasNote(draft, note) ? null : new("Add the hold to the order as a note", draft, note);
    }

    private static IEnumerable<RemoveDraft> DraftMedicines(PlannedCard card, HookFound.Judged found) =>
        from finding in card.Findings
        where finding.Action is FindingAction.Hold or FindingAction.Reschedule
        from fact in finding.Because
        where fact.Reference is { } reference && reference.StartsWith("MedicationRequest/", StringComparison.Ordinal) && found.Drafts.ContainsKey(reference)
        group finding by fact.Reference into draft
        select new RemoveDraft(CardText.Shorten($"Take the draft of {CardText.Plain(draft.First().Subject)} out", 200), draft.Key);

    private static bool IsServiceRequest(FhirElement draft) =>
        draft.ValueKind is JsonValueKind.Object && draft.TryGetProperty("resourceType", out var type) && type.ValueEquals("ServiceRequest");

    private static bool HasNote(FhirElement draft, string note) =>
        draft.TryGetProperty("note", out var notes)
        && (notes.ValueKind is not JsonValueKind.Array
            || notes.EnumerateArray().Any(n => n.ValueKind is JsonValueKind.Object && n.TryGetProperty("text", out var text) && text.ValueKind is JsonValueKind.String && text.ValueEquals(note)));

    /// <summary>A draft that asks for this test already.</summary>
    private static bool Asks(FhirElement draft, string code) =>
        IsServiceRequest(draft) && draft.TryGetProperty("code", out var concept) && concept.ValueKind is JsonValueKind.Object
        && concept.TryGetProperty("coding", out var codings) && codings.ValueKind is JsonValueKind.Array
        && codings.EnumerateArray().Any(c => c.ValueKind is JsonValueKind.Object && c.TryGetProperty("code", out var value) && value.ValueKind is JsonValueKind.String && value.ValueEquals(code));
}
