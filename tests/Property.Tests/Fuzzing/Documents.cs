using System.Text;
using BiopsyFhir.Api.Cds;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Errors;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Smart.Tokens;

namespace BiopsyFhir.Property.Tests.Fuzzing;

/// <summary>One input as each document that an authorization server publishes or answers: read, or refused in words.</summary>
internal static class Documents
{
    private static readonly EhrOptions Ehr = new() { Key = "Ehrs:0", Id = "north", Issuer = "https://ehr.example.org/fhir", ClientId = "biopsy" };

    public static Executed Read(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input).TrimStart('\uFEFF');
        return new(
        [
            $"smart-configuration: {Server(() => DiscoverServer.Read(Ehr, text))}",
            $"oauth-uris: {Server(() => DiscoverServer.ReadMetadata(Ehr, text))}",
            $"token answer: {Token(text)}",
            $"keys of a hook client: {(HookKeys.Read(text) is { } keys ? $"{Math.Min(keys.Count, 3)} keys" : "refused")}",
            $"keys of an issuer: {Stopped(() => Math.Min(ReadIdToken.ReadKeys(text).Count, 3) + " keys")}",
            $"style: {(EhrStyle.ToCss(text).Length > ":root{}".Length ? "read" : "nothing")}",
            $"feedback: {Feedback(input)}",
            $"OpenID configuration: {(ReadIdToken.ReadConfiguration(text) is null ? "refused" : "read")}",
        ], null);
    }

    private static string Server(Func<ServerConfiguration> read) => Stopped(() =>
    {
        var server = read();
        if (!server.Authorize.IsAbsoluteUri || server.Authorize.Scheme is not "https" || server.Token.Scheme is not "https") throw new InvalidOperationException("An address that may not be asked was taken.");
        return $"read, {CheckCapabilities.Missing(server, Ehr, standalone: false).Concat(CheckCapabilities.Missing(server, Ehr, standalone: true)).Distinct().Count()} missing";
    });

    private static string Stopped(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (LaunchStoppedException e)
        {
            return e.Stop is { What.Length: > 0, ToDo.Length: > 0 } ? $"refused, {e.Stop.What}" : throw new InvalidOperationException("A stop without words.");
        }
    }

    private static string Feedback(byte[] input)
    {
        var faults = new List<Fault>();
        var entries = ReadFeedback.From(input, faults);
        if (faults.Any(f => f.Where.Length == 0 || f.Detail.Length == 0)) throw new InvalidOperationException("A fault that does not say what or where.");
        return faults.Count > 0 ? $"refused, {Execute.Plain(faults[0].Detail)}" : $"{Math.Min(entries.Count, 3)} entries";
    }

    private static string Token(string text)
    {
        var (response, fault) = TokenResponse.Read(text);
        if (response is null) return fault is { Length: > 0 } ? $"refused, {fault}" : throw new InvalidOperationException("A refusal that does not say why.");
        return $"read, {(response.Patient is { } patient ? TokenResponse.IsId(patient) ? "a patient" : "no id for a patient" : "no patient")}{(response.ExpiresIn is null ? "" : ", expires")}{(response.RefreshToken is null ? "" : ", refresh")}, {Math.Min(response.Context.Count, 3)} contexts";
    }
}
