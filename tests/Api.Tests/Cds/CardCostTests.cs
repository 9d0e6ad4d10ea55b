using System.IO.Pipelines;
using BiopsyFhir.Api.Cds;
using static BiopsyFhir.Api.Tests.Cds.CardWorld;

namespace BiopsyFhir.Api.Tests.Cds;

/// <summary>Cards are written on the way to an answer that has half a second: they must stay cheap.</summary>
public sealed class CardCostTests(CardWorld world) : IClassFixture<CardWorld>
{
    [Fact]
    public async Task H_28_writing_many_cards_costs_little_memory()
    {
        var found = world.Judge([Anaemia], [Warfarin, MitralValve, Medicine("naproxen 500 mg", "n"), .. Rest, Lab("718-7", "Hemoglobin", 9.1m, "g/dL"), Lab("777-3", "Platelets", 41, "10*3/uL")], [new("Allergies", "timed out")]);
        var cards = world.Host.Get<HookCards>();
        var output = PipeWriter.Create(Stream.Null);
        const int Calls = 200;
        for (var i = 0; i < 50; i++) await cards.WriteAsync(world.Call(Hook.OrderSelect), found, output, default);
        await world.Host.Get<ShownCards>().WrittenAsync(default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            var writing = cards.WriteAsync(world.Call(Hook.OrderSelect), found, output, default);
            Assert.True(writing.IsCompletedSuccessfully); // so all of it was on this thread; the rows are another's work
        }
        var perCall = (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
        Assert.InRange(perCall, 1, 64_000);
    }
}
