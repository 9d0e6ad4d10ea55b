using System.Security.Cryptography;
using System.Text.Json;
using BiopsyFhir.Api.Smart;
using Microsoft.AspNetCore.DataProtection;

namespace BiopsyFhir.Api.SignIn;

/// <summary>What must come back from a sign-in under way, and where the person wanted to go.</summary>
/// <param name="Verifier">PKCE.</param>
/// <param name="ReturnTo">A path of this service.</param>
public sealed record SignInTicket(string State, string Nonce, string Verifier, string ReturnTo, DateTimeOffset Until);

/// <summary>
/// Keeps a sign-in under way in the browser that began it, encrypted: any node can finish it, no other browser can, and it is taken out
/// when the answer comes.
/// </summary>
public sealed class SignInTickets(IDataProtectionProvider protection, TimeProvider clock)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private readonly IDataProtector protector = protection.CreateProtector("sign-in");

    public void Keep(HttpContext context, SignInTicket ticket) =>
        context.Response.Cookies.Append(Name(ticket.State), protector.Protect(JsonSerializer.Serialize(ticket)), Cookie(Life));

    /// <returns>The ticket of this state; null when this browser did not begin it, or too long ago.</returns>
    public SignInTicket? Take(HttpContext context, string state)
    {
        if (context.Request.Cookies[Name(state)] is not { Length: > 0 } kept) return null;
        context.Response.Cookies.Append(Name(state), "", Cookie(TimeSpan.Zero));
        try
        {
            return JsonSerializer.Deserialize<SignInTicket>(protector.Unprotect(kept)) is { } ticket
                && Secrets.Matches(ticket.State, Secrets.Hash(state)) && clock.GetUtcNow() < ticket.Until ? ticket : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Name(string state) => $"__Host-biopsyfhir-signin-{Secrets.Hash(state)[..16]}";

    // Lax: the answer comes as a top-level GET from the sign-in's own site.
    private static CookieOptions Cookie(TimeSpan life) => new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = life, IsEssential = true };
}
