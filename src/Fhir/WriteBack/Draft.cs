using System.Collections.Immutable;

namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>A rendering that a document can be attached in.</summary>
public enum DocumentFormat
{
    Pdf,
    Html,
    Text,
}

/// <summary>What the author of a resource is told when its JSON is wanted.</summary>
/// <param name="Format">The rendering to attach; null for what is not a document.</param>
/// <param name="Replaces">References of earlier versions that this one replaces.</param>
/// <param name="Written">What this run has written or found already, by kind.</param>
public sealed record BuildInput(DocumentFormat? Format, ImmutableArray<string> Replaces, ImmutableDictionary<DraftKind, string> Written);

/// <summary>
/// A resource that could be written: its keys, what it can offer, and how to make its JSON. The JSON must carry both identifiers of
/// <see cref="Keys"/>; that is checked before anything is sent.
/// </summary>
public sealed record Draft(DraftKeys Keys, Func<BuildInput, ReadOnlyMemory<byte>> Build)
{
    public DraftKind Kind => Keys.Kind;

    /// <summary>For documents: the renderings that exist, of which the one that the EHR likes best is attached. Without a PDF printer there is no <see cref="DocumentFormat.Pdf"/>.</summary>
    public ImmutableArray<DocumentFormat> Formats { get; init; } = [];

    /// <summary>A Practitioner signs as author.</summary>
    public bool HasAuthor { get; init; }
}

/// <param name="Target">The resource it speaks about: a reference, or a <c>urn:uuid</c> inside a transaction.</param>
/// <param name="Tag">Goes into <c>meta.tag</c> with <see cref="TagSystem"/>: R4 gives Provenance and AuditEvent no identifier.</param>
/// <param name="TagSystem"><c>urn:biopsyfhir:provenance</c> or <c>urn:biopsyfhir:auditevent</c>.</param>
public sealed record CompanionInput(DraftKind TargetKind, string Target, string TagSystem, string Tag);

/// <summary>A Provenance or AuditEvent that goes with every resource of the run.</summary>
public sealed record Companion(DraftKind Kind, Func<CompanionInput, ReadOnlyMemory<byte>> Build);

/// <summary>One confirmation to be written back.</summary>
/// <param name="Patient"><c>Patient/id</c>; narrows searches for earlier versions.</param>
/// <param name="ConfirmedAt">When the clinician (or the automation) decided. A later confirmation of the same order wins, whatever order they are carried out in.</param>
/// <param name="Drafts">At most one of each kind.</param>
/// <param name="Companions">At most one of each kind.</param>
public sealed record WriteBackRequest(string Patient, DateTimeOffset ConfirmedAt, ImmutableArray<Draft> Drafts, ImmutableArray<Companion> Companions);
