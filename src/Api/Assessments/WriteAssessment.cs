using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Assessments;

/// <summary>Readiness -> the JSON answer (contract section 2): members always there and in this order, so that equal answers are equal bytes.</summary>
public static class WriteAssessment
{
    /// <summary>The answer is JSON and never HTML, so letters of all scripts stand as they are.</summary>
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> ToUtf8(Readiness readiness, string assessmentId)
    {
        var buffer = new ArrayBufferWriter<byte>(32 * 1024);
        using (var json = new Utf8JsonWriter(buffer, s_options)) Write(json, readiness, assessmentId);
        return buffer.WrittenMemory;
    }

    public static void Write(Utf8JsonWriter json, Readiness readiness, string assessmentId)
    {
        var (biopsy, policy) = (readiness.Snapshot.Biopsy, readiness.Policy);
        var person = readiness.Snapshot.Chart.Person;
        json.WriteStartObject();
        json.WriteString("assessmentId", assessmentId);
        json.Write("asOf", readiness.Snapshot.AsOf.Last);

        json.WriteStartObject("policy");
        json.WriteString("id", policy.Id);
        json.WriteString("name", policy.Name);
        json.WriteString("version", policy.Version);
        json.WriteString("hash", policy.Hash);
        json.WriteEndObject();

        json.WriteStartObject("procedure");
        json.Write("date", biopsy.Date);
        json.Write("at", biopsy.At);
        json.WriteBoolean("timeAssumed", biopsy.TimeAssumed);
        json.WriteString("site", biopsy.Site);
        json.WriteString("indication", biopsy.Indication);
        json.WriteString("indicationText", biopsy.IndicationText);
        json.WriteString("sedation", biopsy.Sedation);
        json.WriteString("escort", biopsy.Escort);
        json.WriteString("order", biopsy.Order);
        json.WriteBoolean("aspirateOnly", biopsy.AspirateOnly);
        json.WriteEndObject();

        json.WriteStartObject("patient");
        json.WriteString("reference", person.Reference);
        json.Write("ageYears", readiness.AgeYears);
        json.Write("sex", person.Sex);
        json.WriteEndObject();

        json.Write("readiness", readiness.Verdict);
        json.WriteStartArray("findings");
        foreach (var finding in readiness.Findings) WriteFinding(json, finding, policy);
        json.WriteEndArray();
        json.WriteStartArray("medications");
        foreach (var row in readiness.Medications) WriteMedication(json, row);
        json.WriteEndArray();
        json.WriteStartArray("labs");
        foreach (var row in readiness.Labs) WriteLab(json, row);
        json.WriteEndArray();
        WriteAnaemia(json, readiness.Anaemia);
        WriteClearance(json, readiness.Clearance, person.Sex);
        json.WriteStartArray("notJudged");
        foreach (var row in readiness.NotJudged)
        {
            json.WriteStartObject();
            json.WriteString("what", row.What);
            json.WriteString("why", row.Why);
            json.Write("mightHide", row.Hides);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, Finding finding, Policy policy)
    {
        json.WriteStartObject();
        json.WriteString("rule", finding.Rule);
        json.Write("severity", finding.Severity);
        json.WriteString("subject", finding.Subject);
        json.Write("action", finding.Action);
        json.WriteString("title", finding.Title);
        json.WriteString("detail", finding.Detail);
        json.Write("lastDoseDate", finding.LastDoseDate);
        json.Write("lastDoseAt", finding.LastDoseAt);
        json.Write("firstDrugFreeDate", finding.FirstDrugFreeDate);
        json.Write("drugFreeDays", finding.DrugFreeDays);
        json.Write("resumeDate", finding.ResumeDate);
        json.Write("testDueDate", finding.TestDueDate);
        json.Write("earliestProcedureDate", finding.EarliestProcedureDate);
        json.WriteBoolean("provisional", finding.Provisional);
        json.Write("state", finding.State);
        json.WriteStartArray("because");
        foreach (var fact in finding.Because)
        {
            json.WriteStartObject();
            json.WriteString("reference", fact.Reference);
            json.WriteString("fact", fact.Text);
            json.Write("value", fact.Value);
            json.WriteString("unit", fact.Unit);
            json.Write("date", fact.Date);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("citations");
        foreach (var key in finding.Citations) WriteCitation(json, key, policy);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteCitation(Utf8JsonWriter json, string key, Policy policy)
    {
        var citation = policy.Citations.GetValueOrDefault(key);
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteString("text", citation?.Text);
        json.WriteString("url", citation?.Url);
        json.WriteString("verification", citation?.Verification.ToString());
        json.WriteEndObject();
    }

    private static void WriteMedication(Utf8JsonWriter json, MedicationRow row)
    {
        json.WriteStartObject();
        json.WriteString("reference", row.Reference);
        json.WriteString("text", row.Text);
        json.WriteString("ingredient", row.Ingredient);
        json.WriteString("class", row.Class);
        json.Write("recognisedBy", row.RecognisedBy);
        json.WriteBoolean("inUse", row.InUse);
        json.WriteBoolean("systemic", row.Systemic);
        json.WriteEndObject();
    }

    private static void WriteLab(Utf8JsonWriter json, LabRow row)
    {
        json.WriteStartObject();
        json.WriteString("analyte", row.Analyte);
        json.Write("state", row.State);
        json.Write("value", row.Value);
        json.WriteString("unit", row.Unit);
        json.WriteString("comparator", row.Comparator);
        json.Write("date", row.Date);
        json.Write("ageDays", row.AgeDays);
        json.WriteString("reference", row.Reference);
        json.Write("windowDays", row.WindowDays);
        json.WriteString("asReceived", row.AsReceived);
        WriteNotes(json, row.Notes);
        json.WriteEndObject();
    }

    private static void WriteAnaemia(Utf8JsonWriter json, AnaemiaJudgement anaemia)
    {
        json.WriteStartObject("anaemia");
        json.WriteBoolean("judged", anaemia.Judged);
        json.Write("anaemic", anaemia.Anaemic);
        json.WriteString("grade", anaemia.Grade);
        json.Write("rawHbGPerL", anaemia.RawHbGPerL);
        json.Write("adjustedHbGPerL", anaemia.AdjustedHbGPerL);
        json.Write("cutoffGPerL", anaemia.CutoffGPerL);
        json.WriteString("definition", anaemia.Definition);
        json.WriteString("whyNot", anaemia.WhyNot);
        WriteNotes(json, anaemia.Notes);
        json.WriteEndObject();
    }

    private static void WriteNotes(Utf8JsonWriter json, IEnumerable<string> notes)
    {
        json.WriteStartArray("notes");
        foreach (var note in notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    private static void WriteClearance(Utf8JsonWriter json, Clearance clearance, Sex sex)
    {
        json.WriteStartObject("creatinineClearance");
        json.Write("mlPerMin", Rounded(clearance.MlPerMin));
        json.WriteString("method", clearance.Method);
        json.WriteStartObject("inputs");
        json.Write("ageYears", clearance.AgeYears);
        json.Write("sex", sex);
        WriteInput(json, "weight", clearance.Weight);
        WriteInput(json, "creatinine", clearance.Creatinine);
        WriteInput(json, "height", clearance.Height);
        json.WriteEndObject();
        json.Write("idealWeightMlPerMin", Rounded(clearance.IdealWeightMlPerMin));
        json.Write("adjustedWeightMlPerMin", Rounded(clearance.AdjustedWeightMlPerMin));
        json.WriteString("whyUnknown", clearance.WhyUnknown);
        json.WriteString("acuteChange", clearance.AcuteChange);
        WriteInput(json, "lastKnown", clearance.LastKnown);
        json.WriteBoolean("onDialysis", clearance.OnDialysis);
        json.WriteEndObject();
    }

    private static decimal? Rounded(decimal? number) => number is { } n ? Math.Round(n, 2, MidpointRounding.AwayFromZero) : null;

    private static void WriteInput(Utf8JsonWriter json, string name, LabValue? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.Write("value", value.Amount);
        json.WriteString("unit", value.Unit);
        json.Write("date", value.Date);
        json.WriteString("reference", value.Reference);
        json.WriteEndObject();
    }
}
