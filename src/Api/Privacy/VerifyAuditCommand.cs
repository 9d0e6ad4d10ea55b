using System.Globalization;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;

namespace BiopsyFhir.Api.Privacy;

/// <summary>
/// <c>-- verify-audit [NUMBER:HASH]</c>: whether the audit trail is whole. It prints the end of the trail; kept where those who can write to
/// the database cannot, and given to the next run, it also shows a trail that was cut off together with its own record of where it ended.
/// </summary>
public static class VerifyAuditCommand
{
    public const string Usage = "verify-audit [NUMBER:HASH]   checks every row of the audit trail, also beside the running service; with an end that was printed before, that it is still there";

    public static bool IsAsked(string[] args) => args is ["verify-audit", ..];

    /// <returns>0: whole. 1: not, or the database cannot be read. 2: the command line makes no sense. 78: the settings of the database have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var words = CommandOptions.Words(args);
        var kept = words is [var text] ? AuditHead.Read(text) : null;
        if (words.Count > 1 || (words.Count is 1 && kept is null))
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        return await DatabaseCommand.RunAsync(options, faults, clock, errors, async services =>
        {
            var check = await services.GetRequiredService<AuditTrail>().VerifyAsync(kept, CancellationToken.None);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{check.Head.Number} rows{(check.From is { } from ? $", {from:yyyy-MM-dd HH:mm:ss} to {check.To:yyyy-MM-dd HH:mm:ss} UTC" : "")}"));
            foreach (var fault in check.Faults) await output.WriteLineAsync($"broken: {fault}");
            if (check.Faults is []) await output.WriteLineAsync($"unbroken; ends with\n{check.Head}\nKeep this line where nobody who can write to the database can, and give it to the next verify-audit.");
            return check.Faults is [] ? 0 : 1;
        });
    }
}
