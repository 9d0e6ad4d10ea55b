using BiopsyFhir.Sandbox.Auth;
using BiopsyFhir.Sandbox.Fhir;
using BiopsyFhir.Sandbox.Fhir.Search;
using BiopsyFhir.Sandbox.Patients;
using BiopsyFhir.Sandbox.Store;
using Microsoft.AspNetCore.Http;

namespace BiopsyFhir.Sandbox.Pages;

/// <summary>The pages a person sees: patient list, chart, launch, launch in a frame.</summary>
internal sealed class PageEndpoints(ResourceStore store, SeedPatients seeds, GrantStore grants, SandboxAddresses at)
{
    public IResult Start() => Page.Of<StartPage>(new()
    {
        [nameof(StartPage.Patients)] = PatientRow.All(store.Now, seeds),
        [nameof(StartPage.Fhir)] = at.Fhir,
    }, forms: Origin(at.Launch));

    /// <summary>Mints the opaque launch and sends the browser to the app, as an EHR does when a clinician presses its button.</summary>
    public async Task<IResult> LaunchAsync(HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync() : FormCollection.Empty;
        var patient = form["patient"].ToString();
        var appContext = form["appContext"] is [{ Length: > 0 } given] ? given : null;
        return Existing(patient) is null ? NoPatient() : AuthorizeEndpoint.SeeOther(LaunchUrl(patient, inFrame: false, appContext));
    }

    public IResult Orders(string patient) => Existing(patient) is not { } found ? NoPatient() : Page.Of<OrdersPage>(new()
    {
        [nameof(OrdersPage.Patient)] = PatientRow.Of(store.Now, found, seeds.StoryOf(patient)),
    }, forms: Origin(at.Launch));

    public IResult Frame(string patient) => Existing(patient) is not { } found ? NoPatient() : Page.Of<FramePage>(new()
    {
        [nameof(FramePage.Patient)] = PatientRow.Of(store.Now, found, seeds.StoryOf(patient)),
        [nameof(FramePage.Launch)] = LaunchUrl(patient, inFrame: true),
    }, frames: Origin(at.Launch));

    public IResult Chart(string patient) => Existing(patient) is not { } found ? NoPatient() : Page.Of<ChartPage>(new()
    {
        [nameof(ChartPage.Patient)] = PatientRow.Of(store.Now, found, seeds.StoryOf(patient)),
        [nameof(ChartPage.Resources)] = InChart(store.Now, patient).GroupBy(r => r.Key.Type).ToList(),
    }, forms: Origin(at.Launch));

    public IResult Resource(string type, string id) => store.Now.Existing(new(type, id)) is not { } found
        ? Page.Message(404, "Nothing here", "There is no such resource, or it was deleted.")
        : Page.Of<ResourcePage>(new()
        {
            [nameof(ResourcePage.Resource)] = found,
            [nameof(ResourcePage.Patient)] = Compartment.PatientsOf(store.Now, ResourceTypes.Named(type), found.Body, at.Fhir).FirstOrDefault(),
        });

    /// <summary>What an app wrote, shown without trusting it: its own policy forbids script, forms and requests.</summary>
    public IResult Attachment(HttpResponse response, string type, string id, int index)
    {
        if (store.Now.Existing(new(type, id)) is not { } found || SearchParameter.At(found.Body, "content.attachment").ElementAtOrDefault(index) is not { ValueKind: System.Text.Json.JsonValueKind.Object } attachment)
            return Page.Message(404, "Nothing here", "There is no such attachment.");
        var data = attachment.Text("data");
        if (data is null && Criterion.LocalReference(attachment.Text("url"), at.Fhir)?.Split('/') is ["Binary", var binary] && store.Now.Existing(new("Binary", binary)) is { } stored)
            data = stored.Body.Text("data");
        var bytes = new byte[data?.Length ?? 0];
        if (data is null || !Convert.TryFromBase64String(data, bytes, out var length)) return Page.Message(422, "Cannot be shown", "The attachment holds no readable data.");
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        return Results.Bytes(bytes.AsMemory(0, length).ToArray(), attachment.Text("contentType") ?? "application/octet-stream");
    }

    public IResult Reset()
    {
        seeds.Plant(store);
        return AuthorizeEndpoint.SeeOther(at.Start);
    }

    private string LaunchUrl(string patient, bool inFrame, string? appContext = null)
    {
        var context = Encounters.Order(store.Now, patient) is { } order ? new[] { order.Key.ToString() } : [];
        var launch = grants.Start(new(patient, Encounters.Of(store.Now, patient), "biopsy-readiness", context, inFrame, appContext));
        return at.Launch + QueryString.Create("iss", at.Fhir).Add("launch", launch);
    }

    private IEnumerable<StoredResource> InChart(StoreState state, string patient) =>
        ResourceTypes.All.Values.SelectMany(type => state.All(type.Name).Where(r => Compartment.PatientsOf(state, type, r.Body, at.Fhir).Contains(patient)));

    private StoredResource? Existing(string patient) => store.Now.Existing(new("Patient", patient));
    private static IResult NoPatient() => Page.Message(404, "No such patient", "Choose one from the patient list.");
    private static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);
}
