namespace BiopsyFhir.Api.Smart.Tokens;

/// <summary>Words that came from outside, cut down to what may stand on a page (encoded there) or in a log.</summary>
public static class EhrWords
{
    /// <summary>An OAuth error code: a short word of ours when it is anything else. Safe for a log.</summary>
    public static string Code(string? error) =>
        error is { Length: > 0 and <= 60 } && error.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? error : "unnamed_error";

    /// <summary>A description for a page: one line, no control or direction-changing characters, 300 at most. Not for logs.</summary>
    public static string? Sentence(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var line = string.Concat(text.Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format ? ' ' : c)).Trim();
        return line.Length <= 300 ? line : line[..300] + "…";
    }
}
