using System.Reflection;
using System.Text.RegularExpressions;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>The SMART App Launch checklist has 52 rows; a row without a test that names it is not known to hold.</summary>
public sealed partial class ChecklistTests
{
    // L-50, writing only after reading the CapabilityStatement, is decided where write-back is planned, and tested there.
    private static readonly int[] TestedWithWriteBack = [50];

    [Fact]
    public void Every_row_of_the_checklist_is_named_by_a_test()
    {
        var named = Assembly.GetExecutingAssembly().GetTypes().SelectMany(t => t.GetMethods())
            .Where(m => m.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(m => Row().Matches(m.Name)).Select(m => int.Parse(m.Groups[1].Value)).ToHashSet();
        Assert.Empty(Enumerable.Range(1, 52).Except(named).Except(TestedWithWriteBack));
    }

    [GeneratedRegex(@"L_(\d\d)_")]
    private static partial Regex Row();
}
