namespace BiopsyFhir.Domain.Tests.Holds;

public class PolicyRowTests
{
    [Theory]
    [InlineData(">50", 50, false)]
    [InlineData(">50", 50.0001, true)]
    [InlineData("30-50", 50, true)]
    [InlineData("30-50", 50.0001, false)]
    [InlineData("30-50", 30, true)]
    [InlineData("30-50", 29.999, false)]
    [InlineData("15-<30", 29.999, true)]
    [InlineData("15-<30", 30, false)]
    [InlineData("15-<30", 15, true)]
    [InlineData("<15", 14.999, true)]
    [InlineData("<15", 15, false)]
    [InlineData(">=30", 30, true)]
    [InlineData("<=50", 50, true)]
    [InlineData("<=50", 0, true)]
    [InlineData("any", 0, true)]
    public void A_band_contains_its_own_edge_or_not(string band, double clearance, bool inside) =>
        Assert.Equal(inside, ClearanceBand.Read(band)!.Contains((decimal)clearance));

    [Theory]
    [InlineData("30 to 50")]
    [InlineData("50-30")]
    [InlineData("30-30")]
    [InlineData("-5")]
    [InlineData("")]
    public void Another_way_of_writing_is_no_band(string band) => Assert.Null(ClearanceBand.Read(band));

    [Theory]
    [InlineData(">50", "30-50", "15-<30", "<15")]
    [InlineData(">=30", "<30")]
    [InlineData("any")]
    public void Bands_that_cover_every_clearance_once_have_no_fault(params string[] bands) =>
        Assert.Empty(ClearanceBand.Faults(bands.Select(b => ClearanceBand.Read(b)!)));

    [Theory]
    [InlineData("gap", ">50", "15-<30", "<15")]
    [InlineData("gap", ">50", "<50")]
    [InlineData("overlap", ">=50", "30-50", "<30")]
    [InlineData("below", ">50", "30-50")]
    [InlineData("clearance above 50", "30-50", "<30")]
    public void Gaps_and_overlaps_are_said(string what, params string[] bands) =>
        Assert.Contains(ClearanceBand.Faults(bands.Select(b => ClearanceBand.Read(b)!)), f => f.Contains(what, StringComparison.Ordinal));

