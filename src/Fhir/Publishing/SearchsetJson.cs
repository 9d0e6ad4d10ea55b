namespace BiopsyFhir.Fhir.Publishing;

/// <summary>A page of found resources as Bundle, with links to the pages around it.</summary>
public static class SearchsetJson
{
    /// <param name="address">Of the search, without query.</param>
    public static byte[] Of(IReadOnlyList<PublishedResource> found, PublishedSearch search, string address)
    {
        using var json = new ResourceJson("Bundle");
        var page = search.CountOnly ? [] : found.Skip(search.Offset).Take(search.Count).ToList();
        var links = new List<(string Relation, string Url)> { ("self", Link(search.Offset)) };
        if (!search.CountOnly)
        {
            links.Add(("first", Link(0)));
            if (search.Offset > 0) links.Add(("previous", Link(Math.Max(0, search.Offset - search.Count))));
            if (search.Offset + page.Count < found.Count) links.Add(("next", Link(search.Offset + search.Count)));
        }
        json.Text("type", "searchset").Number("total", found.Count)
            .List("link", links, link => json.Text("relation", link.Relation).Text("url", link.Url))
            .List("entry", page.Select(resource => (Action)(() => json.Text("fullUrl", resource.Url).Raw("resource", resource.Json).Object("search", () => json.Text("mode", "match"))))
                .Concat(search.Ignored.IsEmpty ? [] : [(Action)(() => json.Object("resource", () => Told(json, search)).Object("search", () => json.Text("mode", "outcome")))]), write => write());
        return json.Done();

        string Link(int offset) => $"{address}?{string.Join('&', search.Used.Concat(search.CountOnly && search.Used.Contains(("_summary", "count")) ? []
            : [("_count", $"{(search.CountOnly ? 0 : search.Count)}"), ("_offset", $"{offset}")]).Select(p => $"{Uri.EscapeDataString(p.Item1)}={Uri.EscapeDataString(p.Item2)}"))}";
    }

    /// <summary>R4 3.1.1: what was left out is said.</summary>
    private static void Told(ResourceJson json, PublishedSearch search) => json.Text("resourceType", "OperationOutcome")
        .List("issue", search.Ignored, name => json.Text("severity", "warning").Text("code", "not-supported").Text("diagnostics", $"'{name}' is no parameter here and was left out."));
}
