using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Smart.Launching;

/// <summary>One resource type the review needs, what for, and what is lost without it.</summary>
/// <param name="Letters">SMART v2 permissions in their order, c r u d s.</param>
/// <param name="Reads">What cannot be shown without r and s.</param>
/// <param name="Writes">What cannot be written without c and u; null where nothing is written.</param>
public sealed record ScopeNeed(string Context, string Type, string Letters, string Reads, string? Writes = null);

/// <summary>
/// The scopes a launch asks for: each type by name, no wildcard, no more letters than are used. Observations are asked for whole:
/// a laboratory-only scope (<c>?category=…</c>) would hide a platelet count that a vendor filed under another category.
/// </summary>
public static class ScopesToAsk
{
    public static IReadOnlyList<ScopeNeed> Needs { get; } =
    [
        new("patient", "Patient", "rs", "the patient's age and sex"),
        new("patient", "MedicationRequest", "rs", "medication orders, and with them blood thinners"),
        new("patient", "MedicationStatement", "rs", "medications the patient reports"),
        new("patient", "MedicationAdministration", "rs", "doses given on the ward"),
        new("patient", "MedicationDispense", "rs", "medications dispensed"),
        new("patient", "Medication", "rs", "the names of medications kept as references"),
        new("patient", "Observation", "rs", "laboratory results"),
        new("patient", "DiagnosticReport", "rs", "reports, such as an earlier smear"),
        new("patient", "Condition", "rs", "diagnoses, such as a recent stent or clot"),
        new("patient", "AllergyIntolerance", "rs", "allergies to skin preparation, anaesthetic or latex"),
        new("patient", "Procedure", "rs", "earlier procedures"),
        new("patient", "Device", "rs", "implants, such as heart valves"),
        new("patient", "ServiceRequest", "rs", "the biopsy order"),
        new("patient", "Appointment", "rs", "the booked time of the biopsy"),
        new("patient", "Encounter", "rs", "the current visit"),
        new("patient", "Specimen", "rs", "specimens already taken"),
        new("patient", "CarePlan", "crus", "earlier plans of this service", "the plan"),
        new("patient", "DocumentReference", "crus", "earlier documents of this service", "documents for the chart and the patient"),
        new("patient", "Communication", "crs", "earlier messages of this service", "messages to staff and patient"),
        new("patient", "Task", "crs", "earlier tasks of this service", "tasks for staff"),
        new("patient", "Provenance", "cs", "", "who decided what (Provenance)"), // s: by its tag, so that a repeat adds none
        new("user", "Practitioner", "r", "the name of the signed-in clinician"),
    ];

    public static string ForLaunch(EhrOptions ehr, ServerConfiguration server, bool standalone, Quirks chart)
    {
        List<string> scopes = ["openid", "fhirUser", .. Context(server, standalone), .. Staying(server)];
        scopes.AddRange(Needs.SelectMany(need => Spell(ehr.ScopeVersion, need.Context, need.Type, LettersHere(need, chart))));
        // Nice to have: asked for only where it is known, for some servers refuse a launch over one scope that is not.
        if (Scopes.Parse(string.Join(' ', server.Scopes ?? [])).Allows("AuditEvent", Interaction.Create)) scopes.AddRange(Spell(ehr.ScopeVersion, "user", "AuditEvent", "cs"));
        return string.Join(' ', scopes);
    }

    /// <summary>The same reads and writes as a system client, plus what automation lives on.</summary>
    public static string ForBackend(EhrOptions ehr, Quirks chart) => string.Join(' ', Needs
        .Where(need => need.Context is "patient")
        .Append(new("system", "Subscription", "cruds", ""))
        .SelectMany(need => Spell(ehr.ScopeVersion, "system", need.Type, LettersHere(need, chart))));

    /// <summary>v1 knows read and write only; both are asked for where letters of both are used.</summary>
    public static IEnumerable<string> Spell(ScopeVersion version, string context, string type, string letters)
    {
        if (version is ScopeVersion.V2)
        {
            yield return $"{context}/{type}.{letters}";
            yield break;
        }
        if (letters.Intersect("rs").Any()) yield return $"{context}/{type}.read";
        if (letters.Intersect("cud").Any()) yield return $"{context}/{type}.write";
    }

    private static IEnumerable<string> Context(ServerConfiguration server, bool standalone)
    {
        yield return standalone ? "launch/patient" : "launch";
        if (standalone && server.Can("context-standalone-encounter")) yield return "launch/encounter";
    }

    /// <summary>A review may outlast an access token. online_access is enough; the other is asked for only where the server knows no better.</summary>
    private static IEnumerable<string> Staying(ServerConfiguration server)
    {
        if (server.Scopes is null || server.Scopes.Contains("online_access")) yield return "online_access";
        else if (server.Scopes.Contains("offline_access")) yield return "offline_access";
    }

    /// <summary>A right that will not be used is not asked for.</summary>
    private static string LettersHere(ScopeNeed need, Quirks chart)
    {
        if (!chart.NoCreate.Contains(need.Type)) return need.Letters;
        var left = string.Concat(need.Letters.Where(letter => letter is not ('c' or 'u')));
        return left is "" ? need.Letters : left;
    }
}
