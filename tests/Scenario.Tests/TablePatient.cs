using System.Globalization;
using System.Text.Json.Nodes;
using static BiopsyFhir.Scenario.Tests.TableRow;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>The second column of a table: facts that make the usual patient another one.</summary>
internal sealed class TablePatient
{
    private readonly List<JsonObject> _entries = [];
    /// <param name="On">Day, or day and time.</param>
    /// <param name="Range">The laboratory's own: "25-35".</param>
    private sealed record Taken(string Value, string? On, string? Range = null);

    private readonly SortedDictionary<string, Taken> _results = new(StringComparer.Ordinal)
    {
        ["hemoglobin"] = Usual("13.8"),
        ["platelets"] = Usual("220"),
        ["creatinine"] = Usual("1.0"),
        ["body-weight"] = Usual("80"),
    };

    private readonly List<(string Analyte, Taken Taken)> _further = [];
    private string _gender = "male", _born = "1966-02-02", _order = "Bone marrow aspirate and biopsy";
    private string? _reason = "Lymphoma staging";

    /// <summary>A week before the biopsy: when the usual results were taken, and when the question is asked.</summary>
    private static DateOnly Week => D0.AddDays(-7);

    private static Taken Usual(string value) => new(value, Iso(Week));

    /// <summary>LOINC code and unit of each analyte that a table may name.</summary>
    private static readonly Dictionary<string, (string? Loinc, string? Unit)> s_analytes = new()
    {
        ["hemoglobin"] = ("718-7", "g/dL"),
        ["hematocrit"] = ("4544-3", "%"),
        ["mcv"] = ("787-2", "fL"),
        ["rdw"] = ("788-0", "%"),
        ["wbc"] = ("6690-2", "10*3/uL"),
        ["platelets"] = ("777-3", "10*3/uL"),
        ["anc"] = ("751-8", "10*3/uL"),
        ["retic-percent"] = ("17849-1", "%"),
        ["retic-absolute"] = ("60474-4", "10*3/uL"),
        ["smear-review"] = ("5909-7", null),
        ["ferritin"] = ("2276-4", "ng/mL"),
        ["tsat"] = ("2502-3", "%"),
        ["iron"] = ("2498-4", "ug/dL"),
        ["tibc"] = ("2500-7", "ug/dL"),
        ["b12"] = ("2132-9", "pg/mL"),
        ["folate-serum"] = ("2284-8", "ng/mL"),
        ["creatinine"] = ("2160-0", "mg/dL"),
        ["creatinine-clearance"] = ("2164-2", "mL/min"),
        ["estimated-delivery-date"] = ("11778-8", null),
        ["pregnancy-status"] = ("82810-3", null),
        ["egfr"] = ("33914-3", "mL/min/{1.73_m2}"),
        ["alt"] = ("1742-6", "U/L"),
        ["bilirubin-total"] = ("1975-2", "mg/dL"),
        ["bilirubin-indirect"] = ("1971-1", "mg/dL"),
        ["bilirubin-direct"] = ("1968-7", "mg/dL"),
        ["ldh"] = ("2532-0", "U/L"),
        ["crp"] = ("1988-5", "mg/L"),
        ["esr"] = ("4537-7", "mm/h"),
        ["tsh"] = ("3016-3", "m[IU]/L"),
        ["spep"] = ("24351-9", null),
        ["flc"] = ("36916-5", "mg/dL"),
        ["haptoglobin"] = ("4542-7", "mg/dL"),
        ["dat"] = ("1007-4", null),
        ["mma"] = ("13964-2", "nmol/L"),
        ["copper"] = ("5631-7", "ug/dL"),
        ["epo"] = ("15061-5", "m[IU]/mL"),
        ["hb-electrophoresis"] = ("4576-5", "%"),
        ["inr"] = ("6301-6", "{INR}"),
        ["fibrinogen"] = ("3255-7", "mg/dL"),
        ["aptt"] = ("14979-9", "s"),
        ["bun"] = ("3094-0", "mg/dL"),
        ["blasts"] = ("709-6", "%"),
        ["hcg"] = ("2106-3", null),
        ["hcg-count"] = ("21198-7", "m[IU]/mL"),
        ["body-weight"] = ("29463-7", "kg"),
        ["body-height"] = ("8302-2", "cm"),
        ["body-temperature"] = (null, "Cel"),
        ["gestational-age"] = ("18185-9", "wk"),
    };

