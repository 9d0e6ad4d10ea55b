using BiopsyFhir.Domain;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>FHIR resource types -> the kinds of record that the rules read.</summary>
public static class RecordKinds
{
    /// <summary>Null: a type that the rules do not read.</summary>
    public static RecordKind? Of(string? resourceType) => resourceType switch
    {
        "MedicationRequest" or "MedicationStatement" or "MedicationAdministration" or "MedicationDispense" or "MedicationUsage" => RecordKind.Medication,
        "Observation" or "DiagnosticReport" => RecordKind.Result,
        "Condition" => RecordKind.Condition,
        "AllergyIntolerance" => RecordKind.Allergy,
        "Procedure" or "Device" => RecordKind.Procedure,
        "ServiceRequest" or "ProcedureRequest" => RecordKind.Order,
        "Appointment" => RecordKind.Appointment,
        _ => null,
    };

    /// <summary>Read where another record refers to them, or known to say nothing that the rules ask for.</summary>
    public static bool IsContext(string? resourceType) => resourceType is "Medication" or "Specimen" or "Encounter" or "Patient";

    /// <summary>Resource types of R4 that may tell of a medicine or a problem in words but are not read.</summary>
    public static bool MightTell(string type) => type is "List" or "Composition" or "DocumentReference" or "MedicationKnowledge" or "ImmunizationRecommendation"
        or "CarePlan" or "ClinicalImpression" or "DeviceUseStatement" or "FamilyMemberHistory" or "QuestionnaireResponse" or "NutritionOrder" or "Flag"
        or "RequestGroup" or "DetectedIssue" or "AdverseEvent" or "Basic" or "Binary" or "Media" or "Communication" or "RiskAssessment" or "Parameters";

    /// <summary>Resource types of R4 about people, places, money and the system itself.</summary>
    public static bool IsAdministrative(string type) => type is "Account" or "ActivityDefinition" or "AppointmentResponse" or "AuditEvent" or "BodyStructure"
        or "CapabilityStatement" or "CareTeam" or "ChargeItem" or "Claim" or "ClaimResponse" or "CodeSystem" or "CommunicationRequest" or "ConceptMap" or "Consent"
        or "Contract" or "Coverage" or "CoverageEligibilityRequest" or "CoverageEligibilityResponse" or "DeviceDefinition" or "DeviceMetric" or "DeviceRequest"
        or "DocumentManifest" or "Endpoint" or "EnrollmentRequest" or "EnrollmentResponse" or "EpisodeOfCare" or "ExplanationOfBenefit" or "Goal" or "Group"
        or "HealthcareService" or "ImagingStudy" or "Immunization" or "ImmunizationEvaluation" or "InsurancePlan" or "Invoice" or "Library" or "Location" or "Measure"
        or "MeasureReport" or "MessageHeader" or "MolecularSequence" or "OperationDefinition" or "Organization" or "OrganizationAffiliation" or "PaymentNotice"
        or "PaymentReconciliation" or "Person" or "PlanDefinition" or "Practitioner" or "PractitionerRole" or "Provenance" or "Questionnaire" or "RelatedPerson"
        or "ResearchStudy" or "ResearchSubject" or "Schedule" or "SearchParameter" or "Slot" or "StructureDefinition" or "Subscription" or "Substance"
        or "SupplyDelivery" or "SupplyRequest" or "Task" or "ValueSet" or "VisionPrescription";
}
