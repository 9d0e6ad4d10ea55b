using System.Collections.Immutable;
using System.Reflection;
using BiopsyFhir.Domain.Tests.Holds;

namespace BiopsyFhir.Mutation;

/// <summary>Whoever may notice a mutant: a patient of the scenarios or a test of tests/Domain.Tests.</summary>
internal interface IJudge
{
    string Name { get; }

    /// <returns>True when what is expected no longer holds.</returns>
    bool Notices();
}

/// <summary>One test of tests/Domain.Tests with its arguments, run in this process.</summary>
internal sealed class UnitTest(MethodInfo method, object?[] arguments) : IJudge
{
    public string Name => $"{method.DeclaringType!.Name}.{method.Name}";

    public bool Notices()
    {
        try
        {
            var test = method.IsStatic ? null : Activator.CreateInstance(method.DeclaringType!);
            if (method.Invoke(test, arguments) is Task running) running.GetAwaiter().GetResult();
            return false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return true;
        }
    }
}

/// <summary>Reads xUnit's attributes; no runner is needed for tests without fixtures.</summary>
internal static class UnitTests
{
    /// <summary>They need seconds each and assert what holds of every answer, not where an edge lies.</summary>
    private static readonly ImmutableArray<string> s_leftOut = ["EveryMedicineTests", "AnyInputTests", "AccuracyTests", "TokenTests.A_text_made_to_be_slow_is_read_all_the_same", "RecogniseByCodeTests.Every_code_of_the_catalogue_is_recognised_by_its_system"];

    public static ImmutableArray<UnitTest> Load() =>
        [.. typeof(PolicyRowTests).Assembly.GetExportedTypes().Where(t => t is { IsAbstract: false, IsClass: true })
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .SelectMany(Of).Where(t => !s_leftOut.Any(l => t.Name == l || t.Name.StartsWith(l + ".", StringComparison.Ordinal)))];

    private static IEnumerable<UnitTest> Of(MethodInfo method)
    {
        // By name: a theory is a fact too.
        var fact = method.GetCustomAttributes().FirstOrDefault(a => Named(a.GetType(), "FactAttribute"));
        if (fact is null || fact.GetType().GetProperty("Skip")!.GetValue(fact) is not null) return [];
        if (method.GetParameters().Length == 0) return [new(method, [])];
        return method.GetCustomAttributes().Where(a => Named(a.GetType(), "DataAttribute"))
            .SelectMany(a => (IEnumerable<object?[]?>)a.GetType().GetMethod("GetData", [typeof(MethodInfo)])!.Invoke(a, [method])!)
            .Select(row => new UnitTest(method, Arguments(method.GetParameters(), row ?? [null])));
    }

    private static object?[] Arguments(ParameterInfo[] wanted, object?[] given) =>
        [.. wanted.Select((parameter, i) => parameter.IsDefined(typeof(ParamArrayAttribute)) ? Rest(parameter.ParameterType.GetElementType()!, given, i)
            : i >= given.Length ? parameter.DefaultValue : Fit(given[i], parameter.ParameterType))];

    private static Array Rest(Type element, object?[] given, int from)
    {
        if (given.Length == from + 1 && given[from] is Array whole && whole.GetType().GetElementType() == element) return whole;
        var rest = Array.CreateInstance(element, Math.Max(0, given.Length - from));
        for (var i = from; i < given.Length; i++) rest.SetValue(given[i], i - from);
        return rest;
    }

    private static object? Fit(object? value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return value is null || plain.IsInstanceOfType(value) || plain.IsEnum ? value : Convert.ChangeType(value, plain, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool Named(Type? type, string name) => type is not null && (type.Name == name || Named(type.BaseType, name));
}
