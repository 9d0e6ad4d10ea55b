namespace BiopsyFhir.Testing.Faults;

/// <summary>Hands a request on towards the EHR.</summary>
public delegate Task<ProxyResponse> Next(ProxyRequest request);

/// <summary>One thing that goes differently between the service and the EHR. Rules added first stand nearest to the service.</summary>
/// <param name="Name">For the record of what happened to a request.</param>
/// <param name="When">Which requests it is about.</param>
/// <param name="Do">Answers by itself, or hands the request on, changed or not, and returns the answer, changed or not.</param>
public sealed record Rule(string Name, Func<ProxyRequest, bool> When, Func<ProxyRequest, Next, Task<ProxyResponse>> Do)
{
    /// <summary>To how many requests it applies; null: to all.</summary>
    public int? Times { get; init; }

    public Rule Once() => this with { Times = 1 };

    /// <summary>Only for one resource type, and one method where it is given.</summary>
    public Rule On(string type, string? method = null) =>
        this with { When = request => When(request) && request.Type == type && (method is null || request.Method == method) };

    /// <summary>A rule that answers instead of the EHR.</summary>
    public static Rule Answering(string name, Func<ProxyRequest, bool> when, Func<ProxyRequest, ProxyResponse> answer) =>
        new(name, when, (request, _) => Task.FromResult(answer(request)));

    /// <summary>A rule that changes what the EHR answered.</summary>
    public static Rule Changing(string name, Func<ProxyRequest, bool> when, Func<ProxyResponse, ProxyResponse> change) =>
        new(name, when, async (request, next) => change(await next(request)));
}
