using BiopsyFhir.Sandbox.Fhir.Search;
using static BiopsyFhir.Sandbox.Fhir.Search.SearchParameter;

namespace BiopsyFhir.Sandbox.Fhir;

/// <summary>What this EHR knows of one resource type.</summary>
/// <param name="Patient">Members that put a resource into a patient's compartment (R4 compartment definition, the ones we use). Empty: shared.</param>
/// <param name="Required">Members with a lower cardinality of 1 in R4; <c>x[x]</c> stands for any of a choice.</param>
internal sealed record ResourceType(string Name, string[] Patient, string[] Required, params SearchParameter[] Own)
{
    public IReadOnlyList<SearchParameter> Parameters { get; } =
        [Token("_id", "id"), Date("_lastUpdated", "meta.lastUpdated"), Token("_tag", "meta.tag"), .. Own];

    public SearchParameter? Parameter(string name) => Parameters.FirstOrDefault(p => p.Name == name);
}

/// <summary>The table of R4 types and search parameters (hl7.org/fhir/R4/searchparameter-registry.html). One row is one type.</summary>
internal static class ResourceTypes
{
    private static readonly SearchParameter Identifier = Token("identifier"), Subject = Reference("subject"), SubjectAsPatient = PatientIn("subject"),
        Patient = PatientIn("patient"), Status = Token("status"), Intent = Token("intent"), Category = Token("category"), Code = Token("code"),
        Encounter = Reference("encounter"), BasedOn = Reference("based-on", "basedOn"),
        MedicationCode = Token("code", "medicationCodeableConcept"), Medication = Reference("medication", "medicationReference");

    public static readonly IReadOnlyDictionary<string, ResourceType> All = new ResourceType[]
    {
        new("Patient", ["id"], [],
            Identifier, Text("name", "name.family", "name.given", "name.text"), Text("family", "name.family"), Text("given", "name.given"), Date("birthdate", "birthDate"), Token("gender")),
        new("Practitioner", [], [], Identifier, Text("name", "name.family", "name.given", "name.text"), Text("family", "name.family")),
        new("MedicationRequest", ["subject"], ["status", "intent", "medication[x]", "subject"],
            Identifier, Subject, SubjectAsPatient, Status, Intent, Category, MedicationCode, Medication, Encounter, Date("authoredon", "authoredOn"), Reference("requester")),
        new("MedicationStatement", ["subject"], ["status", "medication[x]", "subject"],
            Identifier, Subject, SubjectAsPatient, Status, Category, MedicationCode, Medication, Date("effective", "effectiveDateTime", "effectivePeriod")),
        new("MedicationAdministration", ["subject"], ["status", "medication[x]", "subject", "effective[x]"],
            Identifier, Subject, SubjectAsPatient, Status, MedicationCode, Medication, Date("effective-time", "effectiveDateTime", "effectivePeriod")),
        new("MedicationDispense", ["subject"], ["status", "medication[x]"],
            Identifier, Subject, SubjectAsPatient, Status, MedicationCode, Medication, Date("whenhandedover", "whenHandedOver"), Date("whenprepared", "whenPrepared"), Reference("prescription", "authorizingPrescription")),
        new("Medication", [], [], Identifier, Code, Status),
        new("Observation", ["subject"], ["status", "code"],
            Identifier, Subject, SubjectAsPatient, Status, Category, Code, Date("date", "effectiveDateTime", "effectivePeriod", "effectiveInstant"), Encounter, BasedOn, Reference("specimen"), Reference("has-member", "hasMember")),
        new("DiagnosticReport", ["subject"], ["status", "code"],
            Identifier, Subject, SubjectAsPatient, Status, Category, Code, Date("date", "effectiveDateTime", "effectivePeriod"), Date("issued"), Encounter, BasedOn, Reference("result")),
        new("Condition", ["subject"], ["subject"],
            Identifier, Subject, SubjectAsPatient, Token("clinical-status", "clinicalStatus"), Token("verification-status", "verificationStatus"), Category, Code, Date("onset-date", "onsetDateTime", "onsetPeriod"), Date("recorded-date", "recordedDate"), Encounter),
        new("AllergyIntolerance", ["patient"], ["patient"],
            Identifier, Patient, Token("clinical-status", "clinicalStatus"), Token("verification-status", "verificationStatus"), Category, Code, Token("criticality"), Date("date", "recordedDate")),
        new("Procedure", ["subject"], ["status", "subject"],
            Identifier, Subject, SubjectAsPatient, Status, Category, Code, Date("date", "performedDateTime", "performedPeriod"), Encounter, BasedOn),
        new("Device", ["patient"], [], Identifier, Patient, Token("type"), Status),
        new("ServiceRequest", ["subject"], ["status", "intent", "subject"],
            Identifier, Subject, SubjectAsPatient, Status, Intent, Category, Code, Date("authored", "authoredOn"), Date("occurrence", "occurrenceDateTime", "occurrencePeriod"), Encounter, Reference("requester"), BasedOn),
        new("Appointment", ["participant.actor"], ["status", "participant"],
            Identifier, PatientIn("participant.actor"), Reference("actor", "participant.actor"), Status, Date("date", "start"), Token("service-type", "serviceType"), BasedOn),
        new("Encounter", ["subject"], ["status", "class"], Identifier, Subject, SubjectAsPatient, Status, Token("class"), Token("type"), Date("date", "period")),
        new("Specimen", ["subject"], [], Identifier, Subject, SubjectAsPatient, Status, Token("type"), Date("collected", "collection.collectedDateTime", "collection.collectedPeriod")),
        new("CarePlan", ["subject"], ["status", "intent", "subject"],
            Identifier, Subject, SubjectAsPatient, Status, Intent, Category, Date("date", "period"), Encounter, BasedOn, Reference("replaces")),
        new("DocumentReference", ["subject"], ["status", "content"],
            Identifier, Subject, SubjectAsPatient, Status, Token("type"), Category, Date("date"), Date("period", "context.period"), Reference("encounter", "context.encounter"), Reference("related", "context.related"), Reference("relatesto", "relatesTo.target")),
        new("Communication", ["subject", "recipient", "sender"], ["status"],
            Identifier, Subject, SubjectAsPatient, Status, Category, Date("sent"), Date("received"), Encounter, BasedOn, Reference("part-of", "partOf"), Reference("recipient"), Reference("sender")),
        new("Task", ["for"], ["status", "intent"],
            Identifier, Reference("subject", "for"), PatientIn("for"), Status, Intent, Code, Reference("focus"), Reference("owner"), Date("authored-on", "authoredOn"), Encounter, BasedOn),
        new("Provenance", ["target"], ["target", "recorded", "agent"],
            PatientIn("target"), Reference("target"), Date("recorded"), Reference("agent", "agent.who")),
        new("AuditEvent", ["agent.who", "entity.what"], ["type", "recorded", "agent", "source"],
            PatientIn("agent.who", "entity.what"), Date("date", "recorded"), Token("type"), Token("action"), Reference("agent", "agent.who"), Reference("entity", "entity.what")),
        new("Binary", [], ["contentType"]),
        new("Subscription", [], ["status", "reason", "criteria", "channel"], Status, Text("criteria"), Text("url", "channel.endpoint"), Token("type", "channel.type")),
    }.ToDictionary(t => t.Name);

    /// <exception cref="FhirFault">404 for a type this EHR does not serve.</exception>
    public static ResourceType Named(string name) =>
        All.TryGetValue(name, out var type) ? type : throw new FhirFault(404, "not-supported", $"This EHR serves no resource type '{name}'.");
}
