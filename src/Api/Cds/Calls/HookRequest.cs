using System.Text.Json;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Cds;

/// <summary>The token for this one call (CDS Hooks 2.0, "Passing the Access Token"). Never stored, logged or used after the answer (H-27).</summary>
internal sealed record HookAuthorization(AccessToken Token, Scopes Scopes, bool Expired, string? Patient);

/// <summary>
/// A call's body, read strictly where the specification requires a member and leniently everywhere else (H-08…H-10): all faults at
/// once, unknown members ignored. What is wrong inside one order is that order's matter, not a fault here (H-65).
/// </summary>
internal sealed record HookRequest
{
    public required Guid HookInstance { get; init; }

    /// <value>As sent; whether it may be asked is decided against our list.</value>
    public string? FhirServer { get; init; }
    public HookAuthorization? Authorization { get; init; }
    public required string UserId { get; init; }
    public required string PatientId { get; init; }
    public string? EncounterId { get; init; }
    public IReadOnlyList<string> Selections { get; init; } = [];

    /// <value>The Bundle of draft orders or proposed appointments; Undefined for patient-view.</value>
    public FhirElement Drafts { get; init; }

    /// <value>Undefined when there is none.</value>
    public FhirElement Prefetch { get; init; }

    /// <value>Draft orders and prefetch stand in here: the input of the assessment, without the token.</value>
    public required FhirElement Context { get; init; }

    /// <returns>Null when there are faults.</returns>
    public static HookRequest? Read(FhirElement root, HookService service, List<ReadFault> faults)
    {
        if (root.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new("#", "A JSON object is expected."));
            return null;
        }
        var hook = service.Hook.Name();
        if (Required(root, "#", "hook", faults) is { } named && named != hook) faults.Add(new("#/hook", $"This service answers '{hook}' only."));
        var instance = Guid.Empty;
        if (Required(root, "#", "hookInstance", faults) is { } id && !Guid.TryParseExact(id, "D", out instance)) faults.Add(new("#/hookInstance", "A UUID is expected."));

        var server = Optional(root, "#", "fhirServer", faults);
        if (server is not null && !(Uri.TryCreate(server, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) faults.Add(new("#/fhirServer", "An absolute http or https address is expected."));
        var authorization = Authorize(root, faults);
        if (root.Has("fhirAuthorization") && !root.Has("fhirServer")) faults.Add(new("#/fhirServer", "It is required with fhirAuthorization."));

        var prefetch = root.Member("prefetch");
        if (prefetch.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object)) faults.Add(new("#/prefetch", "An object is expected."));

        var context = root.Member("context");
        if (context.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new("#/context", context.ValueKind is JsonValueKind.Undefined ? "It is required." : "An object is expected."));
            return null;
        }
        var user = Required(context, "#/context", "userId", faults);
        var patient = Required(context, "#/context", "patientId", faults);
        if (patient is not null && !IsId(patient)) faults.Add(new("#/context/patientId", "A FHIR id is expected, without a type before it."));
        var encounter = Optional(context, "#/context", "encounterId", faults);
        var drafts = Bundle(context, service.Hook, faults);
        var selections = service.Hook is Hook.OrderSelect ? References(context, "selections", faults) : [];
        return faults.Count > 0 ? null : new()
        {
            HookInstance = instance,
            FhirServer = server,
            Authorization = authorization,
            UserId = user!,
            PatientId = patient!,
            EncounterId = encounter,
            Selections = selections,
            Drafts = drafts,
            Prefetch = prefetch,
            Context = context,
        };
    }

    private static HookAuthorization? Authorize(FhirElement root, List<ReadFault> faults)
    {
        const string Where = "#/fhirAuthorization";
        var json = root.Member("fhirAuthorization");
        if (json.ValueKind is JsonValueKind.Undefined) return null;
        if (json.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new(Where, "An object is expected."));
            return null;
        }
        var token = Required(json, Where, "access_token", faults);
        if (token is not null && token.Any(c => c is <= ' ' or > '~')) faults.Add(new($"{Where}/access_token", "It holds characters that no token has."));
        if (Required(json, Where, "token_type", faults) is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) faults.Add(new($"{Where}/token_type", "'Bearer' is expected."));
        if (json.Number("expires_in") is not { } seconds)
        {
            faults.Add(new($"{Where}/expires_in", json.Has("expires_in") ? "A number of seconds is expected." : "It is required."));
            seconds = 0;
        }
        var scope = Required(json, Where, "scope", faults);
        Required(json, Where, "subject", faults);
        var patient = Optional(json, Where, "patient", faults);
        return faults.Count > 0 ? null : new(new(token!), Scopes.Parse(scope), seconds <= 0, patient);
    }

    /// <summary>H-61, H-62, H-64. A Bundle without <c>type</c> was seen from a real client, and counts.</summary>
    private static FhirElement Bundle(FhirElement context, Hook hook, List<ReadFault> faults)
    {
        if (hook is Hook.PatientView) return default;
        var name = hook is Hook.AppointmentBook ? "appointments" : "draftOrders";
        var bundle = context.Member(name);
        if (bundle.ValueKind is JsonValueKind.Undefined) faults.Add(new($"#/context/{name}", "It is required."));
        else if (bundle.ValueKind is not JsonValueKind.Object || bundle.CodeText("resourceType") is not "Bundle") faults.Add(new($"#/context/{name}", "A Bundle is expected."));
        else if (bundle.Has("entry") && bundle.Member("entry").ValueKind is not JsonValueKind.Array) faults.Add(new($"#/context/{name}/entry", "A list is expected."));
        return bundle;
    }

    private static List<string> References(FhirElement context, string name, List<ReadFault> faults)
    {
        var list = context.Member(name);
        if (list.ValueKind is JsonValueKind.Array && list.EnumerateArray().All(item => item.AsText() is not null)) return [.. list.EnumerateArray().Select(item => item.AsText()!)];
        faults.Add(new($"#/context/{name}", list.ValueKind is JsonValueKind.Undefined ? "It is required." : "A list of references is expected."));
        return [];
    }

    private static string? Required(FhirElement json, string where, string name, List<ReadFault> faults)
    {
        if (json.Text(name) is { } text) return text;
        faults.Add(new($"{where}/{name}", json.Has(name) ? "A text with something in it is expected." : "It is required."));
        return null;
    }

    private static string? Optional(FhirElement json, string where, string name, List<ReadFault> faults) => json.Has(name) ? Required(json, where, name, faults) : null;

    /// <summary>R4 ids are 64 characters of letters, digits, dash and dot; vendors send longer ones and underscores.</summary>
    private static bool IsId(string text) => text.Length <= 256 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
