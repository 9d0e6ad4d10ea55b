using System.Collections.Frozen;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>What a card is about: one card each. Of the same severity they stand in this order.</summary>
public enum CardTopic { NotChecked, Medicines, BloodTests, WorkUp, Patient, Ready }

/// <summary>Why a clinician goes on against a card (H-52).</summary>
public sealed record OverrideReason(string Code, string Display);

/// <summary>Rules -> topics, and the fixed words of a topic.</summary>
public static class CardTopics
{
    public const string TopicSystem = "urn:biopsyfhir:card-topic";
    public const string ReasonSystem = "urn:biopsyfhir:override-reason";

    private static readonly OverrideReason AlreadyDone = new("already-done", "Already done or arranged");
    private static readonly OverrideReason DoesNotApply = new("does-not-apply", "Does not apply to this patient");
    private static readonly OverrideReason Later = new("later", "Will be done before the biopsy");

    private static readonly FrozenDictionary<CardTopic, OverrideReason[]> s_reasons = new Dictionary<CardTopic, OverrideReason[]>
    {
        [CardTopic.Medicines] =
        [
            AlreadyDone, new("specialist-decided", "Decided with the responsible specialist"), new("not-taken", "The patient does not take it"),
            new("benefit-outweighs", "Stopping it is the greater risk"), DoesNotApply,
        ],
        [CardTopic.BloodTests] = [AlreadyDone, Later, new("value-known", "A value is known from elsewhere"), new("benefit-outweighs", "Waiting is the greater risk"), DoesNotApply],
        [CardTopic.WorkUp] = [AlreadyDone, Later, new("not-needed", "Not needed for the question at hand"), new("do-not-delay", "The marrow must not wait"), DoesNotApply],
        [CardTopic.Patient] = [AlreadyDone, new("specialist-decided", "Decided with the responsible specialist"), Later, DoesNotApply],
        [CardTopic.NotChecked] = [new("checked-by-hand", "Checked by hand"), Later, DoesNotApply],
    }.ToFrozenDictionary();

    /// <summary>The display of every reason of ours, by code.</summary>
    public static FrozenDictionary<string, string> ReasonDisplays { get; } =
        s_reasons.Values.SelectMany(r => r).DistinctBy(r => r.Code).ToFrozenDictionary(r => r.Code, r => r.Display);

    public static CardTopic Of(Finding finding) => finding.Rule switch
    {
        "LATE" or "WASHOUT" or "X-DUP" or "S-STENT" or "T-HIGH" or "T-MOD" or "D-COMBO" or "DOAC-LONGER" or "BRIDGE-NO" => CardTopic.Medicines,
        "X-CAUSE" or "N-URGENT" => CardTopic.WorkUp,
        "PLT-DUE" => CardTopic.BloodTests,
        "D-QUAL" => CardTopic.NotChecked,
        // The clearance decides how long a medicine is held.
        var rule when rule.StartsWith("R-", StringComparison.Ordinal) || rule.StartsWith("L-CRCL-", StringComparison.Ordinal) => CardTopic.Medicines,
        var rule when rule.StartsWith("L-", StringComparison.Ordinal) => CardTopic.BloodTests,
        var rule when rule.StartsWith("W-", StringComparison.Ordinal) => CardTopic.WorkUp,
        _ => CardTopic.Patient,
    };

    public static string Code(this CardTopic topic) => topic switch
    {
        CardTopic.NotChecked => "not-checked",
        CardTopic.Medicines => "medicines",
        CardTopic.BloodTests => "blood-tests",
        CardTopic.WorkUp => "work-up",
        CardTopic.Patient => "patient",
        CardTopic.Ready => "ready",
        _ => throw new ArgumentOutOfRangeException(nameof(topic)),
    };

    public static string Display(this CardTopic topic) => topic switch
    {
        CardTopic.NotChecked => "What could not be checked",
        CardTopic.Medicines => "Medicines before the biopsy",
        CardTopic.BloodTests => "Blood tests before the biopsy",
        CardTopic.WorkUp => "Work-up before the biopsy",
        CardTopic.Patient => "The patient and the procedure",
        CardTopic.Ready => "Readiness for the biopsy",
        _ => throw new ArgumentOutOfRangeException(nameof(topic)),
    };

    /// <summary>Empty for a card that asks for nothing.</summary>
    public static IReadOnlyList<OverrideReason> Reasons(this CardTopic topic) => s_reasons.GetValueOrDefault(topic, []);
}
