using System.Diagnostics;
using System.Diagnostics.Metrics;
using BiopsyFhir.Api.Assessments;
using BiopsyFhir.Api.Storage;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Api.Telemetry;

/// <summary>
/// Everything this service counts and times, in one place. Attributes are names from short lists of ours – rule, severity, EHR, state –
/// never an id, a name, a date or a word of a chart. The dashboard and the alerts in deploy/observability name the same instruments; a
/// test compares the two.
/// </summary>
public static class Instruments
{
    public const string Name = "BiopsyFhir";

    public static readonly ActivitySource Spans = new(Name);
    private static readonly Meter s_meter = new(Name);

    private static readonly Histogram<double> s_hook = s_meter.CreateHistogram<double>("biopsyfhir.hook.duration", "s", "One call of a CDS hook, until its answer is sent.");
    private static readonly Counter<long> s_assessments = s_meter.CreateCounter<long>("biopsyfhir.assessments", "{assessment}", "Assessments made, by verdict and policy.");
    private static readonly Counter<long> s_findings = s_meter.CreateCounter<long>("biopsyfhir.findings", "{finding}", "Findings in assessments, by rule and severity.");
    private static readonly Counter<long> s_notJudged = s_meter.CreateCounter<long>("biopsyfhir.not_judged", "{entry}", "What an assessment could not judge (unreadable entries, sources not seen, contradictions), by what it might hide.");
    private static readonly Counter<long> s_writes = s_meter.CreateCounter<long>("biopsyfhir.writes", "{resource}", "Resources written to an EHR, by kind and outcome.");
    private static readonly Counter<long> s_deliveries = s_meter.CreateCounter<long>("biopsyfhir.deliveries", "{attempt}", "Attempts to deliver something to a patient, by kind and the state they led to.");
    private static readonly Counter<long> s_notifications = s_meter.CreateCounter<long>("biopsyfhir.notifications", "{notification}", "Notifications of an EHR, taken, or refused for want of its secret.");
    private static readonly Counter<long> s_audited = s_meter.CreateCounter<long>("biopsyfhir.audited", "{entry}", "Entries of the audit trail (launch, view, write, deliver …), by outcome.");
    private static readonly Counter<long> s_stopped = s_meter.CreateCounter<long>("biopsyfhir.launches.stopped", "{launch}", "Launches that did not come to a review, by the code that the page shows.");
    private static readonly Histogram<double> s_ehr = s_meter.CreateHistogram<double>("biopsyfhir.ehr.request.duration", "s", "One FHIR request to an EHR, until its headers are there; retries are requests of their own.");

    /// <summary>Numbers that are asked for, not counted: set by <see cref="WatchQueues"/>.</summary>
    internal static long DeliveriesOverdue;
    internal static double CertificateSecondsLeft = double.NaN;

    static Instruments()
    {
        s_meter.CreateObservableGauge("biopsyfhir.deliveries.overdue", () => Volatile.Read(ref DeliveriesOverdue), "{delivery}", "Deliveries due for more than five minutes and not yet sent.");
        s_meter.CreateObservableGauge<double>("biopsyfhir.wrapping_key.remaining", () =>
            Volatile.Read(ref CertificateSecondsLeft) is var left && double.IsNaN(left) ? [] : [new(left)], "s", "How long the certificate of DataProtection:Certificate still holds.");
    }

    public static void Hook(string service, int status, TimeSpan took) =>
        s_hook.Record(took.TotalSeconds, new("biopsyfhir.hook.service", service), new("http.response.status_code", status));

    public static void Assessed(Readiness readiness)
    {
        var policy = new KeyValuePair<string, object?>("biopsyfhir.policy", readiness.Policy.Id);
        s_assessments.Add(1, new("biopsyfhir.readiness", Wire.Name(readiness.Verdict)), policy);
        Activity.Current?.SetTag("biopsyfhir.readiness", Wire.Name(readiness.Verdict)).SetTag("biopsyfhir.policy", readiness.Policy.Id);
        if (s_findings.Enabled)
            foreach (var finding in readiness.Findings) s_findings.Add(1, new("biopsyfhir.rule", finding.Rule), new("biopsyfhir.severity", Wire.Name(finding.Severity)));
        if (s_notJudged.Enabled)
            foreach (var one in readiness.NotJudged) s_notJudged.Add(1, new KeyValuePair<string, object?>("biopsyfhir.hides", Wire.Name(one.Hides)));
    }

    public static void Wrote(string ehr, IEnumerable<Receipt> receipts)
    {
        foreach (var receipt in receipts)
            s_writes.Add(1, new("biopsyfhir.ehr", ehr), new("biopsyfhir.kind", receipt.Kind.Slug()), new("biopsyfhir.state", receipt.StateName));
    }

    public static void Delivered(string ehr, string kind, string state) =>
        s_deliveries.Add(1, new("biopsyfhir.ehr", ehr), new("biopsyfhir.kind", kind), new("biopsyfhir.state", state));

    public static void Notified(bool taken) => s_notifications.Add(1, new KeyValuePair<string, object?>("biopsyfhir.state", taken ? "taken" : "refused"));

    /// <summary>The first word of an outcome is one of three; what follows it is a reason.</summary>
    public static void Audited(AuditEntry entry) =>
        s_audited.Add(1, new("biopsyfhir.action", entry.Action), new("biopsyfhir.outcome", entry.Outcome.Split([' ', ':', ','], 2)[0]));

    public static void LaunchStopped(string code) => s_stopped.Add(1, new KeyValuePair<string, object?>("biopsyfhir.code", code));

    /// <param name="outcome">An HTTP status, or the kind of fault that came instead of an answer.</param>
    public static void EhrRequest(string ehr, string method, string type, string outcome, TimeSpan took) =>
        s_ehr.Record(took.TotalSeconds, new("biopsyfhir.ehr", ehr), new("http.request.method", method), new("fhir.resource_type", type), new("biopsyfhir.outcome", outcome));
}
