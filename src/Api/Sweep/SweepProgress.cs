using System.Globalization;

namespace BiopsyFhir.Api.Sweep;

/// <summary>One line that tells how far the sweep is, how fast, and for how long; redrawn in a terminal, printed now and then elsewhere.</summary>
public sealed class SweepProgress(TextWriter output, bool redraw, TimeProvider clock)
{
    private static readonly TimeSpan s_redrawEvery = TimeSpan.FromMilliseconds(200), s_printEvery = TimeSpan.FromSeconds(10);
    private readonly Lock _one = new();
    private string _what = "";
    private long _of, _done, _began, _told;

    public void Begin(string what, long bytes)
    {
        lock (_one) (_what, _of, _done, _began, _told) = (what, bytes, 0, clock.GetTimestamp(), 0);
    }

    public void Advance(long bytes)
    {
        lock (_one)
        {
            _done += bytes;
            if (_told != 0 && clock.GetElapsedTime(_told) < (redraw ? s_redrawEvery : s_printEvery)) return;
            _told = clock.GetTimestamp();
            output.Write((redraw ? "\r" : "") + Line() + (redraw ? "   " : Environment.NewLine));
        }
    }

    public void End()
    {
        lock (_one)
        {
            _done = _of;
            output.Write((redraw ? "\r" : "") + Line() + "   " + Environment.NewLine);
        }
    }

    /// <summary><c>dealing out  [#####-----]  52 %  10.4 of 20.0 GB  390 MB/s  0:25 left</c></summary>
    private string Line()
    {
        var took = clock.GetElapsedTime(_began).TotalSeconds;
        var share = _of == 0 ? 1 : Math.Min(1, (double)_done / _of);
        var rate = took > 0 ? _done / took : 0;
        var left = rate > 0 && share < 1 ? $"{TimeSpan.FromSeconds(Math.Ceiling((_of - _done) / rate)):m\\:ss} left" : $"{TimeSpan.FromSeconds(took):m\\:ss}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{_what,-22}[{new string('#', (int)(share * 20)),-20}] {share * 100,3:0} %  {_done / 1e9:0.00} of {_of / 1e9:0.00} GB  {rate / 1e6:0} MB/s  {left}");
    }
}
