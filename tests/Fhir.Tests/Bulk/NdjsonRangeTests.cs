using System.Text;
using BiopsyFhir.Fhir.Bulk;

namespace BiopsyFhir.Fhir.Tests.Bulk;

public sealed class NdjsonRangeTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("\n\na\n\nbb\r\n  \nccc")]
    [InlineData("one\ntwo\nthree\nfour\nfive\n")]
    public void However_a_file_is_cut_every_line_is_read_once_with_its_place(string text)
    {
        File.WriteAllText(file, text);
        var expected = text.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0).ToList();
        for (var first = 0; first <= text.Length; first++)
            for (var second = first; second <= text.Length; second++)
            {
                var (lines, places) = (new List<string>(), new List<long>());
                foreach (var (from, to) in new[] { (0, first), (first, second), (second, text.Length) })
                    if (to > from) Read(new(file, from, to), lines, places);
                Assert.Equal(expected, lines);
                Assert.All(places.Zip(lines), p => Assert.StartsWith(p.Second, text[(int)p.First..], StringComparison.Ordinal));
            }
    }

    [Fact]
    public void A_line_longer_than_any_buffer_so_far_is_whole_and_one_beyond_the_limit_is_said()
    {
        var big = new string('x', 5_000_000);
        using (var to = new StreamWriter(file))
        {
            to.Write($"a\n{big}\nb\n");
            for (var i = 0; i < 21; i++) to.Write(new string('y', 1024 * 1024));
            to.Write("\nc\n");
        }
        var (lines, places, tooLong) = (new List<string>(), new List<long>(), new List<long>());
        Read(new(file, 0, new FileInfo(file).Length), lines, places, tooLong);
        Assert.Equal(["a", big, "b", "c"], lines);
        Assert.Equal([5_000_005L], tooLong);
        Assert.Equal(5_000_005L + 21 * 1024 * 1024 + 1, places[^1]);
    }

    private static void Read(NdjsonRange range, List<string> lines, List<long> places, List<long>? tooLong = null) => range.Read((line, at) =>
    {
        lines.Add(Encoding.UTF8.GetString(line.Span));
        places.Add(at);
    }, at => (tooLong ?? []).Add(at), _ => { }, CancellationToken.None);
}