    /// <summary>An anaemic man whose work-up lacks nothing.</summary>
    private static readonly Dictionary<string, string> s_complete = new()
    {
        ["hemoglobin"] = "10.2",
        ["hematocrit"] = "30.6",
        ["mcv"] = "90",
        ["rdw"] = "13.2",
        ["wbc"] = "6.5",
        ["platelets"] = "220",
        ["anc"] = "4.0",
        ["retic-percent"] = "0.9",
        ["smear-review"] = "Normocytic red cells, no dysplasia",
        ["ferritin"] = "180",
        ["tsat"] = "28",
        ["b12"] = "450",
        ["folate-serum"] = "9",
        ["creatinine"] = "1.0",
        ["alt"] = "22",
        ["bilirubin-total"] = "0.6",
        ["ldh"] = "190",
        ["crp"] = "3",
        ["tsh"] = "2.0",
        ["spep"] = "No M-protein",
        ["flc"] = "1.4",
    };

    public JsonObject Query { get; } = new() { ["asOf"] = Iso(Week) };

    public static TablePatient Read(IEnumerable<string> facts)
    {
        var patient = new TablePatient();
        foreach (var fact in facts) patient.Take(fact);
        return patient;
    }

    private void Take(string fact)
    {
        var (word, rest) = Cut(fact);
        switch (word)
        {
            case "man" or "woman" or "someone":
                (_gender, _born) = (word == "man" ? "male" : word == "woman" ? "female" : "unknown", Born(rest));
                break;
            case "asked":
                Query["asOf"] = rest.StartsWith('D') ? Iso(Day(rest)) : rest;
                break;
            case "query":
                var (name, value) = Cut(rest);
                Query[name] = value;
                break;
            case "reason":
                _reason = rest.Length == 0 ? null : rest;
                break;
            case "order":
                _order = rest;
                break;
            case "work-up":
                foreach (var (analyte, usual) in s_complete) _results[analyte] = Usual(usual);
                _reason = "Unexplained anemia";
                break;
            case "clearance":
                // (140 - 60) x weight / (72 x 2.0 mg/dL): weight = 1.8 x clearance gives it exactly.
                _results["creatinine"] = Usual("2.0");
                _results["body-weight"] = Usual((1.8m * Number(rest)).ToString(CultureInfo.InvariantCulture));
                break;
            case "no":
                if (!_results.Remove(rest)) throw new FormatException($"'{fact}': there is none to leave out");
                break;
            case "takes":
                Medicine(rest, "active", "2026-01-12", null);
                break;
            case "started":
                var (start, taken) = Cut(rest);
                Medicine(taken, "active", Iso(Day(start)), null)["dateAsserted"] = Iso(Day(start));
                break;
            case "ended":
                var (end, what) = Cut(rest);
                Medicine(what, "completed", "2026-01-12", end.Length == 7 ? end : Iso(Day(end)));
                break;
            case "stopped": // nobody says when; told on that day
                var (told, stopped) = Cut(rest);
                Medicine(stopped, "completed", null, null)["dateAsserted"] = Iso(Day(told));
                break;
            case "preliminary":
                var (early, first) = Cut(rest);
                var report = Result(early, On(first));
                report["status"] = "preliminary";
                _entries.Add(report);
                break;
            case "entered":
                var (entered, recorded) = Dated(rest);
                _entries.Add(new() { ["resourceType"] = "Condition", ["clinicalStatus"] = Status("active"), ["code"] = Text(entered), ["recordedDate"] = recorded });
                break;
            case "paused":
                var (since, paused) = Cut(rest);
                _entries.Add(new()
                {
                    ["resourceType"] = "MedicationRequest",
                    ["status"] = "on-hold",
                    ["statusChanged"] = Iso(Day(since)),
                    ["intent"] = "order",
                    ["medicationCodeableConcept"] = Text(paused),
                    ["authoredOn"] = "2026-01-12",
                });
                break;
            case "has":
                var (condition, onset) = Dated(rest);
                _entries.Add(new() { ["resourceType"] = "Condition", ["clinicalStatus"] = Status("active"), ["code"] = Text(condition), ["onsetDateTime"] = onset });
                break;
            case "did":
                var (procedure, performed) = Dated(rest);
                _entries.Add(new() { ["resourceType"] = "Procedure", ["status"] = "completed", ["code"] = Text(procedure), ["performedDateTime"] = performed });
                break;
            case "allergy":
                var (to, reaction) = Split(rest, '|');
                _entries.Add(new()
                {
                    ["resourceType"] = "AllergyIntolerance",
                    ["clinicalStatus"] = Status("active"),
                    ["code"] = Text(to),
                    ["reaction"] = reaction is null ? null : new JsonArray(new JsonObject { ["manifestation"] = new JsonArray(Text(reaction)) }),
                });
                break;
            case "score":
                var (score, points) = Split(rest, '|');
                _entries.Add(new() { ["resourceType"] = "Observation", ["status"] = "final", ["code"] = Text(score), ["effectiveDateTime"] = Iso(Week), ["valueInteger"] = int.Parse(points!, CultureInfo.InvariantCulture) });
                break;
            case "also":
                var (further, result) = Cut(rest);
                _further.Add((further, On(result)));
                break;
            default:
                if (!s_analytes.ContainsKey(word)) throw new FormatException($"'{word}' is no fact");
                _results[word] = On(rest);
                break;
        }
    }

