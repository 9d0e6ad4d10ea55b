using BiopsyFhir.Api.Configuration;

namespace BiopsyFhir.Api.Health;

/// <summary>
/// Logs carry no token, name, identifier or payload. The framework's own request, client and query logs would: URLs hold launch
/// codes, session ids and patient searches. They are kept at warning whatever the configuration says.
/// </summary>
public static class QuietLogs
{
    private static readonly string[] Talkative = ["Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "System.Net.Http", "Microsoft.IdentityModel"];

    public static void AddQuietLogs(this WebApplicationBuilder builder, ServiceOptions options)
    {
        // Without scopes: the framework puts the request's path into them, and a session's id is in its path.
        if (options.Telemetry.Logs is LogFormat.Json) builder.Logging.ClearProviders().AddJsonConsole(json => json.UseUtcTimestamp = true);
        builder.Services.PostConfigure<LoggerFilterOptions>(filters =>
        {
            for (var n = 0; n < filters.Rules.Count; n++)
                if (filters.Rules[n] is { LogLevel: < LogLevel.Warning } rule
                    && Talkative.Any(name => rule.CategoryName?.StartsWith(name, StringComparison.Ordinal) is true))
                    filters.Rules[n] = new(rule.ProviderName, rule.CategoryName, LogLevel.Warning, rule.Filter);
            // A part that is off and not needed (printing) would be said at every probe.
            filters.Rules.Add(new(null, "Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Error, null));
            foreach (var name in Talkative) filters.Rules.Add(new(null, name, LogLevel.Warning, null));
        });
    }
}
