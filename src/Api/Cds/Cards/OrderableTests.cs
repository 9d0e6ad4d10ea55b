using System.Collections.Frozen;
using System.Collections.Immutable;
using BiopsyFhir.Domain;

namespace BiopsyFhir.Api.Cds;

/// <summary>A test that can be ordered by code.</summary>
public sealed record OrderableTest(string Code, string Display, Finding For)
{
    /// <summary>The day on which it is wanted, when there is one.</summary>
    public DateOnly? Due => For.TestDueDate;
}

/// <summary>
/// Missing and old tests -> what to order. Only LOINC codes that the terminology marks as verified for writing; a test without one
/// is named in the card and ordered by hand.
/// </summary>
public static class OrderableTests
{
    /// <summary>The code a laboratory would expect for the rule; panels where the rule asks for a panel.</summary>
    private static readonly FrozenDictionary<string, string[]> s_codes = new Dictionary<string, string[]>
    {
        ["L-PLT"] = ["777-3"],
        ["PLT-DUE"] = ["777-3"],
        ["L-INR"] = ["6301-6"],
        ["L-INR-D1"] = ["6301-6"],
        ["L-FIB"] = ["3255-7"],
        ["L-APTT"] = ["14979-9"],
        ["L-HB"] = ["718-7"],
        ["L-CRCL-MISSING"] = ["2160-0"],
        ["W-CBC"] = ["58410-2"],
        ["W-DIFF"] = ["57021-8"],
        ["W-RETIC"] = ["17849-1"],
        ["W-SMEAR"] = ["5909-7"],
        ["W-FERR"] = ["2276-4"],
        ["W-TSAT"] = ["2502-3"],
        ["W-B12"] = ["2132-9"],
        ["W-FOL"] = ["2284-8"],
        ["W-CREAT"] = ["2160-0"],
        ["W-LFT"] = ["24323-8"],
        ["W-LDH"] = ["2532-0"],
        ["W-CRP"] = ["1988-5"],
        ["W-TSH"] = ["3016-3"],
        ["W-HEMOL"] = ["4542-7", "1971-1", "1007-4"],
        ["W-SPEP"] = ["24351-9", "36916-5", "33944-0"],
        ["W-MMA"] = ["13964-2"],
        ["W-CU"] = ["5631-7"],
        ["W-EPO"] = ["15061-5"],
    }.ToFrozenDictionary();

    /// <summary>Every rule with its codes, for the test that holds them against the terminology.</summary>
    public static IReadOnlyDictionary<string, string[]> All => s_codes;

    /// <summary>The finding asks for a result that is not there; a preliminary one is on its way and not ordered again.</summary>
    public static bool AsksForTest(Finding finding) =>
        finding.Action is FindingAction.OrderTest or FindingAction.RepeatTest
        && (finding.State is ResultState.Missing or ResultState.Stale or ResultState.Unreadable || (finding.State is null && finding.TestDueDate is not null));

    /// <summary>What to order for these findings, each code once.</summary>
    public static ImmutableArray<OrderableTest> For(IEnumerable<Finding> findings, LabCatalogue labs)
    {
        var tests = ImmutableArray.CreateBuilder<OrderableTest>();
        foreach (var finding in findings)
        {
            if (!AsksForTest(finding)) continue;
            foreach (var code in s_codes.GetValueOrDefault(finding.Rule, []))
                if (IsVerified(code, labs, out var display) && !tests.Any(t => t.Code == code)) tests.Add(new(code, display, finding));
        }
        return tests.DrainToImmutable();
    }

    public static bool IsVerified(string code, LabCatalogue labs, out string display)
    {
        display = "";
        if (!labs.ByLoinc.TryGetValue(code, out var known) || known.Analyte?.Codes.Contains(code) is not true) return false;
        display = known.Name;
        return true;
    }
}
