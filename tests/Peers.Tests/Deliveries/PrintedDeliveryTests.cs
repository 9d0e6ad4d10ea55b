using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BiopsyFhir.Testing;
using static BiopsyFhir.Peers.Tests.Service.Charted;

namespace BiopsyFhir.Peers.Tests.Deliveries;

/// <summary>
/// From the order to the print in the chart, with nothing left out: the service as a process of a user that is not root, Chromium in its
/// own sandbox, an EHR that we did not write, and the PDF looked into with other people's tools.
/// </summary>
public sealed class PrintedDeliveryTests
{
    private static readonly Dictionary<string, (string Title, string Words)> Languages = new()
    {
        ["en"] = ("Your bone marrow biopsy", "Your own dates come later"),
        ["es"] = ("Su biopsia de médula ósea", "¿Cuándo sabré el resultado?"),
        ["tr"] = ("Kemik iliği biyopsiniz", "Şu durumda ambulans çağırın"),
    };

    [FactWhen(Needs.Peers | Needs.PdfTools | Needs.PlainUser)]
    public async Task An_order_brings_the_page_and_its_print_in_the_language_of_the_patient()
    {
        await using var cluster = await Cluster.Open(printing: true, postgres: false);
        await cluster.Order(0, Languages.Count);
        await cluster.Start(1);
        var documents = new List<JsonElement>();
        for (var watch = Stopwatch.StartNew(); documents.Count < 2 * Languages.Count && watch.Elapsed < TimeSpan.FromSeconds(90); await Task.Delay(500))
            documents = [.. await cluster.R4.Stored("DocumentReference")];
        Assert.True(documents.Count == 2 * Languages.Count, $"{documents.Count} documents. {cluster.Nodes[0].Log}");

        var folder = Directory.CreateDirectory(Repository.Path("TestResults/delivered")).FullName;
        foreach (var patient in documents.GroupBy(d => d.GetProperty("subject").GetProperty("reference").GetString()!))
        {
            var page = Assert.Single(patient, d => Attachment(d).GetProperty("contentType").GetString() == "text/html;charset=utf-8");
            var print = Assert.Single(patient, d => Attachment(d).GetProperty("contentType").GetString() == "application/pdf");
            var language = Attachment(print).GetProperty("language").GetString()!;
            var (title, words) = Languages[language];
            Assert.Equal(["transforms"], print.GetProperty("relatesTo").EnumerateArray().Where(r => r.GetProperty("target").GetProperty("reference").GetString()!.Split("/_history")[0] == Reference(page)).Select(r => r.GetProperty("code").GetString()));
            Assert.Contains(title, WebUtility.HtmlDecode(Encoding.UTF8.GetString(Attachment(page).GetProperty("data").GetBytesFromBase64())), StringComparison.Ordinal);

            var pdf = Attachment(print).GetProperty("data").GetBytesFromBase64();
            var file = Path.Combine(folder, $"{language}.pdf");
            await File.WriteAllBytesAsync(file, pdf);
            var info = Run("pdfinfo", file);
            Assert.Matches($@"Title:\s+{title}", info);
            Assert.Matches(@"Tagged:\s+yes", info);
            Assert.Contains($"/Lang ({language})", Encoding.Latin1.GetString(pdf), StringComparison.Ordinal);
            // Lines of a print break where they like.
            var text = Regex.Replace(Run("pdftotext", file, "-"), @"\s+", " ");
            Assert.Contains(title, text, StringComparison.Ordinal);
            Assert.Contains(words, text, StringComparison.Ordinal);
            Assert.Contains("555-0101", text, StringComparison.Ordinal);
        }
        Assert.Equal(Languages.Keys.Order(StringComparer.Ordinal), documents.Select(d => Attachment(d).GetProperty("language").GetString()!).Distinct().Order(StringComparer.Ordinal));
        // Each page and each print has its Provenance.
        Assert.Equal(documents.Select(Reference).Order(StringComparer.Ordinal), (await cluster.R4.Stored("Provenance")).Select(p => p.GetProperty("target")[0].GetProperty("reference").GetString()!.Split("/_history")[0]).Order(StringComparer.Ordinal));
    }

    private static JsonElement Attachment(JsonElement document) => document.GetProperty("content")[0].GetProperty("attachment");

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
