using System.Collections;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>Items of a list, or the one value that stands in its place. A value of its own: a chart has tens of thousands of lists.</summary>
public readonly struct JsonItems(FhirElement member) : IEnumerable<FhirElement>
{
    public bool IsEmpty => !GetEnumerator().MoveNext();

    public Enumerator GetEnumerator() => new(member);

    IEnumerator<FhirElement> IEnumerable<FhirElement>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public struct Enumerator : IEnumerator<FhirElement>
    {
        private readonly bool _isList;
        private FhirElement.Children _list;
        private FhirElement _single;

        internal Enumerator(FhirElement member)
        {
            _isList = member.ValueKind == JsonValueKind.Array;
            if (_isList) _list = member.EnumerateArray();
            else _single = member;
        }

        public FhirElement Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (_isList)
            {
                while (_list.MoveNext())
                    if (_list.Current.ValueKind != JsonValueKind.Null)
                    {
                        Current = _list.Current;
                        return true;
                    }
                return false;
            }
            if (_single.ValueKind == JsonValueKind.Undefined) return false;
            (Current, _single) = (_single, default);
            return true;
        }

        public readonly void Reset() => throw new NotSupportedException();

        public readonly void Dispose() { }
    }
}
