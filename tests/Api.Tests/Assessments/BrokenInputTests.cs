using System.Text;
using System.Text.Json.Nodes;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Assessments;

/// <summary>The clinical cases, broken at random: the service answers or refuses, and never breaks. The seed repeats a failure.</summary>
public class BrokenInputTests(AssessmentHost host) : IClassFixture<AssessmentHost>
{
    private static readonly string[] s_strange =
        ["null", "true", "0", "-1", "1e300", "\"\"", "\"x\"", "[]", "{}", "[null]", "\"9999-12-31\"", "\"1850-01-01\"", "\"2199-12-31\"", "\"2026-02-30\"", "79228162514264337593543950335", "1e-28", "\"#\"", "\"\\u0000\""];

    [SharedDataTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Broken_cases_never_break_the_service(int seed)
    {
        var random = new Random(seed);
        foreach (var folder in AcceptanceCases.All)
        {
            var good = await File.ReadAllTextAsync(Path.Combine(folder, "bundle.json"));
            for (var round = 0; round < 10; round++)
            {
                var bundle = JsonNode.Parse(good)!;
                var places = Places(bundle["entry"]!).ToList();
                for (var broken = random.Next(1, 8); broken > 0; broken--) Break(places[random.Next(places.Count)], random);
                var text = bundle.ToJsonString();
                using var response = await host.PostAsync(Encoding.UTF8.GetBytes(text), AcceptanceCases.Query(folder));
                if ((int)response.StatusCode >= 500)
                {
                    var kept = Repository.Path($"artifacts/broken-{Path.GetFileName(folder)}-{seed}-{round}.json");
                    Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
                    await File.WriteAllTextAsync(kept, text);
                    Assert.Fail($"{(int)response.StatusCode}: {kept} with {AcceptanceCases.Query(folder)}");
                }
            }
        }
    }

    private sealed record Place(JsonNode Parent, string? Name, int Index);

    private static IEnumerable<Place> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend(new(members, m.Key, -1))),
        JsonArray list => list.SelectMany((item, i) => Places(item).Prepend(new(list, null, i))),
        _ => [],
    };

    private static void Break(Place place, Random random)
    {
        var strange = JsonNode.Parse(s_strange[random.Next(s_strange.Length)]);
        switch (place.Parent)
        {
            case JsonObject members when random.Next(4) == 0: members.Remove(place.Name!); break;
            case JsonObject members: members[place.Name!] = strange; break;
            case JsonArray list when place.Index < list.Count: list[place.Index] = strange; break;
        }
    }
}
