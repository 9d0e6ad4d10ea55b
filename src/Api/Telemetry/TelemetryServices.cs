using BiopsyFhir.Api.Configuration;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BiopsyFhir.Api.Telemetry;

/// <summary>
/// OpenTelemetry over OTLP. Names follow the semantic conventions where there is one; ours begin with <c>biopsyfhir.</c> Of the
/// framework's own meters those are sent that say how a request, a connection or the runtime fares.
/// </summary>
public static class TelemetryServices
{
    private static readonly string[] FrameworkMeters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Net.Http", "System.Runtime", "Npgsql", "Polly"];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, ServiceOptions options, IHostEnvironment host)
    {
        if (options.Telemetry.Endpoint is not { } endpoint) return services;
        services.AddSingleton(options.DataProtection).AddHostedService<WatchQueues>();
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("biopsyfhir", serviceVersion: typeof(TelemetryServices).Assembly.GetName().Version?.ToString(3), serviceInstanceId: Environment.MachineName)
                .AddAttributes([new("deployment.environment.name", host.EnvironmentName.ToLowerInvariant())]))
            .WithTracing(tracing => tracing
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Telemetry.TraceRatio)))
                .AddAspNetCoreInstrumentation(web => web.Filter = context => !context.Request.Path.StartsWithSegments("/health"))
                .AddSource(Instruments.Name)
                .AddProcessor(new OnlyKnownAttributes())
                .AddOtlpExporter(otlp => Set(otlp, options.Telemetry, endpoint, "traces")))
            .WithMetrics(metrics => metrics
                .AddMeter([Instruments.Name, .. FrameworkMeters])
                // Launches and reviews read a chart for seconds; the default buckets end where a hook is already lost.
                .AddView("biopsyfhir.*.duration", new ExplicitBucketHistogramConfiguration { Boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10, 30] })
                .AddOtlpExporter((otlp, reader) =>
                {
                    Set(otlp, options.Telemetry, endpoint, "metrics");
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.Telemetry.MetricSeconds * 1000;
                }));
        return services;
    }

    private static void Set(OtlpExporterOptions otlp, TelemetryOptions telemetry, string endpoint, string signal)
    {
        (otlp.Protocol, otlp.Endpoint) = telemetry.Protocol is TelemetryProtocol.Grpc
            ? (OtlpExportProtocol.Grpc, new Uri(endpoint))
            : (OtlpExportProtocol.HttpProtobuf, new Uri($"{endpoint.TrimEnd('/')}/v1/{signal}"));
        if (telemetry.Headers is { } headers) otlp.Headers = headers;
    }
}
