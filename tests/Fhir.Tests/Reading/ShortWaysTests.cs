using System.Globalization;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>Where reading has a short way for what nearly always comes, it reads the same as the long one.</summary>
public class ShortWaysTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("0.0")]
    [InlineData("0.000")]
    [InlineData("9.10")]
    [InlineData("142")]
    [InlineData("-3.5")]
    [InlineData("100000000000000000")]
    [InlineData("999999999999999999")]
    [InlineData("9999999999999999999")]
    [InlineData("1234567890123456789")]
    [InlineData("12345678901234567.8")]
    [InlineData("0.99999999999999999")]
    [InlineData("0.999999999999999999")]
    [InlineData("0.12345678901234567890")]
    [InlineData("4294967296.4294967296")]
    [InlineData("2147483648")]
    [InlineData("1e2")]
    [InlineData("1.50E+1")]
    public void A_number_and_its_places_are_read_as_the_framework_reads_them(string number)
    {
        using var document = FhirDocument.Of($$"""{"value":{{number}}}""");
        var theirs = decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        var mine = document.RootElement.Number("value")!.Value;
        Assert.Equal(decimal.GetBits(theirs), decimal.GetBits(mine));
    }

    [Theory]
    [InlineData("""{"value":9.1,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}""", "g/dL", "g/dL", null)]
    [InlineData("""{"value":9.1,"comparator":"<","unit":"g/dL"}""", "g/dL", null, "<")]
    [InlineData("""{"value" : 9.1 , "unit" : " g/dL " }""", " g/dL ", null, null)]
    [InlineData("""{"unit":"g/L","value":9.1,"code":"g/L"}""", "g/L", "g/L", null)]
    [InlineData("""{"value":9.1,"units":"mg/dL"}""", "mg/dL", null, null)]
    [InlineData("""{"value":9.1}""", null, null, null)]
    [InlineData("""{"value":9.1,"unit":7,"code":null}""", null, null, null)]
    [InlineData("""{"value":9.1,"extension":[{"url":"x","valueString":"told by her sister"}],"unit":"fL"}""", "fL", null, null)]
    public void A_quantity_says_its_unit_whatever_stood_there_before(string quantity, string? unit, string? code, string? comparator)
    {
        foreach (var amount in (decimal[])[9.1m, 12, 0.05m])
        {
            var value = Charts.Result($$"""{"resourceType":"Observation","id":"1","status":"final","code":{"text":"c"},"valueQuantity":{{quantity.Replace("9.1", amount.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}}}""").Value;
            var read = Assert.IsType<ResultValue.Quantity>(value);
            Assert.Equal((amount, unit, code, comparator), (read.Amount, read.Unit, read.UnitCode, read.Comparator));
        }
    }

    /// <summary>Few references are looked for entry by entry, more by a table.</summary>
    [Fact]
    public void A_reference_finds_the_same_entry_the_first_time_and_the_hundredth()
    {
        string[] addresses =
        [
            "https://one.example/fhir/Condition/a", "https://two.example/fhir/Condition/b", "https://one.example/fhir/Condition/c/_history/3", " https://one.example/fhir/Condition/d ", "urn:uuid:5a64d3b0-0000-0000-0000-000000000001",
            "https:\\/\\/one.example\\/fhir\\/Condition\\/f", "Condition/g", "https://one.example/fhir/Condition/é", "\u00a0https://one.example/fhir/Condition/i\u00a0", "https://one.example/fhir/Condition/a", "https://one.example/fhir/Condition/kk", " ",
        ];
        var entries = addresses.Select((address, n) => $$"""{"fullUrl":"{{address}}","resource":{"resourceType":"Condition","id":"{{(char)('a' + n)}}"} }""").Append("""{"resource":{"resourceType":"Condition","id":"z"}}""");
        using var document = FhirDocument.Of($$"""{"resourceType":"Bundle","entry":[{{string.Join(',', entries)}}]}""");
        string[] asked =
        [
            .. addresses.Select(a => a.Replace("\\", "", StringComparison.Ordinal)), "Condition/a", "Condition/b", "Condition/c", "Condition/d", "Condition/f", "Condition/i", "Condition/k", "Condition/z", "Condition/é", "condition/a", "https://one.example/fhir/Condition/c",
            "https://one.example/fhir/Condition/d", "https://one.example/fhir/Condition/i", "https://one.example/fhir/Condition/k", "https://two.example/fhir/Condition/a", "https://one.example/fhir/Condition/", "https://one.example/fhir/Condition", "x", "",
        ];
        var found = 0;
        foreach (var reference in asked)
            foreach (var oneServer in (bool[])[false, true])
            {
                var content = Bundles.Read(document.RootElement).Entries;
                var references = new References(content, oneServer);
                var first = Find(references, content[0], reference);
                for (var more = 0; more < 40; more++) Find(references, content[0], "Condition/nothing");
                Assert.True(first == Find(references, content[0], reference), reference);
                if (first is not null) found++;
            }
        Assert.InRange(found, 20, (asked.Length * 2) - 4);
    }

    private static Entry? Find(References references, Entry from, string reference) => references.TryFind(from, reference, out var target) ? target.In : null;

    /// <summary>A subject that only its address on one server leads to: whose an entry is depends on the server that the entry came from.</summary>
    [Theory]
    [InlineData("https://one.example/fhir/Observation/1", "https://one.example/fhir/Observation/2", 2)]
    [InlineData("https://one.example/fhir/Observation/1", "https://two.example/fhir/Observation/2", 1)]
    [InlineData("https://two.example/fhir/Observation/1", "https://one.example/fhir/Observation/2", 1)]
    [InlineData("https://one.example/fhir/Observation/1", "https://two.example/fhir/Observation/2/_history/1", 1)]
    [InlineData("https://one.example/fhir/Observation/1/_history/1", "https://one.example/fhir/Observation/2", 2)]
    [InlineData("https://one.example/fhir/Observation/1", "urn:uuid:5a64d3b0-0000-0000-0000-000000000001", 1)]
    public void The_same_subject_named_from_another_server_is_somebody_else(string one, string other, int hers)
    {
        string Result(string address, int id) => $$"""{"fullUrl":"{{address}}","resource":{"resourceType":"Observation","id":"{{id}}","status":"final","code":{"text":"c"},"valueInteger":1,"subject":{"reference":"Patient/q"} } }""";
        var chart = Charts.Ok(Charts.Bundle($$"""{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"https://one.example/fhir/Patient/q","resource":{{Charts.Patient}}},{{Result(one, 1)}},{{Result(other, 2)}}]}"""));
        Assert.Equal(hers, chart.Results.Length);
        Assert.Equal(2 - hers, chart.Unread.Count(u => u.Why.Contains("another patient", StringComparison.Ordinal)));
    }

    /// <summary>More dates, ranges and concepts than are kept while one chart is read.</summary>
    [Fact]
    public void What_comes_again_later_is_read_as_it_was_first()
    {
        string Result(int n, int day) => $$"""
            {"resourceType":"Observation","id":"{{n}}","status":"final","code":{"text":"c{{day}}"},"valueQuantity":{"value":{{n}},"unit":"u{{day}}"},"effectiveDateTime":"{{new DateOnly(2020, 1, 1).AddDays(day):yyyy-MM-dd}}",
             "referenceRange":[{"low":{"value":{{day}}},"text":"t{{day}}"}]}
            """;
        var chart = Charts.Of([.. Enumerable.Range(0, 1500).Select(n => Result(n, n * 7 % 500))]);
        Assert.Equal(1500, chart.Results.Length);
        Assert.All(chart.Results, result =>
        {
            var n = int.Parse(result.Reference.Split('/')[1], CultureInfo.InvariantCulture);
            var day = n * 7 % 500;
            Assert.Equal(new DateOnly(2020, 1, 1).AddDays(day), result.Effective!.Value.First);
            Assert.Equal(($"c{day}", (decimal?)day, $"t{day}"), (result.Code.Text, result.Ranges[0].Low, result.Ranges[0].Text));
            Assert.Equal(new ResultValue.Quantity(n, null, $"u{day}", null, null), result.Value);
        });
        Assert.Equal(chart.Results.Select(r => r.Reference).Order(StringComparer.Ordinal), chart.Results.Select(r => r.Reference));
    }
}
