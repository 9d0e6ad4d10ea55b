namespace BiopsyFhir.Api.Assessments;

// The shape of the answer for the API description. The bytes are written by WriteAssessment; a test reads every kind of answer
// into these records and lets no member be missing or left over.

/// <summary>Readiness for a bone marrow biopsy.</summary>
/// <param name="AssessmentId">sha256 over policy, query and body: the same question has the same id.</param>
/// <param name="AsOf">The facility's local day on which the question is asked.</param>
/// <param name="Readiness">ready, action-needed, ask-specialist, cannot-judge.</param>
/// <param name="Findings">Most serious first.</param>
/// <param name="Medications">Every medication entry, recognised or not.</param>
/// <param name="Labs">One row for each analyte seen or required.</param>
/// <param name="NotJudged">What is there but could not be judged, and what was not seen.</param>
public sealed record AssessmentAnswer(
    string AssessmentId, DateOnly AsOf, PolicyStamp Policy, ProcedureAnswer Procedure, PatientAnswer Patient, string Readiness,
    IReadOnlyList<FindingAnswer> Findings, IReadOnlyList<MedicationAnswer> Medications, IReadOnlyList<LabAnswer> Labs,
    AnaemiaAnswer Anaemia, ClearanceAnswer CreatinineClearance, IReadOnlyList<NotJudgedAnswer> NotJudged);

/// <param name="Hash">sha256 of the composed policy: what exactly was applied.</param>
public sealed record PolicyStamp(string Id, string Name, string Version, string Hash);

/// <param name="At">Start with the facility's offset; the usual start of the unit when timeAssumed.</param>
/// <param name="IndicationText">The reason as the order words it.</param>
/// <param name="Order">Reference of the order or appointment that decided.</param>
public sealed record ProcedureAnswer(DateOnly Date, DateTimeOffset At, bool TimeAssumed, string Site, string Indication, string? IndicationText,
    string Sedation, string Escort, string? Order, bool AspirateOnly);

/// <param name="AgeYears">Completed years on the procedure date; null when the birth date does not fix it.</param>
/// <param name="Sex">female, male, other, unknown: the parameter for clinical use where recorded, else administrative gender.</param>
public sealed record PatientAnswer(string Reference, int? AgeYears, string Sex);

/// <param name="Rule">Rule id, for example R-HOLD.</param>
/// <param name="Severity">critical, high, moderate, low, info.</param>
/// <param name="Subject">Ingredient for drug rules, analyte for lab rules, else a short key.</param>
/// <param name="Action">hold, continue, no-hold, ask-specialist, order-test, repeat-test, review, reschedule, inform.</param>
/// <param name="LastDoseDate">Last day on which a dose may be taken.</param>
/// <param name="LastDoseAt">For hour-based holds: the last dose no later than this.</param>
/// <param name="FirstDrugFreeDate">First full day without a dose.</param>
/// <param name="ResumeDate">Earliest day to go on, after haemostasis is confirmed.</param>
/// <param name="EarliestProcedureDate">Earliest day for the biopsy when a hold is too late.</param>
/// <param name="Provisional">The dates are no instruction: somebody must decide first.</param>
/// <param name="State">known, stale, missing, unreadable, preliminary; for findings about a test.</param>
public sealed record FindingAnswer(string Rule, string Severity, string Subject, string Action, string Title, string Detail,
    DateOnly? LastDoseDate, DateTimeOffset? LastDoseAt, DateOnly? FirstDrugFreeDate, int? DrugFreeDays, DateOnly? ResumeDate, DateOnly? TestDueDate,
    DateOnly? EarliestProcedureDate, bool Provisional, string? State, IReadOnlyList<FactAnswer> Because, IReadOnlyList<CitationAnswer> Citations);

/// <param name="Reference">The resource it comes from; null for a setting or the request.</param>
public sealed record FactAnswer(string? Reference, string Fact, decimal? Value, string? Unit, DateOnly? Date);

/// <param name="Verification">V seen in the source, V2 in a copy, V2w in a weak copy, U unverified, D our default.</param>
public sealed record CitationAnswer(string Key, string Text, string? Url, string Verification);

