using System.Diagnostics.CodeAnalysis;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>A value, or the failure that came instead.</summary>
public sealed class FhirResult<T>
    where T : notnull
{
    private readonly T? _value;

    private FhirResult(T? value, FhirFailure? failure)
    {
        _value = value;
        Failure = failure;
    }

    public FhirFailure? Failure { get; }

    /// <summary>Reads both sides: <c>if (!result.Got(out var value, out var failure)) return failure;</c></summary>
    public bool Got([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out FhirFailure? failure)
    {
        value = _value;
        failure = Failure;
        return failure is null;
    }

    /// <summary>For tests and places that have looked already.</summary>
    /// <exception cref="InvalidOperationException">There is a failure instead.</exception>
    public T Value => Failure is null ? _value! : throw new InvalidOperationException(Failure.Sentence);

    public static implicit operator FhirResult<T>(T value) => new(value, null);

    public static implicit operator FhirResult<T>(FhirFailure failure) => new(default, failure);

    public override string ToString() => Failure?.Sentence ?? "(an answer)";
}
