namespace BiopsyFhir.Api.Cds;

/// <summary>When one page of a prefetched search says all that is wanted of it.</summary>
public enum PageSays
{
    /// <summary>Only when it is the only one.</summary>
    All,

    /// <summary>Also when it is sorted newest first and reaches back beyond the look-back window.</summary>
    AllOfTheWindow,

    /// <summary>Also when it is sorted newest first: only the newest is wanted.</summary>
    TheNewest,
}

/// <summary>
/// One query that clients make for us (H-14): a read, or a search by patient, token and date, with <c>_count</c> and <c>_sort</c>.
/// Short, and one purpose each: long addresses fail in some clients (K-2).
/// </summary>
/// <param name="Key">Member of <c>prefetch</c>.</param>
/// <param name="Type">Resource type asked for.</param>
/// <param name="Words">How a card names it.</param>
/// <param name="Query">What follows <c>Type?patient=…</c>.</param>
/// <param name="Dated">The same for a client of CDS Hooks 3.0, which can count days; null when the query is the same.</param>
/// <param name="Enough">When a page with more to come is enough.</param>
public sealed record PrefetchKey(string Key, string Type, string Words, string Query, string? Dated = null, PageSays Enough = PageSays.All)
{
    public const string Patient = "patient", ServiceRequests = "serviceRequests", Appointments = "appointments";

    private const string PatientId = "{{context.patientId}}";

    private const string ByPatient = "_count=200";

    private const string NewestFirst = "_sort=-date&_count=200";

    /// <summary>The longest look-back window of the policies is 365 days; a month more for biopsies booked ahead.</summary>
    public const int LookBackDays = 400;

    /// <value>The search of ours that fills the gap: body measures and social history come with one.</value>
    public string Search => Key is "weight" or "height" or "socialHistory" ? "observations" : Key;

    public static readonly IReadOnlyList<PrefetchKey> All =
    [
        new(Patient, "Patient", "the patient", ""),
        new(ServiceRequests, "ServiceRequest", "orders", ByPatient),
        new(Appointments, "Appointment", "appointments", ByPatient),
        new("medicationRequests", "MedicationRequest", "medication orders", ByPatient),
        new("medicationStatements", "MedicationStatement", "medicines the patient reports", ByPatient),
        new("medicationAdministrations", "MedicationAdministration", "medicines given on the ward", ByPatient),
        new("medicationDispenses", "MedicationDispense", "medicines dispensed", ByPatient),
        new("laboratory", "Observation", "laboratory results", $"category=laboratory&{NewestFirst}",
            $"category=laboratory&date=ge{{{{today() - {LookBackDays} days}}}}&{NewestFirst}", PageSays.AllOfTheWindow),
        new("weight", "Observation", "body weight", "code=29463-7&_sort=-date&_count=5", Enough: PageSays.TheNewest),
        new("height", "Observation", "body height", "code=8302-2&_sort=-date&_count=5", Enough: PageSays.TheNewest),
        new("socialHistory", "Observation", "smoking and pregnancy", "category=social-history&_sort=-date&_count=50", Enough: PageSays.TheNewest),
        new("conditions", "Condition", "problems", ByPatient),
        new("allergies", "AllergyIntolerance", "allergies", ByPatient),
        new("procedures", "Procedure", "procedures", ByPatient),
        new("devices", "Device", "implants", ByPatient),
    ];

    /// <summary>Relative to the FHIR base (H-03).</summary>
    public string Template(bool dated) => Key is Patient ? $"Patient/{PatientId}" : $"{Type}?patient={PatientId}&{(dated ? Dated : null) ?? Query}";
}
