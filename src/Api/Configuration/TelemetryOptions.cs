namespace BiopsyFhir.Api.Configuration;

/// <summary>How the OTLP collector is spoken to.</summary>
public enum TelemetryProtocol { Grpc, Http }

public enum LogFormat { Json, Text }

/// <summary>What the people who run the service see of it. Names and numbers only; nothing of a chart.</summary>
public sealed record TelemetryOptions
{
    /// <value>
    /// <c>Telemetry:Endpoint</c>: the OTLP collector for traces and metrics. Names and numbers only, nothing of a patient. Default:
    /// none, nothing is sent.
    /// </value>
    public string? Endpoint { get; init; }

    /// <value><c>Telemetry:Protocol</c>: <c>grpc</c> or <c>http</c> (protobuf). Default: <c>grpc</c>.</value>
    public TelemetryProtocol Protocol { get; init; }

    /// <value><c>Telemetry:Headers</c>: <c>name=value,name=value</c> sent to the collector. Default: none.</value>
    public string? Headers { get; init; }

    /// <value><c>Telemetry:TraceRatio</c>: part of the requests that is traced, 0 to 1. Default: 1.</value>
    public double TraceRatio { get; init; } = 1;

    /// <value><c>Telemetry:MetricSeconds</c>: how often metrics are sent, 1 to 3600. Default: 60.</value>
    public int MetricSeconds { get; init; } = 60;

    /// <value><c>Telemetry:Logs</c>: <c>json</c> lines or <c>text</c>, to standard output. Default: <c>json</c>; <c>text</c> in Development.</value>
    public LogFormat Logs { get; init; }

    /// <summary>A record's generated text would carry the headers' secret into a log.</summary>
    public override string ToString() => nameof(TelemetryOptions);
}