    [Theory]
    [InlineData("\"days\": { \">50\": 1, \"30-50\": 2, \"15-<30\": 3, \"<15\": 4 }", "\"days\": { \">50\": 1, \"30-50\": 2, \"15-<30\": 3 }", "below 15")]
    [InlineData("\"days\": { \">50\": 1, \"30-50\": 2, \"15-<30\": 3, \"<15\": 4 }", "\"days\": { \">50\": -1, \"30-50\": 2, \"15-<30\": 3, \"<15\": 4 }", "negative")]
    [InlineData("\"days\": { \">50\": 1, \"30-50\": 2, \"15-<30\": 3, \"<15\": 4 }", "\"days\": { \">50\": 1.5, \"30-50\": 2, \"15-<30\": 3, \"<15\": 4 }", "whole number")]
    [InlineData("\"cite\": [\"LABEL-DEFIBROTIDE\"]", "\"cite\": []", "no citation")]
    [InlineData("\"cite\": [\"LABEL-DEFIBROTIDE\"]", "\"cite\": [\"NOBODY\"]", "NOBODY")]
    [InlineData("\"defibrotide\": {", "\"defibrotid\": {", "'defibrotide' is recognised and has no row")]
    [InlineData("\"class\": \"dti-parenteral\"", "\"class\": \"dti\"", "'dti-parenteral' in ingredients.tsv")]
    [InlineData("\"resume\": \"D+3\"", "\"resume\": \"soon\"", "soon")]
    [InlineData("\"resume\": \"48 h\"", "\"resume\": \"0 h\"", "0 h")]
    [InlineData("\"unit\": \"mg\",", "", "unit")]
    [InlineData("\"P-PRESET\": {", "\"P-PRESETS\": {", "P-PRESET")]
    public void A_bad_row_of_medicines_is_refused_with_where_it_is(string old, string @new, string said)
    {
        var text = Knowledge.Text("medicines.json");
        Assert.Contains(old, text);
        var refused = Assert.IsType<PolicyRead.Refused>(PolicySet.Read(Knowledge.With("medicines.json", text.Replace(old, @new, StringComparison.Ordinal))));
        Assert.Contains(refused.Faults, f => f.Contains(said, StringComparison.Ordinal) && f.Contains("medicines", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_row_of_thrombosis_is_refused()
    {
        var text = Knowledge.Text("thrombosis.json").Replace("\"valve-mitral\"", "\"valve-mitrale\"", StringComparison.Ordinal);
        var refused = Assert.IsType<PolicyRead.Refused>(PolicySet.Read(Knowledge.With("thrombosis.json", text)));
        Assert.Contains(refused.Faults, f => f.Contains("valve-mitral", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_of_every_preset_cites_a_known_source()
    {
        foreach (var policy in Knowledge.Policies.ById.Values)
            Assert.All(policy.Medicines.Rows.Values, r => Assert.All(r.Citations, c => Assert.Contains(c, policy.Citations.Keys)));
    }

    private static PolicyRead Overlay(string change) => PolicySet.Read(Knowledge.Files, new Dictionary<string, ReadOnlyMemory<byte>>
    {
        ["site.json"] = System.Text.Encoding.UTF8.GetBytes($$"""{ "id": "site", "name": "Site", "version": "1", "basedOn": "P1", "change": {{change}} }"""),
    });

    /// <summary>Evidence 10.2: a site that counts a marrow biopsy as moderate in the label's sense.</summary>
    [Fact]
    public void A_site_changes_one_number_of_one_row()
    {
        var site = Assert.IsType<PolicyRead.Ok>(Overlay("""{ "medicines": { "ingredients": { "apixaban": { "hold": { "days": { ">50": 2 } } } } } }""")).Policies.ById["site"];
        Assert.Equal((2, 1), (site.Medicines.Rows["apixaban"].Regimens[""].BandFor(80).Days, site.Medicines.Rows["apixaban"].Regimens[""].BandFor(40).Days));
        Assert.Equal(1, site.Medicines.Rows["rivaroxaban"].Regimens[""].BandFor(80).Days);
    }

    [Theory]
    [InlineData("""{ "medicines": { "ingredients": { "apixaban": null } } }""", "'apixaban' is recognised and has no row")]
    [InlineData("""{ "medicines": { "ingredients": { "apixaban": { "hold": { "days": { "<15": null } } } } } }""", "below 15")]
    [InlineData("""{ "thrombosis": { "high": { "vte": { "months": null } } } }""", "months")]
    [InlineData("""{ "thrombosis": { "high": { "vte": { "months": -1 } } } }""", "is negative")]
    [InlineData("""{ "thrombosis": { "high": { "vtee": { "say": "Something.", "cite": ["CHEST2022"] } } } }""", "no rule reads this row")]
    [InlineData("""{ "anaemia": { "groups": { "6-23 months": { "severeBelow": 95 } } } }""", "severeBelow < moderateBelow")]
    [InlineData("""{ "medicines": { "ingredients": { "apixapan": { "class": "doac-xa", "family": "anticoagulant", "hold": { "days": { "any": 1 }, "resume": "D+1" }, "cite": ["PAUSE"] } } } }""", "no ingredient")]
    public void A_site_cannot_break_a_row(string change, string said) =>
        Assert.Contains(Assert.IsType<PolicyRead.Refused>(Overlay(change)).Faults, f => f.Contains(said, StringComparison.Ordinal) && f.StartsWith("site/", StringComparison.Ordinal));

    [Theory]
    [InlineData("""{ "thrombosis": { "high": { "vte": { "firstMonths": 0 } } } }""")]
    [InlineData("""{ "anaemia": { "groups": { "6-23 months": { "moderateBelow": 105 } } } }""")]
    [InlineData("""{ "medicines": { "ingredients": { "heparin": { "hold": { "prophylactic": { "resume": "1 h" } } } } } }""")]
    public void A_site_may_go_to_the_limit(string change) => Assert.IsType<PolicyRead.Ok>(Overlay(change));

    /// <summary>Evidence 10.6: the conservative preset must not be the shorter one.</summary>
    [Fact]
    public void P3_never_holds_shorter_than_P1_and_P1_never_shorter_than_P2()
    {
        foreach (var ingredient in Knowledge.P1.Medicines.Rows.Keys)
            foreach (var doseClass in Knowledge.P1.Medicines.Rows[ingredient].Regimens.Keys)
                foreach (var clearance in (decimal[])[200, 50.0001m, 50, 30, 29.999m, 15, 14.9m, 0])
                {
                    var (p1, p2, p3) = (Hours("P1"), Hours("P2"), Hours("P3"));
                    Assert.True(p3 >= p1 && p1 >= p2, $"{ingredient} {doseClass} at {clearance}: {p2}, {p1}, {p3}");

                    decimal Hours(string preset)
                    {
                        var regimen = Knowledge.Policies.ById[preset].Medicines.Rows[ingredient].Regimens[doseClass];
                        if (regimen.Do != Instruction.Hold) return 0;
                        var band = regimen.BandFor(clearance);
                        return band.Hours ?? band.Days!.Value * 24;
                    }
                }
    }
}
