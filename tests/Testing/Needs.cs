namespace BiopsyFhir.Testing;

/// <summary>
/// What a test needs beyond the .NET SDK. A test that needs something says so in its attribute and is
/// skipped, with the reason, where that thing is absent; <c>tests/run</c> lists such tests by name.
/// </summary>
/// <example>
/// <code>
/// [FactWhen(Needs.SharedData)]                   public void A_real_record_is_read() …
/// [TheoryWhen(Needs.Peers | Needs.SharedData)]   public async Task Every_resource_we_write_is_valid(string file) …
/// [ChromiumFact]                                 public async Task The_review_page_has_no_axe_violation() …
/// </code>
/// </example>
[Flags]
public enum Needs
{
    Nothing = 0,

    /// <summary>The folder of public FHIR samples and clinical cases beside the repository (<see cref="SharedData"/>).</summary>
    SharedData = 1,

    /// <summary>The npm parts of <c>tests/peers</c>, with the Node 22 among them.</summary>
    Peers = 2,

    /// <summary>A Chromium to print and to drive pages with.</summary>
    Chromium = 4,

    /// <summary>PostgreSQL's own programs, to start a private server (<see cref="PostgresServer"/>).</summary>
    Postgres = 8,

    /// <summary>poppler's <c>pdftotext</c>, <c>pdfinfo</c> and <c>pdffonts</c>, to look into what was printed.</summary>
    PdfTools = 16,

    /// <summary>A user that is not root, for whom Chromium's sandbox starts (<see cref="Testing.PlainUser"/>).</summary>
    PlainUser = 32,

    /// <summary>A file system of its own, to be filled (<see cref="Testing.SmallDisk"/>).</summary>
    SmallDisk = 64,
}
