using System.Text.Json;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing.Peers;

namespace BiopsyFhir.Testing.Faults;

/// <summary>
/// Enforces the scopes of the token on every FHIR request, v1 and v2, and keeps <c>patient/</c> scopes inside the
/// patient's compartment, which neither peer does by itself. 401 without a live token; 403 beyond its rights.
/// </summary>
public static class ScopeCheck
{
    // Shared by all patients: no compartment to keep to.
    private static readonly string[] s_common = ["Medication", "Practitioner", "PractitionerRole", "Organization", "Location", "Binary"];

    public static Rule By(AuthorizationPeer authorization) => new("scopes", request => !request.IsDiscovery, async (request, next) =>
    {
        if (request.Token is null) return Unauthorized("no token");
        var token = await authorization.Introspect(request.Token);
        if (!token.GetProperty("active").GetBoolean()) return Unauthorized("the token is not active");
        var granted = Granted(token);
        var patient = token.TryGetProperty("patient", out var id) ? id.GetString() : null;

        foreach (var asked in Asked(request))
            if (!granted.Any(scope => scope.Allows(asked) && (scope.Level != "patient" || asked.Inside(patient))))
                return ProxyResponse.Refusal(403, "forbidden", $"no scope for {asked.Right} of {asked.Type}");

        var answer = await next(request);
        // Whose a resource is, a read shows only in its answer.
        if (request.Method == "GET" && !request.IsSearch && answer.Status == 200 && answer.Json is { } resource)
        {
            var read = new Access(request.Type, 'r', resource, []);
            if (!granted.Any(scope => scope.Allows(read) && (scope.Level != "patient" || read.Inside(patient))))
                return ProxyResponse.Refusal(403, "forbidden", $"{request.FhirPath} is another patient's");
        }
        return answer;
    });

    private static ProxyResponse Unauthorized(string why) => ProxyResponse.Refusal(401, "login", why).With("WWW-Authenticate", "Bearer");

    private static IEnumerable<Access> Asked(ProxyRequest request) => request.IsTransaction
        ? (request.Json?["entry"]?.AsArray() ?? []).Select(entry =>
        {
            var method = (string?)entry?["request"]?["method"] ?? "";
            var url = (string?)entry?["request"]?["url"] ?? "";
            var parameters = url.Contains('?') ? (request with { Method = "GET", Path = $"/fhir/{url.Split('?')[0]}", Query = url.Split('?')[1] }).Parameters : [];
            return new Access(url.Split('/', '?')[0], Right(method, method == "GET" && url.Contains('?')), entry?["resource"], parameters);
        })
        : [new Access(request.Type, Right(request.Method, request.IsSearch), request.IsSearch || request.Method == "PATCH" ? null : request.Json, request.Parameters)];

    private static char Right(string method, bool search) => method switch
    {
        _ when search => 's',
        "GET" => 'r',
        "POST" => 'c',
        "DELETE" => 'd',
        _ => 'u',
    };

    private static List<Scope> Granted(JsonElement token) =>
        [.. (token.TryGetProperty("scope", out var scope) ? scope.GetString()! : "").Split(' ').Select(Scope.Parse).OfType<Scope>()];

    /// <param name="Resource">The resource that is written or was read, where it is known.</param>
    /// <param name="Parameters">Those of a search.</param>
    private sealed record Access(string Type, char Right, JsonNode? Resource, IReadOnlyList<KeyValuePair<string, string>> Parameters)
    {
        public bool Inside(string? patient)
        {
            if (patient is null) return false;
            // A Provenance names no patient but its target, and no search parameter reaches there.
            if (s_common.Contains(Type) || (Type is "Provenance" && Right == 's')) return true;
            if (Right == 's')
                return Parameters.Any(pair => (pair.Key is "patient" or "subject" || (Type == "Patient" && pair.Key == "_id"))
                                              && (pair.Value == patient || pair.Value == $"Patient/{patient}"));
            if (Resource is null) return true; // a read or patch: judged by the answer, or by the version it changes
            return Type == "Patient" ? (string?)Resource["id"] == patient : References(Resource).Any(reference => reference == $"Patient/{patient}" || reference.EndsWith($"/Patient/{patient}", StringComparison.Ordinal)) || Type is "Provenance" or "AuditEvent";
        }

        public bool HasCategory(string category) => Right == 's'
            ? Parameters.Any(pair => pair.Key == "category" && pair.Value == category)
            : Resource is null || (Resource["category"]?.AsArray() ?? []).SelectMany(concept => concept?["coding"]?.AsArray() ?? [])
                .Any(coding => $"{coding?["system"]}|{coding?["code"]}" == category);

        private static IEnumerable<string> References(JsonNode node) => node switch
        {
            JsonObject members => members.SelectMany(member =>
                member.Value is null ? [] : member.Key == "reference" && member.Value is JsonValue value && value.TryGetValue(out string? text) ? [text] : References(member.Value)),
            JsonArray items => items.SelectMany(item => item is null ? [] : References(item)),
            _ => [],
        };
    }

    private sealed record Scope(string Level, string Type, string Rights, string? Category)
    {
        public bool Allows(Access access) =>
            (Type == "*" || Type == access.Type) && Rights.Contains(access.Right) && (Category is null || access.HasCategory(Category));

        public static Scope? Parse(string text)
        {
            var (path, query) = text.Split('?', 2) is [var before, var after] ? (before, after) : (text, "");
            if (path.Split('/') is not [("patient" or "user" or "system") and var level, var rest] || rest.Split('.') is not [var type, var rights]) return null;
            var category = query.StartsWith("category=", StringComparison.Ordinal) ? Uri.UnescapeDataString(query["category=".Length..]) : null;
            return new Scope(level, type, rights switch { "read" => "rs", "write" => "cud", "*" => "cruds", _ => rights }, category);
        }
    }
}