/// <param name="RecognisedBy">rxnorm, atc, snomed, ndc, text, none.</param>
/// <param name="Systemic">False for skin, eye, inhaled and catheter-lock forms.</param>
public sealed record MedicationAnswer(string Reference, string Text, string? Ingredient, string? Class, string RecognisedBy, bool InUse, bool Systemic);

/// <param name="State">known, stale, missing, unreadable, preliminary; against the strictest window that applies.</param>
/// <param name="AgeDays">Days from the specimen to the procedure.</param>
/// <param name="AsReceived">Value and unit as sent.</param>
/// <param name="Notes">Point-of-care, recognised by name, after a transfusion, on treatment.</param>
public sealed record LabAnswer(string Analyte, string State, decimal? Value, string? Unit, string? Comparator, DateOnly? Date, int? AgeDays, string? Reference,
    int? WindowDays, string? AsReceived, IReadOnlyList<string> Notes);

/// <param name="Anaemic">Null when not judged, or when the cut-offs of both sexes disagree.</param>
/// <param name="Grade">none, mild, moderate, severe.</param>
public sealed record AnaemiaAnswer(bool Judged, bool? Anaemic, string? Grade, decimal? RawHbGPerL, decimal? AdjustedHbGPerL, decimal? CutoffGPerL, string Definition, string? WhyNot,
    IReadOnlyList<string> Notes);

/// <param name="MlPerMin">Null when an input is missing, stale or unusable, and for children.</param>
public sealed record ClearanceAnswer(decimal? MlPerMin, string Method, ClearanceInputs Inputs, decimal? IdealWeightMlPerMin, decimal? AdjustedWeightMlPerMin,
    string? WhyUnknown, string? AcuteChange, MeasuredAnswer? LastKnown, bool OnDialysis);

public sealed record ClearanceInputs(int? AgeYears, string Sex, MeasuredAnswer? Weight, MeasuredAnswer? Creatinine, MeasuredAnswer? Height);

public sealed record MeasuredAnswer(decimal Value, string Unit, DateOnly Date, string Reference);

/// <param name="MightHide">nothing, antithrombotic, safety-lab, other: antithrombotic and safety-lab forbid "ready".</param>
public sealed record NotJudgedAnswer(string What, string Why, string MightHide);

/// <summary>The policies that are offered.</summary>
/// <param name="Default">The one taken when a request names none.</param>
public sealed record PolicyList(string Default, IReadOnlyList<PolicyAnswer> Policies);

/// <param name="Preset">The preset whose columns it takes: P1, P2 or P3.</param>
/// <param name="Rows">Every row of the policy with its sources.</param>
public sealed record PolicyAnswer(string Id, string Preset, string Name, string Version, string Hash, IReadOnlyList<PolicyRowAnswer> Rows);

/// <param name="Row">Path of the row in the policy.</param>
/// <param name="Content">Its members as they stand.</param>
public sealed record PolicyRowAnswer(string Row, System.Text.Json.JsonElement Content, IReadOnlyList<CitationAnswer> Citations);

/// <summary>How two policies differ, member by member and patient by patient.</summary>
/// <param name="Patients">Every worked patient that ships with the service, changed or not.</param>
public sealed record PolicyComparison(ComparedPolicy A, ComparedPolicy B, IReadOnlyList<PolicyDifferenceAnswer> Differences, IReadOnlyList<PatientChangeAnswer> Patients);

/// <summary>An invented patient under both policies.</summary>
/// <param name="Who">One line about her or him.</param>
/// <param name="Changes">Empty when no finding changes.</param>
public sealed record PatientChangeAnswer(string Id, string Who, string ReadinessA, string ReadinessB, IReadOnlyList<FindingChangeAnswer> Changes);

/// <param name="Words">What is only under one of the policies, or which dates and severities differ.</param>
public sealed record FindingChangeAnswer(string Rule, string Subject, string Words);

public sealed record ComparedPolicy(string Id, string Preset, string Name, string Version, string Hash);

/// <param name="A">As the first policy has it; null when it does not.</param>
/// <param name="B">As the second policy has it; null when it does not.</param>
public sealed record PolicyDifferenceAnswer(string Row, string Member, string? A, string? B, string Words);
