using System.Diagnostics;
using OpenTelemetry;

namespace BiopsyFhir.Api.Telemetry;

/// <summary>
/// The last thing a span goes through before it is sent. The framework puts paths, addresses and queries on its spans, and in ours those
/// hold session ids, launch codes and patients; a list of what may go is safer than a list of what may not.
/// </summary>
public sealed class OnlyKnownAttributes : BaseProcessor<Activity>
{
    private static readonly HashSet<string> s_known =
    [
        "http.request.method", "http.response.status_code", "http.route", "error.type", "network.protocol.version", "server.address", "server.port", "url.scheme",
        "fhir.resource_type", "biopsyfhir.ehr", "biopsyfhir.readiness", "biopsyfhir.policy", "biopsyfhir.hook.service", "db.system.name", "db.system",
    ];

    public override void OnEnd(Activity data)
    {
        foreach (var (name, _) in data.TagObjects.ToList())
            if (!s_known.Contains(name)) data.SetTag(name, null);
        if (data.StatusDescription is not null) data.SetStatus(data.Status); // an exception's message may quote what was sent
        // Without a route the name could be made of the path.
        if (data.Kind is ActivityKind.Server && data.GetTagItem("http.route") is null) data.DisplayName = $"{data.GetTagItem("http.request.method")}";
        data.TraceStateString = null;
        foreach (var happened in data.Events)
            if (happened.Name is "exception") data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded; // events cannot be taken off: the span stays here
    }
}
