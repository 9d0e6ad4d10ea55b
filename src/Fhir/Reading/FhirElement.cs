using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace BiopsyFhir.Fhir.Reading;

/// <summary>One value of a <see cref="FhirDocument"/>, alive as long as that. The default value is one of kind Undefined: something that is not there.</summary>
public readonly struct FhirElement
{
    private readonly FhirDocument? _document;
    private readonly int _at;

    internal FhirElement(FhirDocument document, int at)
    {
        _document = document;
        _at = at;
    }

    public JsonValueKind ValueKind => _document is null ? JsonValueKind.Undefined : _document.Values[_at].Kind;

    /// <summary>The value as it stands in the body; a string without its quotes, with its escapes.</summary>
    public ReadOnlySpan<byte> Utf8 => _document is null ? [] : _document.Bytes.Slice(_document.Values[_at].Start, _document.Values[_at].Length);

    /// <summary>The value as it stands in the body; a string with its quotes.</summary>
    public ReadOnlySpan<byte> RawUtf8 => _document is null ? [] : ValueKind == JsonValueKind.String
        ? _document.Bytes.Slice(_document.Values[_at].Start - 1, _document.Values[_at].Length + 2) : Utf8;

    /// <summary>A string whose bytes are not its letters.</summary>
    internal bool IsEscaped => _document is not null && _document.Values[_at].Escaped;

    public string GetRawText() => Encoding.UTF8.GetString(RawUtf8);

    /// <summary>The text of a string; null for anything else.</summary>
    public string? GetString()
    {
        if (ValueKind != JsonValueKind.String) return null;
        if (!IsEscaped) return Encoding.UTF8.GetString(Utf8);
        var reader = new Utf8JsonReader(RawUtf8);
        reader.Read();
        return reader.GetString();
    }

    /// <summary>The same for a text that comes with many patients (see <see cref="CommonTexts"/>).</summary>
    internal string? GetCommonString() => ValueKind == JsonValueKind.String && !IsEscaped ? CommonTexts.Of(Utf8) : GetString();

    /// <summary>Whether it is a string with this text.</summary>
    public bool ValueEquals(string text)
    {
        if (ValueKind != JsonValueKind.String) return false;
        return IsEscaped ? GetString() == text : Utf8.Length == Encoding.UTF8.GetByteCount(text) && GetString() == text;
    }

    public bool TryGetBytesFromBase64(out byte[] bytes)
    {
        bytes = [];
        if (ValueKind != JsonValueKind.String) return false;
        using var json = ToJsonDocument();
        return json.RootElement.TryGetBytesFromBase64(out bytes!);
    }

    /// <summary>A member that is there; null counts as there.</summary>
    /// <param name="name">ASCII.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the mark of a name that is written out is known to the compiler
    public bool TryGetProperty(string name, out FhirElement value) => TryFind(name, NameMark.Of(name), out value);

    private bool TryFind(string name, uint mark, out FhirElement value)
    {
        value = default;
        if (_document is null) return false;
        var values = _document.Values;
        ref readonly var self = ref values[_at];
        if (self.Kind != JsonValueKind.Object || (self.Names & NameMark.Half(NameMark.Bit(mark))) == 0) return false;
        if (self.Members != JsonValue.NotListed) return TryFindListed(self, name, mark, out value);
        for (int i = _at + 1, end = self.Next; i < end; i = values[i].Next)
            if (values[i].NameMark == mark && IsNamed(values[i], name))
            {
                value = new(_document, i);
                return true;
            }
        return false;
    }

    private bool TryFindListed(in JsonValue self, string name, uint mark, out FhirElement value)
    {
        var marks = _document!.MarksOf(self);
        for (int member = marks.IndexOf((int)mark), next; member >= 0; member = next < 0 ? next : member + 1 + next)
        {
            value = new(_document, _document.PlaceOf(self, member));
            if (IsNamed(_document.Values[value._at], name)) return true;
            next = marks[(member + 1)..].IndexOf((int)mark); // another name with the same mark
        }
        value = default;
        return false;
    }

    /// <summary>The items of a list; nothing for anything else.</summary>
    public Children EnumerateArray() => new(ValueKind == JsonValueKind.Array ? this : default);

    /// <summary>The members of an object; nothing for anything else.</summary>
    public Children EnumerateObject() => new(ValueKind == JsonValueKind.Object ? this : default);

    /// <summary>Those whose names begin with an ASCII letter.</summary>
    internal Children EnumerateObject(char letter) => new(ValueKind == JsonValueKind.Object ? this : default, letter);

    /// <summary>The name under which it stands in its object.</summary>
    public string Name => _document is { } document && document.Values[_at] is { Name: >= 0 } value ? FhirDocument.NameAt(document.Bytes, value.Name, value.NameEscaped) : "";

    /// <param name="name">ASCII.</param>
    internal bool HasName(string name) => _document is { } document && document.Values[_at] is { Name: >= 0 } value && value.NameMark == NameMark.Of(name) && IsNamed(value, name);

    /// <summary>What stands behind an object's first member.</summary>
    /// <returns>False when that is not the first: then more of it stands before.</returns>
    internal bool TryGetRestAfterFirst(FhirElement member, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (_document is null || member._document != _document || member._at != _at + 1) return false;
        ref readonly var self = ref _document.Values[_at];
        ref readonly var first = ref _document.Values[member._at];
        rest = _document.Bytes[(first.Start + first.Length)..(self.Start + self.Length)];
        return true;
    }

    /// <summary>For the few places that hand a piece of the body on as it came, or compare two by their meaning.</summary>
    public JsonDocument ToJsonDocument() => JsonDocument.Parse(RawUtf8.ToArray(), new JsonDocumentOptions { MaxDepth = FhirJson.MaxDepth });

    /// <summary>Whether both mean the same: order of members, spelling of numbers and blanks do not count.</summary>
    public static bool DeepEquals(FhirElement one, FhirElement other)
    {
        if (one.RawUtf8.SequenceEqual(other.RawUtf8)) return true;
        if (one.ValueKind != other.ValueKind) return false;
        using var first = one.ToJsonDocument();
        using var second = other.ToJsonDocument();
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    private bool IsNamed(in JsonValue value, string name)
    {
        if (value.NameEscaped) return FhirDocument.NameAt(_document!.Bytes, value.Name, escaped: true) == name;
        var rest = _document!.Bytes[value.Name..];
        if (rest.Length <= name.Length || rest[name.Length] != '"') return false;
        for (var i = 0; i < name.Length; i++) // Ascii.Equals takes longer to begin than this to end
            if (rest[i] != name[i]) return false;
        return true;
    }

    /// <summary>Members of an object or items of a list, in their order.</summary>
    public struct Children : IEnumerable<FhirElement>, IEnumerator<FhirElement>
    {
        private readonly FhirElement _parent;

        /// <summary>0: all.</summary>
        private readonly char _letter;
        private int _next;
        private int _at;

        internal Children(FhirElement parent, char letter = '\0')
        {
            _parent = parent;
            _letter = letter;
            _next = parent._at + 1;
        }

        public readonly FhirElement Current => new(_parent._document!, _at);

        readonly object System.Collections.IEnumerator.Current => Current;

        public bool MoveNext()
        {
            if (_parent._document is not { } document) return false;
            var values = document.Values;
            for (var end = values[_parent._at].Next; _next < end;)
            {
                _at = _next;
                _next = values[_at].Next;
                if (_letter == 0 || NameMark.FirstLetter(values[_at].NameMark) == _letter) return true;
            }
            return false;
        }

        public readonly Children GetEnumerator() => this;

        readonly IEnumerator<FhirElement> IEnumerable<FhirElement>.GetEnumerator() => this;

        readonly System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => this;

        public readonly void Reset() => throw new NotSupportedException();

        public readonly void Dispose() { }
    }
}
