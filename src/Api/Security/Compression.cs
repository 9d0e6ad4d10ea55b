using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;

namespace BiopsyFhir.Api.Security;

/// <summary>
/// Our own pages and their files go out compressed; a review of a long illness is then a tenth of its size. Answers to machines (hooks,
/// assessments) do not: there the processor is the scarcer thing.
/// BREACH needs a secret that is the same in each answer beside text of the attacker's. The form token is encrypted anew for each page
/// (<see cref="Smart.Sessions.PageTokens"/>), and a page repeats nothing of its query but dates and words of our own lists.
/// </summary>
public static class Compression
{
    private static readonly string[] Types = ["text/html", "text/css", "text/javascript", "image/svg+xml", "text/plain"];

    public static IServiceCollection AddCompression(this IServiceCollection services) => services
        .Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest)
        .Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest)
        .AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.MimeTypes = Types;
        });
}
