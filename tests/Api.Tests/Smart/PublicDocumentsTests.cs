using System.Text;
using System.Text.Json;
using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Smart;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Tokens;
using BiopsyFhir.Fhir.Reading;
using BiopsyFhir.Fhir.Rest;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Api.Tests.Smart;

/// <summary>
/// Discovery documents, CapabilityStatements and token responses that vendors and test kits have published: each is read, or refused with
/// a reason. The table is approved as text; <c>BIOPSYFHIR_RECORD=1</c> writes it anew.
/// </summary>
public sealed class PublicDocumentsTests
{
    private static readonly EhrOptions Ehr = new() { Key = "Ehrs:0", Id = "public", Issuer = "https://ehr.example.org/fhir", ClientId = "biopsy" };

    [FactWhen(Needs.SharedData)]
    public async Task Every_published_document_is_read_or_refused_with_a_reason()
    {
        var table = new StringBuilder();
        foreach (var file in Directory.GetFiles(SharedData.Path("data/smart")).Where(f => !f.EndsWith("index.tsv", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            table.Append($"{Path.GetFileName(file)}\t{Outcome(await File.ReadAllTextAsync(file))}\n");
        var approved = Repository.Path("tests/Api.Tests/Smart/Approved/public-documents.tsv");
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_RECORD") is "1") await File.WriteAllTextAsync(approved, table.ToString());
        Assert.Equal(await File.ReadAllTextAsync(approved), table.ToString());
    }

    private static string Outcome(string text)
    {
        JsonElement root;
        try
        {
            root = JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return "as smart-configuration: " + Discovered(text);
        }
        bool Has(string name) => root.ValueKind is JsonValueKind.Object && root.TryGetProperty(name, out _);
        return Has("resourceType") ? "as CapabilityStatement: " + Announced(root)
            : Has("access_token") ? "as token response: " + Token(text)
            : "as smart-configuration: " + Discovered(text);
    }

    private static string Announced(JsonElement root)
    {
        var (found, refused) = Capabilities.Read(FhirDocument.Of(root.GetRawText()).RootElement);
        if (found is null) return $"refused, {refused}";
        var created = found.Resources.Values.Where(r => r.Interactions.Contains(Interaction.Create)).Select(r => r.Type).Order(StringComparer.Ordinal).ToList();
        return $"FHIR {found.FhirVersion ?? "?"}, {found.Resources.Count} types, {created.Count} can be created{(created.Contains("CarePlan") ? " with CarePlan" : "")}, oauth-uris: {string.Join(' ', found.OAuthUris.Keys.Order(StringComparer.Ordinal))}";
    }

    private static string Discovered(string text)
    {
        try
        {
            var server = DiscoverServer.Read(Ehr, text);
            var missing = CheckCapabilities.Missing(server, Ehr, standalone: false).ToList();
            return $"read, {(missing is [] ? "can launch" : $"cannot launch: {string.Join("; ", missing)}")}";
        }
        catch (LaunchStoppedException e)
        {
            return $"refused, {e.Stop.What}";
        }
    }

    private static string Token(string text)
    {
        var (response, fault) = TokenResponse.Read(text);
        return response is null ? $"refused, {fault}" : $"read, {(response.Patient is null ? "no patient" : "a patient")}, {(response.RefreshToken is null ? "no refresh token" : "a refresh token")}";
    }
}
