using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>
/// The antiforgery token of a session's pages: form field <c>token</c> or header <c>X-Page-Token</c>. Only a page of that session can
/// know it. ASP.NET's own antiforgery needs a cookie that does not survive an EHR's frame.
/// </summary>
public sealed class PageTokens(IDataProtectionProvider protection)
{
    public const string Field = "token";
    public const string Header = "X-Page-Token";

    public string For(SmartSession session) => Protector(session).Protect(session.Id);

    public bool Fits(string? token, SmartSession session)
    {
        if (string.IsNullOrEmpty(token)) return false;
        try
        {
            return Protector(session).Unprotect(token) == session.Id;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private IDataProtector Protector(SmartSession session) => protection.CreateProtector("page-token", session.Id);
}
