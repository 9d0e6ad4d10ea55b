using System.Buffers;

namespace BiopsyFhir.Fhir.Bulk;

/// <summary>Called with each line.</summary>
/// <param name="line">Without its line end; only valid during the call.</param>
/// <param name="at">Byte of the file at which it begins.</param>
public delegate void OnLine(ReadOnlyMemory<byte> line, long at);

/// <summary>
/// A part of an NDJSON file: a line belongs to the part in which its first byte stands, so that parts read by different workers
/// together give every line once. A line may run beyond the end of its part.
/// </summary>
public sealed record NdjsonRange(string Path, long From, long To)
{
    /// <summary>One resource; what is longer is said to be unreadable.</summary>
    public const int LongestLine = 20 * 1024 * 1024;

    private const int Chunk = 1024 * 1024;

    /// <param name="onLine">Each line that is not blank.</param>
    /// <param name="onTooLong">The place of each line that is longer than <see cref="LongestLine"/>.</param>
    /// <param name="read">Told how many bytes of the part have been read since it was told last.</param>
    public void Read(OnLine onLine, Action<long> onTooLong, Action<long> read, CancellationToken cancel)
    {
        using var file = File.OpenHandle(Path, options: FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            // One byte early: where the part begins behind a line end, its first line is its own.
            var bufferAt = Math.Max(0, From - 1); // file position of buffer[0]
            var (start, filled) = (0, 0); // the line under way is buffer[start..filled]
            var another = From > 0; // the line under way began before the part
            long? tooLongAt = null;
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                if (filled == buffer.Length) MakeRoom();
                var got = RandomAccess.Read(file, buffer.AsSpan(filled), bufferAt + filled);
                read(got);
                var unsearched = filled;
                filled += got;
                while (buffer.AsSpan(unsearched, filled - unsearched).IndexOf((byte)'\n') is >= 0 and var length)
                {
                    if (!EndOfLine(unsearched + length)) return;
                    start = unsearched = unsearched + length + 1;
                    if (bufferAt + start >= To) return;
                }
                if (got > 0) continue;
                EndOfLine(filled);
                return;
            }

            void MakeRoom()
            {
                if (start > 0)
                {
                    buffer.AsSpan(start, filled - start).CopyTo(buffer);
                    (bufferAt, filled, start) = (bufferAt + start, filled - start, 0);
                }
                else if (buffer.Length <= LongestLine)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                else
                {
                    tooLongAt ??= bufferAt;
                    (bufferAt, filled) = (bufferAt + filled, 0);
                }
            }

            // False when the line no longer belongs to the part.
            bool EndOfLine(int end)
            {
                var (at, line) = (tooLongAt ?? bufferAt + start, buffer.AsMemory(start, end - start));
                var (isLong, mine) = (tooLongAt is not null, !another);
                (another, tooLongAt) = (false, null);
                if (!mine) return true;
                if (at >= To) return false;
                line = line[..line.Span.TrimEnd(" \t\r"u8).Length];
                if (isLong || line.Length > LongestLine) onTooLong(at);
                else if (line.Length > 0) onLine(line, at);
                return true;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
