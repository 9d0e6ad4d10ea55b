using BiopsyFhir.Api.Tests.Hosting;

namespace BiopsyFhir.Api.Tests.Security;

public sealed class CompressionTests : IDisposable
{
    private readonly ServiceHost host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("/review/review.css", "br")]
    [InlineData("/deliveries", "br")]
    [InlineData("/cds-services", null)] // answers to machines: the processor is the scarcer thing
    [InlineData("/health/ready", null)]
    public async Task Pages_and_their_files_go_out_compressed_answers_to_machines_do_not(string path, string? coding)
    {
        using var client = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Encoding", "br" }, { "Accept", "text/html" } } };
        using var answer = await client.SendAsync(request);
        Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        if (coding is not null) Assert.Contains("Accept-Encoding", answer.Headers.Vary);
    }
}
