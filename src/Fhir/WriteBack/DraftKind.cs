namespace BiopsyFhir.Fhir.WriteBack;

/// <summary>What is written back, by what it is for.</summary>
public enum DraftKind
{
    CarePlan,
    NoteDocument,
    StaffCommunication,
    StaffTask,
    EducationDocument,

    /// <summary>The printed form of <see cref="EducationDocument"/>: US Core 3.1.0 takes one attachment a document.</summary>
    EducationPrint,
    PatientCommunication,
    Provenance,
    AuditEvent,
}

public static class DraftKinds
{
    /// <summary>The <c>&lt;kind&gt;</c> of <c>urn:biopsyfhir:&lt;kind&gt;</c>.</summary>
    public static string Slug(this DraftKind kind) => kind switch
    {
        DraftKind.CarePlan => "careplan",
        DraftKind.NoteDocument => "note",
        DraftKind.StaffCommunication => "communication",
        DraftKind.StaffTask => "task",
        DraftKind.EducationDocument => "education",
        DraftKind.EducationPrint => "education-print",
        DraftKind.PatientCommunication => "patient-communication",
        DraftKind.Provenance => "provenance",
        _ => "auditevent",
    };

    public static string ResourceType(this DraftKind kind) => kind switch
    {
        DraftKind.CarePlan => "CarePlan",
        DraftKind.NoteDocument or DraftKind.EducationDocument or DraftKind.EducationPrint => "DocumentReference",
        DraftKind.StaffCommunication or DraftKind.PatientCommunication => "Communication",
        DraftKind.StaffTask => "Task",
        DraftKind.Provenance => "Provenance",
        _ => "AuditEvent",
    };

    public static bool IsDocument(this DraftKind kind) => kind is DraftKind.NoteDocument or DraftKind.EducationDocument or DraftKind.EducationPrint;
}
