using System.Security.Cryptography;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BiopsyFhir.Api.Privacy;

/// <summary>
/// <c>-- end-sessions EHR [USER]</c>: the open reviews of one user, or of everybody at one EHR; <c>--pages [OBJECT-ID]</c>: the sign-ins to
/// our own pages. For an account that was taken over, or somebody who has left; works beside the running service.
/// </summary>
public static class EndSessionsCommand
{
    public const string Usage = """
        end-sessions EHR [USER] [--yes]            open reviews of one user (Practitioner/ID, as the audit trail names her), or of everybody at this EHR
        end-sessions --pages [OBJECT-ID] [--yes]   sign-ins to worklist and deliveries, of one person of Entra ID or of everybody
          --yes  ends them; without it they are counted
        """;

    private static readonly string[] Flags = ["--yes", "--pages"];

    public static bool IsAsked(string[] args) => args is ["end-sessions", ..];

    /// <returns>0: done. 1: the database cannot be read. 2: the command line makes no sense. 78: settings have faults.</returns>
    public static async Task<int> RunAsync(string[] args, ServiceOptions options, IReadOnlyList<ConfigurationFault> faults, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var (words, pages, yes) = (CommandOptions.Words(args, Flags), args.Contains("--pages"), args.Contains("--yes"));
        if (pages ? words.Count > 1 : words.Count is 0 or > 2)
        {
            await errors.WriteLineAsync(Usage);
            return 2;
        }
        return await DatabaseCommand.RunAsync(options, faults, clock, errors, services =>
            pages ? PagesAsync(services, words.SingleOrDefault(), yes, clock, output)
            : ReviewsAsync(services, options.Ehrs.FirstOrDefault(e => e.Id.Equals(words[0], StringComparison.OrdinalIgnoreCase))?.Id ?? words[0], words.ElementAtOrDefault(1), yes, clock, output, errors));
    }

    private static async Task<int> PagesAsync(IServiceProvider services, string? person, bool yes, TimeProvider clock, TextWriter output)
    {
        var whose = person ?? "everybody";
        if (!yes)
        {
            await output.WriteLineAsync($"Would end the sign-ins of {whose} to our own pages; how many there are only the browsers know. With --yes it is done.");
            return 0;
        }
        var databases = services.GetRequiredService<IDbContextFactory<ServiceDb>>();
        await new EndedSignIns(databases, clock).EndAsync(person, CancellationToken.None);
        await services.GetRequiredService<AuditTrail>().RecordAsync(new("end-sign-ins", "operator", "done", null, null, whose), CancellationToken.None);
        await output.WriteLineAsync($"The sign-ins of {whose} count no more. Who may still sign in at Entra ID can sign in anew: take the role away there first.");
        return 0;
    }

    private static async Task<int> ReviewsAsync(IServiceProvider services, string ehr, string? user, bool yes, TimeProvider clock, TextWriter output, TextWriter errors)
    {
        var protector = services.GetRequiredService<IDataProtectionProvider>().CreateProtector(SessionStore.ContextPurpose);
        await using var db = await services.GetRequiredService<IDbContextFactory<ServiceDb>>().CreateDbContextAsync();
        DateTimeOffset? now = clock.GetUtcNow();
        var open = await db.Sessions.AsNoTracking().Where(r => r.EhrId == ehr && r.EndedAt == null && r.ExpiresAt > now).Select(r => new { r.Id, r.Context }).ToListAsync();
        var (ids, unread) = (new List<string>(), 0);
        foreach (var row in open)
        {
            if (user is null) ids.Add(row.Id); // what cannot be read is ended too
            else if (Open(protector, row.Context) is not { } context) unread++;
            else if (context.UserReference == user || context.FhirUser == user) ids.Add(row.Id);
        }
        if (unread > 0) await errors.WriteLineAsync($"{unread} sessions cannot be opened with the configured certificate; they may be of this user. Without USER all are ended.");
        if (!yes)
        {
            await output.WriteLineAsync($"Would end {ids.Count} of {open.Count} open reviews at {ehr}. With --yes it is done.");
            return 0;
        }
        foreach (var some in ids.Chunk(500))
            await db.Sessions.Where(r => some.Contains(r.Id) && r.EndedAt == null).ExecuteUpdateAsync(set => set
                .SetProperty(r => r.EndedAt, now).SetProperty(r => r.EndReason, EndReasons.ByOperator).SetProperty(r => r.Tokens, ""));
        await services.GetRequiredService<AuditTrail>().RecordAsync(new("end-sessions", "operator", "done", ehr, null, user ?? "everybody"), CancellationToken.None);
        await output.WriteLineAsync($"Ended {ids.Count} of {open.Count} open reviews at {ehr}; their tokens are forgotten here. Who may still sign in at the EHR can launch anew: close the account there first.");
        return 0;
    }

    private static LaunchContext? Open(IDataProtector protector, string context)
    {
        try
        {
            return JsonSerializer.Deserialize<LaunchContext>(protector.Unprotect(context));
        }
        catch (Exception e) when (e is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }
}
