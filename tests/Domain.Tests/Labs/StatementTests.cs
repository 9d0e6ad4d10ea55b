namespace BiopsyFhir.Domain.Tests.Labs;

/// <summary>What fills a sentence comes from the chart: it must not be able to change the sentence, nor an empty one leave gaps.</summary>
public class StatementTests
{
    [Theory]
    [InlineData("{liver} {more} INR {value}.", "", "2.6", "INR 2.6.")]
    [InlineData("INR {value}. {liver} {more}", "", "2.6", "INR 2.6.")]
    [InlineData("INR {value}. {liver} Repeat.", "", "2.6", "INR 2.6. Repeat.")]
    [InlineData("INR {value}. {liver}", "Liver {value} disease {other}.", "2.6", "INR 2.6. Liver {value} disease {other}.")]
    [InlineData("{other} {value}", "", "2.6", "{other} 2.6")]
    public void Blanks_are_filled_once(string template, string liver, string value, string said) =>
        Assert.Equal(said, new Statement(Severity.Info, FindingAction.Review, "INR", template, []).Say("L-INR", "inr", [], ("value", value), ("liver", liver), ("more", "")).Detail);
}
