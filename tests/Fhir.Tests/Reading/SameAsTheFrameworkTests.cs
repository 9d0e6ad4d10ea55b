using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Fhir.Tests.Reading;

/// <summary>
/// The reading of JSON that is our own, against <see cref="Utf8JsonReader"/>: the same bytes are accepted, and the same tokens are seen in them.
/// Refused by us beyond what that reader refuses, and so here: bytes that are not UTF-8, half surrogate pairs, keys that are there twice.
/// </summary>
public class SameAsTheFrameworkTests
{
    /// <summary>Values, good and bad, that stand alone, in a list, under a name, behind and before blanks.</summary>
    private static readonly string[] s_values =
    [
        // Numbers
        "0", "-0", "1", "-1", "10", "01", "-01", "00", "-", "+1", ".5", "-.5", "1.", "1.0", "1.e1", "1.0e", "1e", "1e+", "1e-", "1e5", "1E5", "1E+5", "1e-05", "0e0", "0e", "0.0", "0.", "1.5.2", "1e5.5", "1e5e5", "1ee5", "--1", "-+1", "1-", "1+", "0x1", "1_0", "1f",
        "12345678901234567890123456789012345678901234567890", "1e999999", "0.00000000000000000000000000000000000001", "NaN", "Infinity", "-Infinity", "１", "1 2", "1,", "1\0",
        // Words
        "true", "false", "null", "True", "tru", "truee", "nul", "nulll", "fals", "falsey", "t", "f", "n", "true false", "undefined", "none",
        // Strings
        "\"\"", "\"a\"", "\"", "\"a", "a\"", "'a'", "\"a\"b\"", "\"\\\"\"", "\"\\\\\"", "\"\\\"", "\"\\/\\b\\f\\n\\r\\t\"", "\"\\a\"", "\"\\'\"", "\"\\0\"", "\"\\x41\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u1234\"", "\"\\u12345\"", "\"\\u00g0\"", "\"\\u00:0\"", "\"\\u00@0\"", "\"\\u00`0\"", "\"\\u00/0\"",
        "\"\\U0041\"", "\"\\u004\u0661\"", "\"\\u{41}\"", "\"\\u00e9\"", "\"\\u00E9\"", "\"\\u0000\"", "\"\\u0022\"", "\"\\u005c\"", "\"\\u005C\\u0022\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ude00\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ud83d\\ud83d\\ude00\"",
        "\"\\ud83d\\ude00\\ude00\"", "\"\\ud7ff\\ue000\"", "\"\\udbff\\udfff\"", "\"\\ud800\\udc00\"", "\"\\ud83d\\uDE0\"", "\"\\ud83d \\ude00\"", "\"\\ud83d/ude00\"", "\"\u0001\"", "\"\u001f\"", "\"\t\"", "\"\n\"", "\"\r\"", "\"\0\"", "\" \"", "\"\u007f\"", "\"\u0080\"", "\"\u2028\u2029\"", "\"\ufeff\"", "\"\ufffe\uffff\"", "\"é\"", "\"€\"", "\"😀\"",
        // Blanks, which are four in JSON, and notes, which there are none of
        " 1", "\t1\n", "\r\n1\r\n", "\v1", "\f1", "\u00a01", "\u20281", "\ufeff1", "1\ufeff", "/**/1", "1//", "1 // x", "1 /* x */", "#1", "",
        // Objects and lists
        "{}", "[]", "{ }", "[ ]", "{", "[", "}", "]", "{]", "[}", "[1,2]", "[1 2]", "[1,]", "[,1]", "[,]", "[1,,2]", "[1;2]", "[[]", "[]]", "[1:2]", "[\"a\":1]", "{\"a\":1}", "{\"a\":1,}", "{,\"a\":1}", "{,}", "{\"a\":1,,\"b\":2}", "{\"a\" 1}", "{\"a\":}", "{\"a\"}", "{\"a\",1}", "{:1}", "{a:1}",
        "{'a':1}", "{1:1}", "{null:1}", "{[]:1}", "{{}}", "{\"a\":1 \"b\":2}", "{\"a\":1}{}", "[][]", "{}[]", "{}1", "{} ,", ",", ":", "{\"a\"::1}", "{\"a\":1:2}", "{ \"a\" : 1 , \"b\" : [ 1 , { } ] }", "{\"\":1}", "{\"\":1,\"\":2}", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}", "{\"\\u0061\":1,\"a\":1}", "{\"a\":{\"a\":{\"a\":1}}}",
        "[{\"a\":1},{\"a\":1}]", "{\"a\\\"\":1}", "{\"a\n\":1}", "{\"\\ud83d\":1}", "{\"\\ude00\":1}", "{\"\\ud83d\\ude00\":1}", "{\"\\q\":1}", "{\"é\":1,\"\\u00e9\":2}",
    ];

