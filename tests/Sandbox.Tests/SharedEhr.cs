namespace BiopsyFhir.Sandbox.Tests;

/// <summary>One running EHR for the tests of a class that only read.</summary>
public sealed class SharedEhr : IAsyncLifetime
{
    public DemoEhr Ehr { get; private set; } = null!;

    public async Task InitializeAsync() => Ehr = await DemoEhr.StartAsync();
    public async Task DisposeAsync() => await Ehr.DisposeAsync();
}
