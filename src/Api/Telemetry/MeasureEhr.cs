using System.Diagnostics;
using System.Globalization;

namespace BiopsyFhir.Api.Telemetry;

/// <summary>
/// Times every FHIR request to one EHR and gives it a span of its own. Of the address only the resource type is kept: ids and search
/// values are a patient's.
/// </summary>
public sealed class MeasureEhr(string ehr, Uri fhirBase, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly string _base = fhirBase.AbsolutePath.TrimEnd('/') + "/";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (method, type) = (request.Method.Method, TypeOf(request.RequestUri));
        using var span = Instruments.Spans.StartActivity($"EHR {method} {type}", ActivityKind.Client);
        span?.SetTag("biopsyfhir.ehr", ehr).SetTag("http.request.method", method).SetTag("fhir.resource_type", type);
        var began = Stopwatch.GetTimestamp();
        var outcome = "unknown";
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            outcome = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            span?.SetTag("http.response.status_code", (int)response.StatusCode);
            return response;
        }
        catch (Exception e)
        {
            outcome = e is OperationCanceledException ? "cancelled" : e is HttpRequestException http ? Assessments.Wire.Name(http.HttpRequestError) : e.GetType().Name;
            span?.SetTag("error.type", outcome).SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            Instruments.EhrRequest(ehr, method, type, outcome, Stopwatch.GetElapsedTime(began));
        }
    }

    /// <summary>The first segment after the base when it can be the name of a resource type or <c>metadata</c>; else <c>other</c>.</summary>
    public string TypeOf(Uri? address)
    {
        if (address is null || !address.AbsolutePath.StartsWith(_base, StringComparison.Ordinal)) return "other";
        var first = address.AbsolutePath[_base.Length..].Split('/')[0];
        return first switch
        {
            "" => "batch",
            "metadata" => first,
            _ when first.Length <= 40 && char.IsAsciiLetterUpper(first[0]) && first.All(char.IsAsciiLetter) => first,
            _ => "other",
        };
    }
}
