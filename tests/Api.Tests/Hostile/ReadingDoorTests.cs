using System.Net;
using System.Net.Http.Headers;
using BiopsyFhir.Domain;
using BiopsyFhir.Fhir.Gather;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Hostile;

/// <summary>What an EHR answers while we read a chart from it.</summary>
public sealed class ReadingDoorTests
{
    private static readonly byte[] s_patient = """{"resourceType":"Patient","id":"p","gender":"female","birthDate":"1954-01-12"}"""u8.ToArray();
    private static readonly byte[] s_nothing = """{"resourceType":"Bundle","type":"searchset","entry":[]}"""u8.ToArray();

    /// <summary>Answered to the search for medication orders, as it is; then to the reading of the patient. Nothing else is in the chart.</summary>
    [SharedDataFact]
    public async Task Every_sample_as_the_EHRs_answer_has_its_approved_outcome() =>
        await Samples.CompareAsync("reading", async bytes => $"{await ReadAsync("MedicationRequest", bytes)}\t{await ReadAsync("Patient", bytes)}");

    private static async Task<string> ReadAsync(string type, byte[] answer)
    {
        using var invoker = new HttpMessageInvoker(new Answers(type, answer));
        var client = new FhirConnection(FhirServer.Of("http://127.0.0.1:9/fhir", NetworkReach.Loopback), invoker, TimeProvider.System, () => 0, new() { Retries = 0 }).ClientFor(null);
        switch (await GatherChart.FromAsync(client, new() { Patient = "Patient/p", Zone = TimeZoneInfo.Utc, AsOf = new(2026, 3, 11) }, CancellationToken.None))
        {
            case Gathered.Refused(var why):
                Assert.NotEmpty(why);
                return $"refused: {why}";
            case Gathered.Ok(var chart, _, _):
                // Medicines that were answered and are not in the chart must be said to be missing.
                var said = chart.Sources.Where(s => s.CouldNotRead is not null).Select(s => $"{s.Kind}: {s.CouldNotRead}")
                    .Concat(chart.Unread.Where(u => u.Hides is not MightHide.Nothing).Select(u => $"{u.Hides}: {u.What}: {u.Why}")).ToList();
                if (type is "MedicationRequest")
                    Assert.True(said.Count > 0 || chart.Medications.Length > 0 || chart.Sources.Any(s => s.Count > 0), $"An answer was dropped without a word: {System.Text.Encoding.Latin1.GetString(answer)[..Math.Min(300, answer.Length)]}");
                return $"read {(chart.Medications.Length is > 0 and var n ? $"{n} medicines" : "nothing")}{string.Concat(said.Take(2).Select(words => $"; {words}"))}{(said.Count > 2 ? $"; and {said.Count - 2} more" : "")}";
            case var other:
                throw new InvalidOperationException($"Unknown outcome {other}");
        }
    }

    private sealed class Answers(string type, byte[] answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var asked = request.RequestUri!.AbsolutePath.Split('/')[2];
            var message = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(asked == type ? answer : asked is "Patient" ? s_patient : s_nothing), RequestMessage = request };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
            return Task.FromResult(message);
        }
    }
}