    public JsonObject Bundle()
    {
        JsonObject[] first =
        [
            new() { ["resourceType"] = "Patient", ["id"] = "p1", ["gender"] = _gender, ["birthDate"] = _born.Length == 0 ? null : _born },
            new()
            {
                ["resourceType"] = "ServiceRequest", ["status"] = "active", ["intent"] = "order", ["code"] = Text(_order), ["occurrenceDateTime"] = Iso(D0),
                ["reasonCode"] = _reason is null ? null : new JsonArray(Text(_reason)),
            },
            // So that there is a medication list even for a patient without a medicine of interest.
            new() { ["resourceType"] = "MedicationRequest", ["status"] = "active", ["intent"] = "order", ["medicationCodeableConcept"] = Text("Paracetamol 500 mg tablet"), ["authoredOn"] = "2026-01-12" },
        ];
        var results = _results.Select(r => Result(r.Key, r.Value)).Concat(_further.Select(f => Result(f.Analyte, f.Taken)));
        var resources = first.Concat(results).Concat(_entries).ToList();
        foreach (var (resource, at) in resources.Select((r, i) => (r, i)).Skip(1))
        {
            resource["id"] = $"r{at}";
            resource[resource["resourceType"]!.ToString() == "AllergyIntolerance" ? "patient" : "subject"] = new JsonObject { ["reference"] = "Patient/p1" };
            foreach (var absent in resource.Where(m => m.Value is null).Select(m => m.Key).ToList()) resource.Remove(absent);
        }
        return new()
        {
            ["resourceType"] = "Bundle",
            ["type"] = "collection",
            ["entry"] = new JsonArray([.. resources.Select(r => new JsonObject { ["fullUrl"] = $"https://ehr.example.org/fhir/{r["resourceType"]}/{r["id"]}", ["resource"] = r })]),
        };
    }

