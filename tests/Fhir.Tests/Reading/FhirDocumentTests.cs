using System.Text;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>The index of a body against the parser of the framework: the same is accepted, and the same is read.</summary>
public class FhirDocumentTests
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = FhirJson.MaxDepth };

    private static readonly string[] s_whole =
    [
        """{"resourceType":"Bundle","entry":[{"resource":{"id":"1","value":-0.5e-3,"list":[[],{},null,true,false,"",[1,[2,{"a":[]}]]],"_x":{"a":null}}}]}""",
        """{"a\u0062c":"x\n\u00e9\ud83d\ude00\\\"","name":"Müller – Ümlaut","":"empty","a\"b":{"a\"b":1},"abc2":[{"k":1},{"k":2}]}""",
        """ [ "text" , 12 , { "one" : { "two" : { "three" : [ ] } } } ] """,
        """{"status":"final","system":"s","statuz":1,"stotus":2,"tastus":3}""",
        "\"alone\"", "17", "null", "{}", "[]",
    ];

    [Fact]
    public void Every_value_is_read_as_the_frameworks_parser_reads_it()
    {
        foreach (var json in s_whole)
        {
            using var mine = FhirDocument.Of(json);
            using var theirs = JsonDocument.Parse(json);
            Same(theirs.RootElement, mine.RootElement);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_is_broken_in_a_text_both_refuse_it_or_read_the_same(int seed)
    {
        var random = new Random(seed);
        const string alphabet = "{}[]\",:\\ud8e+-.0123456789tfn \n\u00e9";
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < 6000; round++)
        {
            var text = new StringBuilder(s_whole[random.Next(s_whole.Length)]);
            for (var change = random.Next(1, 4); change > 0 && text.Length > 0; change--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0: text.Remove(at, 1); break;
                    case 1: text.Insert(at, alphabet[random.Next(alphabet.Length)]); break;
                    default: text[at] = alphabet[random.Next(alphabet.Length)]; break;
                }
            }
            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            using var theirs = Theirs(bytes);
            if (FhirJson.Parse(bytes) is JsonRead.Ok(var mine))
            {
                using (mine)
                {
                    Assert.True(theirs is not null, $"accepted: {text}");
                    Same(theirs.RootElement, mine.RootElement);
                }
                accepted++;
            }
            else
            {
                Assert.True(theirs is null, $"refused: {text}");
                refused++;
            }
        }
        Assert.True(accepted > 300 && refused > 300, $"{accepted} accepted, {refused} refused: the changes show nothing");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(300)]
    [InlineData(40_000)]
    public void A_key_is_found_in_objects_of_any_size_and_so_is_one_that_comes_again(int members)
    {
        string Object(IEnumerable<int> names) => $"{{{string.Join(',', names.Select(n => $"\"member-{n:000000}\":{{\"x\":1}}"))}}}";
        using (var once = FhirDocument.Of(Object(Enumerable.Range(0, members))))
        {
            foreach (var there in (int[])[0, members / 2, members - 1]) Assert.Equal(1, once.RootElement.Member($"member-{there:000000}").Whole("x"));
            Assert.False(once.RootElement.Has($"member-{members:000000}"));
        }
        foreach (var again in (int[])[0, members / 2, members - 1])
            Assert.IsType<JsonRead.Refused>(FhirJson.Parse(Encoding.UTF8.GetBytes(Object(Enumerable.Range(0, members).Append(again)))));
    }

    [Fact]
    public void Names_that_differ_in_the_middle_only_are_not_taken_for_each_other()
    {
        using var document = FhirDocument.Of("""{"abcde":1,"abXde":2,"aYcde":3}""");
        Assert.Equal(1, document.RootElement.Whole("abcde"));
        Assert.Equal(2, document.RootElement.Whole("abXde"));
        Assert.Equal(3, document.RootElement.Whole("aYcde"));
        Assert.Null(document.RootElement.Whole("aZcde"));
        Assert.Null(document.RootElement.Whole("abcd"));
    }

    [Fact]
    public void A_name_with_escapes_is_found_by_what_it_means()
    {
        using var document = FhirDocument.Of("""{"st\u0061tus":"final"}""");
        Assert.Equal("final", document.RootElement.Text("status"));
        Assert.True(document.RootElement.EnumerateObject().Single().ValueEquals("final"));
    }

    [Fact]
    public void After_it_is_disposed_nothing_is_read_from_it()
    {
        var document = FhirDocument.Of("""{"a":1}""");
        var root = document.RootElement;
        document.Dispose();
        Assert.Throws<ObjectDisposedException>(() => root.Member("a"));
    }

    [Theory]
    [InlineData("""{"a":1.0,"b":[1,2]}""", """{ "b":[1, 2],"a":1 }""", true)]
    [InlineData("""{"a":"é"}""", """{"a":"\u00e9"}""", true)]
    [InlineData("""{"b":[1,2]}""", """{"b":[2,1]}""", false)]
    public void Two_values_are_equal_when_they_mean_the_same(string one, string other, bool equal)
    {
        using var first = FhirDocument.Of(one);
        using var second = FhirDocument.Of(other);
        Assert.Equal(equal, FhirElement.DeepEquals(first.RootElement, second.RootElement));
    }

    /// <summary>Half a surrogate pair is refused by us and let through by the framework until it is read.</summary>
    private static JsonDocument? Theirs(byte[] bytes)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(bytes, s_strict);
            Read(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            return null;
        }
    }

    private static void Read(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) _ = json.GetString();
        else if (json.ValueKind == JsonValueKind.Array) foreach (var item in json.EnumerateArray()) Read(item);
        else if (json.ValueKind == JsonValueKind.Object)
            foreach (var member in json.EnumerateObject())
            {
                _ = member.Name;
                Read(member.Value);
            }
    }

    private static void Same(JsonElement theirs, FhirElement mine)
    {
        Assert.Equal(theirs.ValueKind, mine.ValueKind);
        Assert.Equal(theirs.GetRawText(), mine.GetRawText());
        switch (theirs.ValueKind)
        {
            case JsonValueKind.String:
                Assert.Equal(theirs.GetString(), mine.GetString());
                Assert.True(mine.ValueEquals(theirs.GetString()!));
                break;
            case JsonValueKind.Array:
                foreach (var (their, my) in theirs.EnumerateArray().Zip(mine.EnumerateArray())) Same(their, my);
                Assert.Equal(theirs.GetArrayLength(), mine.EnumerateArray().Count());
                break;
            case JsonValueKind.Object:
                Assert.Equal(theirs.EnumerateObject().Select(m => m.Name), mine.EnumerateObject().Select(m => m.Name));
                foreach (var member in theirs.EnumerateObject())
                {
                    Assert.True(mine.TryGetProperty(member.Name, out var value) || member.Name.Any(c => !char.IsAscii(c)), member.Name);
                    if (value.ValueKind != JsonValueKind.Undefined) Same(member.Value, value);
                }
                break;
        }
    }
}
