using System.Collections.Concurrent;

namespace BiopsyFhir.Domain;

/// <summary>
/// What was recognised of concepts that come with many charts (<see cref="Concept.Shared"/>): worked out once, for all charts, as long
/// as the catalogue is in use. Of any other concept it is worked out anew, so that no patient's words stay. Bounded. The work must
/// depend on the concept alone.
/// </summary>
internal sealed class Remembered<T>
{
    private const int Most = 8192;

    private readonly ConcurrentDictionary<Concept, T> _known = new(ReferenceEqualityComparer.Instance);
    private int _count;

    public T Of<TInput>(Concept concept, TInput input, Func<Concept, TInput, T> work)
    {
        if (!concept.Shared) return work(concept, input);
        if (_known.TryGetValue(concept, out var known)) return known;
        known = work(concept, input);
        if (Interlocked.Increment(ref _count) > Most)
        {
            _known.Clear();
            _count = 0;
        }
        _known[concept] = known;
        return known;
    }
}