    private static JsonObject Result(string analyte, Taken taken)
    {
        var ((loinc, unit), value) = (s_analytes[analyte], taken.Value);
        var result = new JsonObject { ["resourceType"] = "Observation", ["status"] = "final", ["code"] = Text(analyte), ["effectiveDateTime"] = taken.On };
        if (loinc is not null) result["code"]!["coding"] = new JsonArray(new JsonObject { ["system"] = "http://loinc.org", ["code"] = loinc });
        if (unit is null || value.Length == 0 || !(char.IsAsciiDigit(value[^1]) && (char.IsAsciiDigit(value[0]) || value[0] is '<' or '>'))) result["valueString"] = value;
        else
        {
            var comparator = value[0] is '<' or '>' ? value[..(value[1] == '=' ? 2 : 1)] : null;
            result["valueQuantity"] = Quantity(value[(comparator?.Length ?? 0)..], unit);
            if (comparator is not null) result["valueQuantity"]!["comparator"] = comparator;
        }
        if (taken.Range?.Split('-') is [var low, var high])
            result["referenceRange"] = new JsonArray(new JsonObject { ["low"] = Quantity(low, unit!), ["high"] = Quantity(high, unit!) });
        return result;
    }

    private static JsonObject Quantity(string value, string unit) => new() { ["value"] = JsonNode.Parse(value), ["unit"] = unit, ["system"] = "http://unitsofmeasure.org", ["code"] = unit };

    private JsonObject Medicine(string text, string status, string? start, string? end)
    {
        var (name, dosage) = Split(text, '|');
        var medicine = new JsonObject { ["resourceType"] = "MedicationStatement", ["status"] = status, ["medicationCodeableConcept"] = Text(name), ["dosage"] = dosage is null ? null : new JsonArray(Text(dosage)) };
        medicine["effectivePeriod"] = start is null ? null : end is null ? new JsonObject { ["start"] = start } : new JsonObject { ["start"] = start, ["end"] = end };
        _entries.Add(medicine);
        return medicine;
    }

    /// <summary>"60", "60 - 1 day" (a day short of 60 on the day of the biopsy), "23 months".</summary>
    private static string Born(string age)
    {
        if (age.Length == 0) return "";
        var (number, rest) = Cut(age);
        var n = int.Parse(number, CultureInfo.InvariantCulture);
        var born = rest.StartsWith("months", StringComparison.Ordinal) ? D0.AddMonths(-n) : D0.AddYears(-n);
        return Iso(rest.EndsWith("- 1 day", StringComparison.Ordinal) ? born.AddDays(1) : born);
    }

    /// <summary>"49.9", "49.9 D-8", "49.9 D-8 14:30"; a laboratory's own range in brackets: "60 [25-35]".</summary>
    private static Taken On(string text)
    {
        var (value, on, time, range) = (text, Week, (string?)null, (string?)null);
        if (value.EndsWith(" undated", StringComparison.Ordinal)) return new(value[..^8], null);
        if (value.LastIndexOf(' ') is var clock and > 0 && value[clock..] is [' ', _, _, ':', _, _]) (value, time) = (value[..clock], value[(clock + 1)..]);
        if (value.LastIndexOf(" D-", StringComparison.Ordinal) is var at and > 0) (value, on) = (value[..at], Day(value[(at + 1)..]));
        if (value.LastIndexOf(" [", StringComparison.Ordinal) is var own and > 0) (value, range) = (value[..own], value[(own + 2)..^1]);
        return new(value, Iso(on) + (time is null ? "" : $"T{time}:00Z"), range);
    }

    /// <summary>Words and, as the last one, a date, a month, a year or "D-7".</summary>
    private static (string Words, string? Date) Dated(string text)
    {
        var at = text.LastIndexOf(' ');
        var last = text[(at + 1)..];
        if (at > 0 && last.StartsWith("D-", StringComparison.Ordinal)) return (text[..at], Iso(Day(last)));
        return at > 0 && last.Length is 4 or 7 or 10 && last.All(c => char.IsAsciiDigit(c) || c == '-') ? (text[..at], last) : (text, null);
    }

    private static (string First, string Remainder) Cut(string text) =>
        text.IndexOf(' ', StringComparison.Ordinal) is var at and > 0 ? (text[..at], text[(at + 1)..].Trim()) : (text, "");

    private static (string First, string? Remainder) Split(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var found and > 0 ? (text[..found].Trim(), text[(found + 1)..].Trim()) : (text, null);

    private static JsonObject Text(string text) => new() { ["text"] = text };

    private static JsonObject Status(string code) => new() { ["coding"] = new JsonArray(new JsonObject { ["code"] = code }) };

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
