using System.Net;
using System.Text.Json;
using BiopsyFhir.Testing;
using Microsoft.Data.Sqlite;

namespace BiopsyFhir.Peers.Tests.Service;

/// <summary>The service's folder on a disk that fills up between the plan that was shown and the signature, and then has room again.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [FactWhen(Needs.Peers | Needs.SmallDisk)]
    public async Task Nothing_is_written_that_could_not_be_noted_and_with_room_again_the_same_signature_counts()
    {
        using var disk = new SmallDisk();
        var hospital = new Hospital { Settings = [("Database:Folder", disk.Folder), ("Sandbox:Enabled", "false")] };
        await hospital.InitializeAsync();
        try
        {
            await hospital.R4.Load("""
                {"resourceType":"Bundle","type":"collection","entry":[
                  {"resource":{"resourceType":"Patient","id":"full","name":[{"family":"Quitte","given":["Ada"]}],"gender":"female","birthDate":"1950-01-01"}},
                  {"resource":{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/full"},"authoredOn":"2026-01-10","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1364430"}],"text":"apixaban 5 MG Oral Tablet"}}}]}
                """);
            var review = await ReviewPage.Launch(_browser, await hospital.LaunchUrl(new { user = "Practitioner/dr", patient = "full", encounter = "e1" }));
            var plan = await review.ShowPlan();
            Assert.Equal(HttpStatusCode.OK, plan.Status);
            Assert.Empty(await Written(hospital));

            using (var store = new SqliteConnection($"Data Source={Path.Combine(disk.Folder, "biopsyfhir.db")};Pooling=False"))
            {
                store.Open();
                using var emptied = store.CreateCommand();
                emptied.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)"; // else the log has room left for a few more rows
                emptied.ExecuteNonQuery();
            }
            disk.Fill();
            var refused = await review.Confirm(plan);
            Assert.True(refused.Status == HttpStatusCode.ServiceUnavailable, $"{refused.Status} {refused.Text}");
            Assert.Contains("cannot use its own store just now", refused.Text, StringComparison.Ordinal);
            Assert.Empty(await Written(hospital));

            disk.Free();
            await review.Confirm(plan);
            var receipts = ShownReceipt.On(await review.Receipts());
            Assert.Contains(receipts, receipt => receipt is { Kind: "careplan", IsThere: true });
            var written = await Written(hospital);
            Assert.Single(written, resource => Charted.Type(resource) == "CarePlan");
            Assert.DoesNotContain(written.SelectMany(Charted.Keys).GroupBy(key => key), same => same.Count() > 1);
        }
        finally
        {
            await hospital.DisposeAsync();
        }
    }

    private static async Task<List<JsonElement>> Written(Hospital hospital)
    {
        var all = new List<JsonElement>();
        foreach (var type in new[] { "CarePlan", "DocumentReference", "Communication", "Task", "Provenance", "AuditEvent" }) all.AddRange(await hospital.R4.Stored(type));
        return all;
    }
}
