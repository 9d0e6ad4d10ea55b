namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>A fault in a knowledge file is named with its place, and the files are refused.</summary>
public class LabPolicyTests
{
    [Theory]
    [InlineData("work-up.json", "\"when\": [\"b12-borderline\"]", "\"when\": [\"b12-boderline\"]", "W-MMA/when: 'b12-boderline' is not among the triggers")]
    [InlineData("work-up.json", "\"any\": [\"ferritin\"]", "\"any\": [\"feritin\"]", "W-FERR/any: 'feritin' is not in analytes.json")]
    [InlineData("work-up.json", "\"windowDays\": 90, \"core\": true, \"cite\": [\"AGA2020\", \"EVIDENCE-D\"]", "\"windowDays\": 90, \"core\": true, \"cite\": [\"AGA2021\"]", "W-FERR/cite: 'AGA2021' is not in citations.json")]
    [InlineData("work-up.json", "{ \"analyte\": \"mcv\", \"above\": 100,", "{ \"analyte\": \"mcv\",", "triggers/macro: the analyte has no limit")]
    [InlineData("work-up.json", "\"when\": [\"b12-borderline\"]", "\"when\": []", "W-MMA: a conditional test needs a 'when'")]
    [InlineData("labs.json", "Platelets {value}: discuss", "Platelets {count}: discuss", "below-10: {count} is not known here")]
    [InlineData("labs.json", "\"below\": 10, \"severity\": \"critical\"", "\"severity\": \"critical\"", "below-10/below: is missing")]
    [InlineData("labs.json", "\"severity\": \"critical\", \"action\": \"ask-specialist\",\n      \"title\": \"Platelets", "\"severity\": \"deadly\", \"action\": \"ask-specialist\",\n      \"title\": \"Platelets", "'deadly' is none of")]
    [InlineData("analytes.json", "\"g/L\": {\"divideBy\": 10}, \"mmol/L\"", "\"g/L\": {\"divideBy\": 0}, \"mmol/L\"", "hemoglobin/units/g/L: a factor above 0 is expected")]
    [InlineData("units.json", "\"g/dL\": [", "\"g/dL\": [\"g/L\", ", "would mean both")]
    [InlineData("units.json", "\"10*4/uL\"", "\"10*5/uL\"", "10*5/uL: no analyte has this unit")]
    [InlineData("loinc.tsv", "hemoglobin\t718-7", "haemoglobin\t718-7", "'haemoglobin' is not in analytes.json")]
    [InlineData("loinc.tsv", "hemoglobin\t30313-1", "hemoglobin\t718-7", "code 718-7 stands twice")]
    [InlineData("lab-names.tsv", "ferritin\ten\tFerritin", "ferritn\ten\tFerritin", "'ferritn' is not in analytes.json")]
    [InlineData("anaemia.json", "\"cutoff\": 105, \"moderateBelow\": 95", "\"cutoff\": 94, \"moderateBelow\": 95", "severeBelow < moderateBelow <= cutoff")]
    public void Refused_with_its_place(string file, string from, string to, string fault)
    {
        var text = Knowledge.Text(file);
        Assert.Contains(from, text);
        var refused = Assert.IsType<PolicyRead.Refused>(PolicySet.Read(Knowledge.With(file, text.Replace(from, to, StringComparison.Ordinal))));
        Assert.Contains(refused.Faults, f => f.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_site_changes_a_window_and_a_limit_by_an_overlay()
    {
        var overlay = """{"id":"S1","name":"Site","version":"1","basedOn":"P1","change":{"labs":{"platelets":{"windowDays":5,"below-20":{"below":25}}},"work-up":{"tests":{"W-FERR":{"windowDays":30}}}}}"""u8.ToArray();
        var site = Assert.IsType<PolicyRead.Ok>(PolicySet.Read(Knowledge.Files, new Dictionary<string, ReadOnlyMemory<byte>> { ["site.json"] = overlay })).Policies.ById["S1"];
        Assert.Equal((5, 25m, 30), (site.Labs.Platelets.WindowDays, site.Labs.Platelets.Below[1].At, site.WorkUp.Tests.Single(t => t.Rule == "W-FERR").WindowDays));
    }

    [Fact]
    public void Every_citation_of_the_lab_files_is_known() =>
        Assert.All(Knowledge.P1.WorkUp.Tests.SelectMany(t => t.Citations), c => Assert.Contains(c, Knowledge.P1.Citations.Keys));
}
