using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

public class FhirDatesTests
{
    [Theory]
    [InlineData("2026", "2026-01-01", "2026-12-31")]
    [InlineData("2026-02", "2026-02-01", "2026-02-28")]
    [InlineData("2024-02", "2024-02-01", "2024-02-29")]
    [InlineData("2026-03-11", "2026-03-11", "2026-03-11")]
    [InlineData(" 2026-03-11 ", "2026-03-11", "2026-03-11")]
    [InlineData("2026-03-11T23:30:00-05:00", "2026-03-12", "2026-03-12")] // EDT began on the 8th: 00:30 local
    [InlineData("2026-03-12T03:30:00Z", "2026-03-11", "2026-03-11")] // the local day, not the UTC day
    [InlineData("2026-03-12T03:30:00.123456789Z", "2026-03-11", "2026-03-11")]
    [InlineData("2026-03-12T03:30Z", "2026-03-11", "2026-03-11")]
    [InlineData("2026-03-11T23:30:00", "2026-03-11", "2026-03-11")] // without offset: local
    [InlineData("2026-03-11T23:59:60Z", "2026-03-11", "2026-03-11")] // leap second
    public void Every_precision_is_read(string text, string first, string last)
    {
        var date = FhirDates.Read(text, Charts.NewYork);
        Assert.Equal((DateOnly.Parse(first), DateOnly.Parse(last)), (date!.Value.First, date.Value.Last));
    }

    [Theory]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-29")]
    [InlineData("2026-00-10")]
    [InlineData("2026-3-1")]
    [InlineData("03/11/2026")]
    [InlineData("20260311")]
    [InlineData("2026-03-11T25:00:00Z")]
    [InlineData("2026-03-11T10:00:00+15:00")]
    [InlineData("2026-03-11T")]
    [InlineData("9999-12-31")]
    [InlineData("0001-01-01")]
    [InlineData("٢٠٢٦-٠٣-١١")]
    [InlineData("today")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_date_is_null(string? text)
    {

        Assert.Null(FhirDates.Read(text, Charts.NewYork));
    }

    [Fact]
    public void A_time_that_the_clock_skips_moves_on_and_one_that_it_shows_twice_is_the_earlier()
    {
        Assert.Equal(DateTimeOffset.Parse("2026-03-08T03:30:00-04:00"), FhirDates.Read("2026-03-08T02:30:00", Charts.NewYork)!.Value.At);
        Assert.Equal(DateTimeOffset.Parse("2026-11-01T01:30:00-04:00"), FhirDates.Read("2026-11-01T01:30:00", Charts.NewYork)!.Value.At);
    }

    [Theory]
    [InlineData("1850-01-01T00:00:00+14:00")]
    [InlineData("2199-12-31T23:59:59-14:00")]
    [InlineData("2199")]
    public void The_edges_of_the_range_do_not_overflow(string text) => Assert.NotNull(FhirDates.Read(text, Charts.NewYork));

    [Fact]
    public void An_end_in_the_year_9999_is_no_end_and_no_fault()
    {
        var chart = Charts.Of("""{"resourceType":"MedicationStatement","id":"1","status":"active","medicationCodeableConcept":{"text":"warfarin"},"effectivePeriod":{"start":"2020-01-01","end":"9999-12-31"}}""");
        Assert.Null(Assert.Single(chart.Medications).Ended);
        Assert.Empty(chart.Unread);
    }

    [Fact]
    public void A_date_that_cannot_be_read_is_said_and_never_today()
    {
        var chart = Charts.Of("""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Platelets"},"effectiveDateTime":"2026-02-30","valueQuantity":{"value":200}}""");
        Assert.Null(Assert.Single(chart.Results).Effective);
        Assert.Equal(new Unread("effectiveDateTime of Observation/1", "'2026-02-30' is no date.", MightHide.SafetyLab), Assert.Single(chart.Unread));
    }
}
