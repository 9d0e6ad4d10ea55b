using System.Collections.Immutable;
using System.Text;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>What the clinician wants to have in the chart. Each is reached by one rung of its ladder, or by a file to download.</summary>
public enum Purpose
{
    /// <summary>The signed plan, for staff.</summary>
    Plan,

    /// <summary>The patient's handout.</summary>
    Education,

    /// <summary>A message to the patient that the handout is there. It only points to it, so it leaves no file of its own.</summary>
    PatientMessage,
}

/// <summary>What keeps a repeat from adding a second one.</summary>
public enum HowCreated
{
    /// <summary>The server compares our identifier (<c>If-None-Exist</c>).</summary>
    ConditionalCreate,

    /// <summary>We look for our identifier first, and keep our own record.</summary>
    SearchThenCreate,

    /// <summary>Only our own record: an attempt without an answer is not repeated.</summary>
    LedgerThenCreate,
}

/// <summary>How an earlier version is marked as replaced.</summary>
public enum HowSuperseded
{
    Update,
    Patch,

    /// <summary>The server takes neither (or it is a message, which stays as sent): the receipt names the earlier version.</summary>
    NotAtAll,
}

/// <summary>How a Provenance or AuditEvent is written with its target.</summary>
public enum HowAccompanied
{
    InTransaction,

    /// <summary>After its target; a repeat looks for its <c>meta.tag</c>.</summary>
    AfterTarget,

    /// <summary>After its target; only our own record guards a repeat.</summary>
    AfterTargetByLedger,

    NotAtAll,
}

/// <param name="Companion">What is written.</param>
/// <param name="How">In which way, or not at all.</param>
/// <param name="Conditional">The server compares its tag (<c>If-None-Exist: _tag=…</c>).</param>
/// <param name="Findable">Its tag can be searched for.</param>
/// <param name="Reason">Why it is done this way.</param>
public sealed record PlannedCompanion(Companion Companion, HowAccompanied How, bool Conditional, bool Findable, string Reason);

/// <summary>One rung of a ladder, with its reason.</summary>
public abstract record Rung(DraftKind Kind, string Reason)
{
    /// <summary>Can be written. Tried in order until one is there.</summary>
    /// <param name="Draft">What is written.</param>
    /// <param name="Format">The attachment it gets here; null for what is not a document.</param>
    /// <param name="How">What keeps it single.</param>
    /// <param name="Findable">Earlier versions can be searched for by our identifier.</param>
    /// <param name="Readable">A known reference can be read.</param>
    /// <param name="Superseding">How an earlier version is marked.</param>
    /// <param name="SearchByPatient">The search takes <c>patient</c> as well, which some EHRs demand.</param>
    /// <param name="Companions">What goes with it.</param>
    /// <param name="Quirks">What its JSON is checked against before it is sent.</param>
    /// <param name="Reason">Why it is possible and how it is done.</param>
    public sealed record Write(
        Draft Draft,
        DocumentFormat? Format,
        HowCreated How,
        bool Findable,
        bool Readable,
        HowSuperseded Superseding,
        bool SearchByPatient,
        ImmutableArray<PlannedCompanion> Companions,
        Quirks Quirks,
        string Reason) : Rung(Draft.Kind, Reason);

    public sealed record NotPossible(DraftKind Kind, string Reason) : Rung(Kind, Reason);
}

/// <summary>The ladder for one purpose; below its last rung there is always a file to download.</summary>
public sealed record PlannedPurpose(Purpose Purpose, ImmutableArray<Rung> Rungs)
{
    public bool CanBeWritten => Rungs.Any(r => r is Rung.Write);
}

/// <summary>What will be tried, in order, and why.</summary>
public sealed record WriteBackPlan(WriteBackRequest Request, ImmutableArray<PlannedPurpose> Purposes)
{
    /// <summary>The plan as a table that a person can read: for the review page, for support, for approval in tests.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| for | step | resource | attach | reason |\n|---|---|---|---|---|\n");
        foreach (var (purpose, rungs) in Purposes)
        {
            var number = 0;
            foreach (var rung in rungs)
            {
                var step = rung is Rung.Write ? ++number == 1 ? "write" : "else write" : "not possible";
                var attach = (rung as Rung.Write)?.Format?.ToString() ?? "";
                table.Append($"| {purpose} | {step} | {rung.Kind} | {attach} | {rung.Reason} |\n");
                if (rung is Rung.Write write)
                {
                    foreach (var companion in write.Companions)
                        table.Append($"| | with it | {companion.Companion.Kind} | | {companion.Reason} |\n");
                }
            }

            if (purpose != Purpose.PatientMessage)
                table.Append($"| {purpose} | {(number == 0 ? "download" : "else download")} | file | | to be filed by hand |\n");
        }

        return table.ToString();
    }
}
