using System.Text;

namespace BiopsyFhir.Scenario.Tests;

/// <summary>Every row of tests/Scenarios/tables. A failing one prints what differs.</summary>
public class TableTests
{
    public static TheoryData<string> Tables => [.. TableRow.All.Select(r => r.Table).Distinct()];

    [Theory, MemberData(nameof(Tables))]
    public void Every_row_of_a_table_is_answered_as_it_says(string table)
    {
        var wrong = new StringBuilder();
        foreach (var row in TableRow.All.Where(r => r.Table == table))
        {
            var differences = Compare.Differences(Ask(row)).ToList();
            if (differences.Count > 0) wrong.Append(System.Globalization.CultureInfo.InvariantCulture, $"{row.Expected["case"]}\n    {string.Join("\n    ", differences)}\n");
        }
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    private static Scenario Ask(TableRow row) => Scenario.Ask(row.Where, row.Query, Encoding.UTF8.GetBytes(row.Bundle.ToJsonString()), row.Expected);
}
