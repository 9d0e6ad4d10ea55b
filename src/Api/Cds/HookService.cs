namespace BiopsyFhir.Api.Cds;

/// <summary>The moments of ordering at which we are asked.</summary>
public enum Hook { PatientView, OrderSelect, OrderSign, AppointmentBook }

public static class HookNames
{
    /// <summary>As CDS Hooks writes it, for example <c>order-sign</c>.</summary>
    public static string Name(this Hook hook) => hook switch
    {
        Hook.PatientView => "patient-view",
        Hook.OrderSelect => "order-select",
        Hook.OrderSign => "order-sign",
        Hook.AppointmentBook => "appointment-book",
        _ => throw new ArgumentOutOfRangeException(nameof(hook)),
    };
}

/// <summary>One service of the discovery answer.</summary>
/// <param name="Id">One segment of a URL; fixed by the contract.</param>
public sealed record HookService(string Id, Hook Hook, string Title, string Description);

/// <summary>The four services (contract section 3).</summary>
public static class HookServices
{
    public static readonly IReadOnlyList<HookService> All =
    [
        new("bone-marrow-biopsy-patient-view", Hook.PatientView, "Bone marrow biopsy: chart opened",
            "Says what is still open before a bone marrow biopsy that is ordered or booked: blood thinners to hold, laboratory tests that are missing or too old."),
        new("bone-marrow-biopsy-order-select", Hook.OrderSelect, "Bone marrow biopsy: order chosen",
            "When a bone marrow biopsy, or a medicine before one, is being ordered: blood thinners to hold and until when, laboratory tests that are missing or too old."),
        new("bone-marrow-biopsy-order-sign", Hook.OrderSign, "Bone marrow biopsy: orders to be signed",
            "Before orders are signed: blood thinners to hold for the bone marrow biopsy and until when, laboratory tests that are missing or too old, medicines ordered for the day of the biopsy."),
        new("bone-marrow-biopsy-appointment-book", Hook.AppointmentBook, "Bone marrow biopsy: appointment booked",
            "When a bone marrow biopsy is being booked: whether that day leaves enough time to hold blood thinners and to repeat laboratory tests."),
    ];

    public static HookService? ById(string id) => All.FirstOrDefault(service => service.Id == id);
}
