namespace BiopsyFhir.Domain.Tests.Drugs;

public sealed class DoseTests
{
    [Fact]
    public void A_dose_a_day_is_the_product() => Assert.Equal(10m, new Dose(5, "mg", 2, [], false).PerDay);

    /// <summary>Found by the fuzzer: the product of two absurd numbers stopped the assessment.</summary>
    [Theory]
    [InlineData("79228162514264337593543950335", "2")]
    [InlineData("9999999999999999", "9999999999999999")]
    public void A_product_beyond_any_dose_is_not_known(string each, string times)
    {
        var dose = new Dose(decimal.Parse(each, System.Globalization.CultureInfo.InvariantCulture), "mg", decimal.Parse(times, System.Globalization.CultureInfo.InvariantCulture), [], false);
        Assert.Null(dose.PerDay);
        Assert.Null(dose.MgPerDay);
    }

    [Fact]
    public void What_is_not_said_stays_unknown() => Assert.Null(new Dose(5, "mg", null, [], false).PerDay);
}
