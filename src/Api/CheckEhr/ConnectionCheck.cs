using System.Runtime.CompilerServices;
using BiopsyFhir.Api.CheckEhr.Parts;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Fhir.Rest;

namespace BiopsyFhir.Api.CheckEhr;

/// <summary>
/// Asks one EHR of the list everything a launch, a review, automation and CDS Hooks will ask of it, in that order, and says what came
/// of it. Reads no patient's data and writes nothing.
/// </summary>
public sealed class ConnectionCheck(
    CheckAddress address, PublicAddress ours, DiscoverServer discover, CheckKeys keys, EhrConnections connections, CheckBackend backend, CheckCdsClients cds, TimeProvider clock)
{
    /// <summary>For the whole check; each request has its own limit besides.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    /// <param name="seen">Told of each line as it comes.</param>
    /// <param name="ehr">An EHR of the list: nobody else is asked anything.</param>
    /// <param name="cancel">The caller's cancellation.</param>
    public async Task<ConnectionReport> RunAsync(EhrOptions ehr, Action<CheckLine>? seen, CancellationToken cancel)
    {
        var lines = new List<CheckLine>();
        void Add(CheckLine line)
        {
            lines.Add(line);
            seen?.Invoke(line);
        }

        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await foreach (var line in LinesAsync(ehr, either.Token)) Add(line);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Add(CheckLine.Error("time", $"the check was not finished within {Patience.TotalSeconds} seconds; what follows was not looked at",
                "The EHR answers too slowly from here. Look at the last line above, and at the network between the two."));
        }
        return new(ehr.Id, ehr.Issuer, lines);
    }

    private async IAsyncEnumerable<CheckLine> LinesAsync(EhrOptions ehr, [EnumeratorCancellation] CancellationToken cancel)
    {
        yield return CheckLine.Ok("list", $"{ehr.Key} trusts {ehr.Issuer} as '{ehr.Id}'");
        yield return Ours(ehr);
        var reached = await address.OfAsync(ehr, cancel);
        yield return reached;
        if (reached.State is CheckState.Error) yield break; // every further line would say the same

        var (server, why) = await DiscoverAsync(ehr, cancel);
        foreach (var line in CheckDiscovery.Of(ehr, server, why)) yield return line;
        if (server is not null)
        {
            await foreach (var line in keys.OfAsync(ehr, server, cancel)) yield return line;
            foreach (var line in CheckScopes.Of(ehr, server)) yield return line;
        }

        using var deadline = Deadline.After(TimeSpan.FromSeconds(10), clock);
        var announced = await connections.To(ehr).ClientFor(null).Within(deadline).CapabilitiesAsync(cancel);
        foreach (var line in CheckStatement.Of(announced)) yield return line;
        if (announced.Got(out var capabilities, out _))
            foreach (var line in CheckLadder.Of(ehr, capabilities, server)) yield return line;

        await foreach (var line in backend.OfAsync(ehr, server, cancel)) yield return line;
        await foreach (var line in cds.OfAsync(ehr, cancel)) yield return line;
    }

    /// <summary>What has to be registered at the EHR, and whether it could come back to it.</summary>
    private CheckLine Ours(EhrOptions ehr)
    {
        const string part = "our addresses";
        var registered = $"launch {ours.At("/launch")}, redirect {ours.At("/callback")}, keys {ours.At("/.well-known/jwks.json")}";
        return WebAddress.IsLoopback(new(ours.Base)) && !WebAddress.IsLoopback(new(ehr.Issuer))
            ? CheckLine.Warning(part, $"{registered}: only this machine can reach these", "Set PublicBaseUrl to the https address that browsers and the EHR use for this service.")
            : CheckLine.Ok(part, registered);
    }

    private async Task<(ServerConfiguration? Server, LaunchStop? Why)> DiscoverAsync(EhrOptions ehr, CancellationToken cancel)
    {
        try
        {
            return (await discover.AgainAsync(ehr, cancel), null);
        }
        catch (LaunchStoppedException e)
        {
            return (null, e.Stop);
        }
    }
}
