using BiopsyFhir.Sandbox.Pages;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Auth;

/// <summary><c>/sandbox/auth/authorize</c> (GET, and POST as announced by <c>authorize-post</c>). The demo user is always signed in:
/// an EHR launch goes straight back with a code, a standalone launch first asks for the patient.</summary>
internal sealed class AuthorizeEndpoint(Clients clients, GrantStore grants, ResourceStore store, SandboxAddresses at)
{
    /// <summary>The signed-in clinician of the demo; a seeded Practitioner.</summary>
    public const string DemoUser = "Practitioner/sbx-staff-1";

    public async Task<IResult> AuthorizeAsync(HttpRequest request)
    {
        try
        {
            var form = request.Method == "POST" ? request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty : null;
            var asked = AuthorizeRequest.Read(name => [.. form is null ? request.Query[name] : form[name]], clients, at);
            if (asked.Launch is { } launch)
                return grants.Redeem(launch) is { } started
                    ? Back(asked, started)
                    : throw new AuthorizeRequest.Refused("invalid_request", "This launch is unknown, expired or already used.", asked.Client.RedirectUri!, asked.State);
            if (asked.Scopes.Any(s => s is "launch/patient" or "launch/encounter" || s.StartsWith("patient/", StringComparison.Ordinal)))
                return Page.Of<ChoosePatient>(new() { [nameof(ChoosePatient.Choice)] = grants.Ask(new(asked)), [nameof(ChoosePatient.App)] = asked.Client.Id });
            return Back(asked, null);
        }
        catch (AuthorizeRequest.Unknown fault)
        {
            return Page.Message(400, "This launch cannot go on", fault.Message);
        }
        catch (AuthorizeRequest.Refused fault)
        {
            return SeeOther(AuthorizeRequest.Back(fault.Redirect, fault.State, at.Issuer, ("error", fault.Error), ("error_description", fault.Message)));
        }
    }

    /// <summary>The answer of the patient picker.</summary>
    public async Task<IResult> ChosenAsync(HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;
        var patient = form["patient"].ToString();
        if (patient != "" && store.Now.Existing(new("Patient", patient)) is null) return Page.Message(400, "No such patient", "Choose one of the patients listed.");
        if (grants.Answer(form["choice"].ToString()) is not { } choice) return Page.Message(400, "This choice has expired", "Start again from the app.");
        return patient == ""
            ? SeeOther(AuthorizeRequest.Back(choice.Request.Client.RedirectUri!, choice.Request.State, at.Issuer, ("error", "access_denied"), ("error_description", "The user chose no patient.")))
            : Back(choice.Request, new(patient, Encounters.Of(store.Now, patient), null, [], InFrame: false));
    }

    private IResult Back(AuthorizeRequest asked, GrantStore.Launch? launch)
    {
        var withEncounter = launch is not null && (asked.Launch is not null || asked.Scopes.Contains("launch/encounter"));
        var code = grants.IssueCode(new(new Grant
        {
            ClientId = asked.Client.Id,
            Scopes = asked.Scopes,
            Patient = launch?.Patient,
            Encounter = withEncounter ? launch!.Encounter : null,
            Intent = launch?.Intent,
            Context = launch?.Context ?? [],
            AppContext = launch?.AppContext,
            NeedsBanner = launch is not { InFrame: true },
            User = DemoUser,
            Nonce = asked.Nonce,
        }, asked.Client.RedirectUri!, asked.Challenge));
        return SeeOther(AuthorizeRequest.Back(asked.Client.RedirectUri!, asked.State, at.Issuer, ("code", code)));
    }

    /// <summary>303: the browser follows with GET, also after a form POST.</summary>
    internal static IResult SeeOther(string url) => new SeeOtherResult(url);

    private sealed class SeeOtherResult(string url) : IResult
    {
        public Task ExecuteAsync(HttpContext http)
        {
            http.Response.StatusCode = StatusCodes.Status303SeeOther;
            http.Response.Headers.Location = url;
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Task.CompletedTask;
        }
    }
}
