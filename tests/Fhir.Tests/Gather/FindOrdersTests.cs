using BiopsyFhir.Fhir.Gather;
using Microsoft.AspNetCore.Http;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Gather;

/// <summary>Orders across patients: by code, by date, by appointment; what could not be looked for is said.</summary>
public sealed class FindOrdersTests
{
    private static readonly OrdersRequest Request = new()
    {
        Codes = [("http://snomed.info/sct", "234326005")],
        From = new(2026, 3, 11),
        Until = new(2026, 4, 10),
        Zone = TimeZoneInfo.Utc,
    };

    [Fact]
    public async Task Orders_by_code_by_date_and_behind_an_appointment_come_together_by_patient()
    {
        await using var server = await StartAsync(c => Answer(c, c.Request.Path.Value! switch
        {
            "/fhir/ServiceRequest" when c.Request.Query.ContainsKey("code") => Bundle(Order("1", "Patient/a")),
            "/fhir/ServiceRequest" => Bundle(Order("1", "Patient/a"), Order("2", "Patient/b")),
            "/fhir/Appointment" => Bundle("""{"resourceType":"Appointment","id":"9","status":"booked","start":"2026-03-20T09:00:00Z","basedOn":[{"reference":"ServiceRequest/3"}],"participant":[{"actor":{"reference":"Practitioner/x"}},{"actor":{"reference":"Patient/c"}}]}"""),
            "/fhir/ServiceRequest/3" => Order("3", "Patient/c"),
            _ => null,
        }));
        var found = await FindOrders.FromAsync(server.Client(), Request, default);
        Assert.Empty(found.NotSeen);
        Assert.Equal(["Patient/a: 1 + 0", "Patient/b: 1 + 0", "Patient/c: 1 + 1"], found.Patients.Select(p => $"{p.Patient}: {p.Orders.Length} + {p.Appointments.Length}"));
        var asked = server.Requests.Select(r => Uri.UnescapeDataString(r.Target)).ToList();
        Assert.Contains(asked, t => t.Contains("code=http://snomed.info/sct|234326005", StringComparison.Ordinal));
        Assert.Contains(asked, t => t.Contains("occurrence=ge2026-03-11&occurrence=le2026-04-10", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_search_or_an_unreadable_order_is_said()
    {
        await using var server = await StartAsync(c => c.Request.Path.Value switch
        {
            "/fhir/Appointment" => Answer(c, Bundle("""{"resourceType":"Appointment","id":"9","status":"booked","basedOn":[{"reference":"ServiceRequest/3"}],"participant":[{"actor":{"reference":"Patient/c"}}]}""")),
            "/fhir/ServiceRequest/3" => Status(c, 404),
            _ => Status(c, 403),
        });
        var found = await FindOrders.FromAsync(server.Client(), Request, default);
        Assert.Equal(3, found.NotSeen.Length);
        Assert.Contains(found.NotSeen, n => n.StartsWith("Orders by code:", StringComparison.Ordinal));
        Assert.Contains(found.NotSeen, n => n.StartsWith("Orders by date:", StringComparison.Ordinal));
        Assert.Contains(found.NotSeen, n => n.StartsWith("ServiceRequest/3:", StringComparison.Ordinal));
        Assert.Equal("Patient/c", Assert.Single(found.Patients).Patient);
    }

    [Fact]
    public async Task An_order_that_names_no_patient_of_this_server_is_not_followed_and_not_lost()
    {
        await using var server = await StartAsync(c => Answer(c, Bundle(Order("1", "https://elsewhere.example/fhir/Patient/a"))));
        var found = await FindOrders.FromAsync(server.Client(), Request, default);
        Assert.Empty(found.Patients);
        Assert.Equal("ServiceRequest/1", Assert.Single(found.OfNobody.Orders).Reference);
    }

    private static string Order(string id, string patient) =>
        $$"""{"resourceType":"ServiceRequest","id":"{{id}}","status":"active","intent":"order","code":{"text":"Bone marrow biopsy"},"subject":{"reference":"{{patient}}"} }""";

    private static string Bundle(params string[] resources) =>
        $$"""{"resourceType":"Bundle","type":"searchset","entry":[{{string.Join(',', resources.Select(r => $$"""{"resource":{{r}}}"""))}}]}""";

    private static Task Answer(HttpContext context, string? json) => json is null ? Status(context, 404) : Json(json)(context);

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