    private static readonly string[] s_small =
    [
        """{"resourceType":"Observation","id":"1","value":-0.5e-3,"list":[[],{},null,true,false,"",[1,[2,{"a":[]}]]],"_x":{"a":null}}""",
        """ { "a\u0062c" : "x\n\u00e9\ud83d\ude00\\\"" , "name" : "Müller – Ümlaut" , "" : "empty" , "a\"b" : { "a\"b" : 1 } } """,
        """{"text":"a text that is longer than thirty-two bytes, so that its end is in another block","and":"one with its escape \"behind\" the first thirty-two bytes\t.","number":12345.678e+9}""",
        "[\r\n\t1,\r\n\t\"two\",\r\n\t{\r\n\t\t\"three\": [ ]\r\n\t}\r\n]\r\n",
    ];

    /// <summary>What stands in broken JSON in the place of something else.</summary>
    private static readonly byte[][] s_pieces =
    [
        .. "{}[]\",:\\/ud8DeE+-.019tfna \n\r\t"u8.ToArray().Select(b => new[] { b }),
        [0], [0x0B], [0x1F], [0x7F], [0x80], [0xC0], [0xFF], [.. "é"u8], [.. "😀"u8], [.. "\ufeff"u8], [.. "\\ud83d"u8], [.. "\\ude00"u8], [.. "\\u0022"u8], [.. "//"u8], [.. "/*"u8], [.. "null"u8], [.. ",\"id\":1"u8], [.. "\"\""u8],
    ];

    [Fact]
    public void Traps_alone_and_in_every_place()
    {
        var seen = new Seen();
        foreach (var value in s_values)
            foreach (var text in (string[])[value, $"[{value}]", $"[1,{value},1]", $"{{\"x\":{value}}}", $"{{\"x\":1,\"y\":{value},\"z\":1}}", $"{{{value}:1}}", $" {value} ", $"\n{value}\n{value}", $"[\"{new string('-', 40)}\",{value}]"])
                seen.Look(Encoding.UTF8.GetBytes(text));
        seen.BothWays(200);
    }

