namespace BiopsyFhir.Testing;

/// <summary>A <c>[Fact]</c> that is skipped, with the reason, where one of its needs is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FactWhenAttribute : FactAttribute
{
    public FactWhenAttribute(Needs needs) => Skip = Machine.Lacks(needs)!;
}

/// <summary>A <c>[Theory]</c> that is skipped, with the reason, where one of its needs is absent; its data is then not read either.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class TheoryWhenAttribute : TheoryAttribute
{
    public TheoryWhenAttribute(Needs needs) => Skip = Machine.Lacks(needs)!;
}

public sealed class SharedDataFactAttribute() : FactWhenAttribute(Needs.SharedData);

public sealed class SharedDataTheoryAttribute() : TheoryWhenAttribute(Needs.SharedData);

public sealed class PeersFactAttribute() : FactWhenAttribute(Needs.Peers);

public sealed class PeersTheoryAttribute() : TheoryWhenAttribute(Needs.Peers);

public sealed class ChromiumFactAttribute() : FactWhenAttribute(Needs.Chromium);

public sealed class ChromiumTheoryAttribute() : TheoryWhenAttribute(Needs.Chromium);

public sealed class PostgresFactAttribute() : FactWhenAttribute(Needs.Postgres);

public sealed class PostgresTheoryAttribute() : TheoryWhenAttribute(Needs.Postgres);
