using System.Collections.Immutable;
using BiopsyFhir.Domain.Tests.Drugs;
using BiopsyFhir.Domain.Tests.Labs;

namespace BiopsyFhir.Domain.Tests.Judging;

/// <summary>A medicine that an order and a statement tell of is one fact behind a finding, not two: a reader would count two medicines.</summary>
public class FactsBehindFindingsTests
{
    [Theory]
    [InlineData("warfarin 5 mg", "L-INR", "6301-6", 2.6, "{INR}")]
    [InlineData("heparin 25000 units/250 mL infusion", "L-APTT", null, 0, null)]
    [InlineData("heparin 25000 units/250 mL infusion", "L-APTT", "14979-9", 80, "s")]
    [InlineData("apixaban 5 mg", "L-PLT", "777-3", 30, "10*3/uL")]
    [InlineData("hydroxyurea 500 mg", "L-PLT", null, 0, null)] // why the window is 72 hours
    [InlineData("cytarabine 100 mg", "G-CHEMO", null, 0, null)]
    [InlineData("semaglutide 1 mg", "G-GLP1", null, 0, null)]
    [InlineData("insulin glargine 20 units", "G-DM", null, 0, null)]
    public void A_medicine_told_twice_is_one_fact(string medicine, string rule, string? loinc, double amount, string? unit)
    {
        var chart = Patients.Chart() with { Medications = [Entries.Order(medicine), Entries.Statement(medicine)] };
        var snapshot = Patients.Snapshot(chart, sedation: "procedural", asOf: "2026-03-18");
        if (loinc is not null) snapshot = snapshot.With(Lab.Result(loinc, (decimal)amount, unit, "2026-03-18") with { Ranges = [new(25, 36, unit, unit, null)] });
        var finding = Assert.Single(Assess.Run(snapshot, Knowledge.P1).Findings, f => f.Rule == rule);
        Assert.Equal(["MedicationRequest/1"], finding.Because.Select(f => f.Reference).Where(r => r is not null && r.StartsWith("Medication", StringComparison.Ordinal)));
    }

    /// <summary>50.04 is on the other side of the limit than 50, which one digit would hide. Compared is the number as it is.</summary>
    [Fact]
    public void A_clearance_shows_two_digits_and_keeps_the_rest()
    {
        var finding = new Holds.DrugCase { CrCl = 50.0432m, Medicines = [Holds.DrugCase.Drug("dabigatran")] }.Find("R-HOLD");
        var fact = Assert.Single(finding!.Because, f => f.Unit == "mL/min");
        Assert.Equal(("creatinine clearance 50.04 mL/min (Cockcroft-Gault, actual weight)", 50.0432m), (fact.Text, fact.Value));
    }

    /// <summary>It may be the order of this biopsy, or its date.</summary>
    [Theory]
    [InlineData("Bone marrow biopsy", "Order \"Bone marrow biopsy\" (ServiceRequest/2)")]
    [InlineData("骨", "Order \"骨\" (ServiceRequest/2)")]
    [InlineData("", "Order ServiceRequest/2")]
    public void An_order_that_cannot_be_read_is_named_by_its_words_or_its_reference(string words, string what)
    {
        var order = new OrderRecord { Reference = "ServiceRequest/2", Code = new Concept([], words), CannotInterpret = "unknown modifier" };
        Assert.Contains(Assess.Run(Patients.Snapshot(Patients.Chart() with { Orders = [order] }), Knowledge.P1).NotJudged, n => n.What == what && n.Why == "unknown modifier");
    }

    [Fact]
    public void An_appointment_without_words_is_named_by_its_reference()
    {
        var appointment = new AppointmentRecord { Reference = "Appointment/2", CannotInterpret = "unknown modifier" };
        ImmutableArray<AppointmentRecord> both = [appointment, appointment with { Reference = "Appointment/3", About = [new Concept([], "Haematology")] }];
        Assert.Equal(["Appointment Appointment/2", "Appointment \"Haematology\" (Appointment/3)"],
            Assess.Run(Patients.Snapshot(Patients.Chart() with { Appointments = both }), Knowledge.P1).NotJudged.Where(n => n.Why == "unknown modifier").Select(n => n.What));
    }
}
