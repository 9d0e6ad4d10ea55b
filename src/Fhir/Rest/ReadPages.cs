using System.Collections.Immutable;
using System.Text.Json;
using BiopsyFhir.Fhir.Reading;

namespace BiopsyFhir.Fhir.Rest;

/// <summary>Follows <c>next</c> links until the last page, a limit, a loop, or an address that is not the server's.</summary>
internal static class ReadPages
{
    public static async Task<FhirResult<SearchResult>> AllAsync(
        FhirExchange exchange, FhirConnection connection, string type, FhirQuery query, Uri first, Deadline? deadline, CancellationToken ct)
    {
        var pages = ImmutableArray.CreateBuilder<PooledJson>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { first.AbsoluteUri };
        var bytes = 0L;
        Uri? next = first;
        FhirFailure? incomplete = null;
        try
        {
            while (next is not null)
            {
                var answer = await exchange.SendAsync(new FhirRequest(HttpMethod.Get, next, type) { Repeatable = true }, deadline, ct).ConfigureAwait(false);
                if ((answer.Failure ?? NotABundle(answer)) is { } failure)
                {
                    if (answer.Failure is null)
                        answer.Dispose();
                    if (pages.Count == 0)
                        return failure;
                    incomplete = failure;
                    break;
                }

                pages.Add(answer.Json!);
                bytes += answer.Bytes;
                (next, incomplete) = Next(connection, answer.Json!.Root, seen, pages.Count, bytes);
            }
        }
        catch
        {
            foreach (var page in pages)
                page.Dispose();
            throw;
        }

        return new SearchResult(type, pages.ToImmutable(), SelfLink.Check(query, pages[0].Root), incomplete);
    }

    private static (Uri? Next, FhirFailure? Stop) Next(FhirConnection connection, FhirElement bundle, HashSet<string> seen, int pages, long bytes)
    {
        if (SelfLink.Find(bundle, "next") is not { } link)
            return (null, null);
        if (!connection.Server.Addresses.TryResolve(link, out var next))
            return (null, new FhirFailure.NotAllowedAddress("the next page is not on the EHR's own address"));
        if (!seen.Add(next.AbsoluteUri))
            return (null, new FhirFailure.Garbled("pages that lead in a circle"));
        if (pages >= connection.Limits.Pages)
            return (null, new FhirFailure.TooLarge($"the result has more than {connection.Limits.Pages} pages"));
        if (bytes >= connection.Limits.SearchBytes)
            return (null, new FhirFailure.TooLarge("the pages of the result together are beyond the limit"));
        return (next, null);
    }

    private static FhirFailure? NotABundle(FhirAnswer answer)
    {
        var root = answer.Json!.Root;
        if (root.IsA("Bundle"))
        {
            // An entry list of another kind would read as "nothing found", and so would a Bundle that answers no search.
            return root.TryGetProperty("entry", out var entry) && entry.ValueKind != JsonValueKind.Array ? new FhirFailure.Garbled("a Bundle whose entries are not a list")
                : root.CodeText("type") is { } type and not "searchset" ? new FhirFailure.Garbled("a Bundle that is no search result")
                : null;
        }

        return root.IsA("OperationOutcome")
            ? new FhirFailure.Refused { Status = answer.Status, Issues = OutcomeIssue.ReadAll(root) }
            : new FhirFailure.Garbled("not a Bundle") { Status = answer.Status };
    }
}