    /// <summary>Strings whose end, escape or fault falls on every place of a block of bytes that is looked at at once.</summary>
    [Fact]
    public void Strings_of_every_length()
    {
        var seen = new Seen();
        for (var length = 0; length <= 100; length++)
            foreach (var special in (string[])["", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\", "\n", "\0", "\u001f", " ", "\u007f", "é", "😀"])
                foreach (var behind in (int[])[0, 1, 31, 32, 33, 70])
                {
                    var text = $"{new string('x', length)}{special}{new string('y', behind)}";
                    seen.Look(Encoding.UTF8.GetBytes($"\"{text}\""));
                    seen.Look(Encoding.UTF8.GetBytes($"{{\"{text}\":\"{text}\"}}"));
                    seen.Look(Encoding.UTF8.GetBytes($"\"{text}"));
                }
        seen.BothWays(2000);
    }

    [Fact]
    public void Small_documents_cut_off_or_broken_at_every_byte()
    {
        var seen = new Seen();
        foreach (var bytes in s_small.Select(Encoding.UTF8.GetBytes))
            for (var at = 0; at <= bytes.Length; at++)
            {
                seen.Look(bytes[..at]);
                seen.Look(bytes[at..]);
                if (at < bytes.Length) seen.Look([.. bytes[..at], .. bytes[(at + 1)..]]);
                foreach (var piece in s_pieces)
                {
                    seen.Look([.. bytes[..at], .. piece, .. bytes[at..]]);
                    if (at < bytes.Length) seen.Look([.. bytes[..at], .. piece, .. bytes[(at + 1)..]]);
                }
            }
        seen.BothWays(4000);
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(66)]
    [InlineData(1000)]
    public void Depth(int levels)
    {
        var seen = new Seen();
        foreach (var inside in (string[])["", "1", "{}", "[]", "{\"a\":1}", "]", "\""])
        {
            seen.Look(Encoding.UTF8.GetBytes(new string('[', levels) + inside + new string(']', levels)));
            seen.Look(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", levels)) + (inside.Length == 0 ? "0" : inside) + new string('}', levels)));
            seen.Look(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[{\"a\":", levels / 2)) + (inside.Length == 0 ? "0" : inside) + string.Concat(Enumerable.Repeat("}]", levels / 2))));
        }
        Assert.True(levels > 64 ? seen.Accepted <= 3 : seen.Accepted > 3, $"{seen.Accepted} accepted");
    }

    [Fact]
    public void Small_documents_broken_in_several_places()
    {
        var (random, seen) = (new Random(1), new Seen());
        for (var round = 0; round < 20_000; round++) seen.Look(Broken(Encoding.UTF8.GetBytes(s_small[random.Next(s_small.Length)]), random));
        seen.BothWays(500);
    }

    [SharedDataFact]
    public void Public_samples_whole_and_broken()
    {
        var (random, seen) = (new Random(20261125), new Seen());
        foreach (var file in Directory.EnumerateFiles(SharedData.Path("data"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetExtension(file) is not ".json") continue;
            var bytes = File.ReadAllBytes(file);
            seen.Look(bytes);
            for (var times = bytes.Length < 16_384 ? 8 : bytes.Length < 131_072 ? 1 : 0; times > 0; times--) seen.Look(Broken(bytes, random));
        }
        seen.BothWays(200);
    }

    private static byte[] Broken(byte[] bytes, Random random)
    {
        var broken = new List<byte>(bytes);
        for (var change = random.Next(1, 4); change > 0 && broken.Count > 0; change--)
        {
            var at = random.Next(broken.Count);
            switch (random.Next(5))
            {
                case 0: broken.RemoveAt(at); break;
                case 1: broken.InsertRange(at, s_pieces[random.Next(s_pieces.Length)]); break;
                case 2: broken[at] = (byte)random.Next(256); break;
                case 3: broken[at] ^= (byte)(1 << random.Next(8)); break;
                default: broken.RemoveRange(at, Math.Min(random.Next(1, 40), broken.Count - at)); break;
            }
        }
        return [.. broken];
    }

    /// <summary>What was looked at, so that a test that compares nothing is seen.</summary>
    private sealed class Seen
    {
        private static readonly JsonReaderOptions s_options = new() { MaxDepth = FhirJson.MaxDepth };

        public int Accepted { get; private set; }
        private int _refused;

        public void BothWays(int least) => Assert.True(Accepted >= least && _refused >= least, $"{Accepted} accepted, {_refused} refused: too few to show anything");

        public void Look(byte[] bytes)
        {
            var theirs = TheirsAccept(bytes);
            switch (FhirJson.Parse(bytes))
            {
                case JsonRead.Ok(var mine):
                    using (mine)
                    {
                        Assert.True(theirs, $"accepted: {Shown(bytes)}");
                        var reader = new Utf8JsonReader(WithoutMark(bytes), s_options);
                        reader.Read();
                        Same(ref reader, mine.RootElement, bytes);
                        Assert.False(reader.Read());
                    }
                    Accepted++;
                    break;
                case JsonRead.Refused(var faults):
                    Assert.False(theirs, $"refused: {Shown(bytes)}: {string.Join("; ", faults)}");
                    // The fault is named by the framework's reader: had that found none, this place would be all that is said.
                    Assert.All(faults, fault => Assert.False(fault is { Where: "body", What: not "is empty" }, Shown(bytes)));
                    _refused++;
                    break;
            }
        }

        private static ReadOnlySpan<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith("\ufeff"u8) ? bytes.AsSpan(3) : bytes;

        private static bool TheirsAccept(byte[] bytes)
        {
            if (!Utf8.IsValid(bytes)) return false;
            var names = new Stack<HashSet<string>>();
            try
            {
                var reader = new Utf8JsonReader(WithoutMark(bytes), s_options);
                while (reader.Read())
                    switch (reader.TokenType)
                    {
                        case JsonTokenType.StartObject: names.Push([]); break;
                        case JsonTokenType.EndObject: names.Pop(); break;
                        case JsonTokenType.String: reader.GetString(); break;
                        case JsonTokenType.PropertyName when !names.Peek().Add(reader.GetString()!): return false;
                    }
                return true;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: half a surrogate pair
            {
                return false;
            }
        }

        /// <param name="reader">At the first token of the value; left at its last.</param>
        private static void Same(ref Utf8JsonReader reader, FhirElement mine, byte[] bytes)
        {
            var first = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    Assert.Equal(JsonValueKind.Object, mine.ValueKind);
                    var members = mine.EnumerateObject();
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        Assert.True(members.MoveNext(), Shown(bytes));
                        var name = reader.GetString()!;
                        if (members.Current.Name != name) Assert.Fail($"{name} is read as {members.Current.Name}: {Shown(bytes)}");
                        if (Ascii.IsValid(name) && !(mine.TryGetProperty(name, out var found) && found.Utf8.Overlaps(members.Current.Utf8, out var apart) && apart == 0) && members.Current.Utf8.Length > 0)
                            Assert.Fail($"{name} is not found: {Shown(bytes)}");
                        reader.Read();
                        Same(ref reader, members.Current, bytes);
                    }
                    Assert.False(members.MoveNext(), Shown(bytes));
                    break;
                case JsonTokenType.StartArray:
                    Assert.Equal(JsonValueKind.Array, mine.ValueKind);
                    var items = mine.EnumerateArray();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        Assert.True(items.MoveNext(), Shown(bytes));
                        Same(ref reader, items.Current, bytes);
                    }
                    Assert.False(items.MoveNext(), Shown(bytes));
                    break;
                case JsonTokenType.String:
                    Assert.Equal(JsonValueKind.String, mine.ValueKind);
                    if (!reader.ValueSpan.SequenceEqual(mine.Utf8) || (reader.ValueIsEscaped && reader.GetString() != mine.GetString())) Assert.Fail($"{reader.GetString()} is read as {mine.GetString()}: {Shown(bytes)}");
                    break;
                default:
                    var kind = reader.TokenType switch { JsonTokenType.Number => JsonValueKind.Number, JsonTokenType.True => JsonValueKind.True, JsonTokenType.False => JsonValueKind.False, _ => JsonValueKind.Null };
                    Assert.Equal(kind, mine.ValueKind);
                    if (!reader.ValueSpan.SequenceEqual(mine.Utf8)) Assert.Fail($"at {first}: {Shown(bytes)}");
                    break;
            }
            if (!WithoutMark(bytes)[first..(int)reader.BytesConsumed].SequenceEqual(mine.RawUtf8)) Assert.Fail($"what begins at {first} ends elsewhere: {Shown(bytes)}");
        }

        private static string Shown(byte[] bytes) => bytes.Length > 4000 ? $"{bytes.Length} bytes" : string.Concat(bytes.Select(b => b is >= 0x20 and < 0x7F ? ((char)b).ToString() : $"<{b:X2}>"));
    }
}
