namespace BiopsyFhir.Api.Configuration;

public enum DatabaseProvider { Sqlite, Postgres }

/// <summary>Where sessions, receipts and the audit trail live.</summary>
public sealed record DatabaseOptions
{
    /// <value><c>Database:Provider</c>: <c>sqlite</c> for one machine, <c>postgres</c> for one or several. Default: <c>sqlite</c>.</value>
    public DatabaseProvider Provider { get; init; }

    /// <value>
    /// <c>Database:ConnectionString</c>: of the provider. Default: for SQLite <c>biopsyfhir.db</c> in the data folder; required for
    /// PostgreSQL.
    /// </value>
    public string? ConnectionString { get; init; }

    /// <value>
    /// <c>Database:Unencrypted</c>: PostgreSQL on another machine may be spoken to without TLS, where the network itself is encrypted.
    /// Default: <c>false</c>; <c>SSL Mode=Require</c> or stricter is then required.
    /// </value>
    public bool Unencrypted { get; init; }

    /// <value><c>Database:Folder</c>: the data folder; made readable by its owner only. Default: <c>data</c> beside the program.</value>
    public required string Folder { get; init; }

    /// <value>True with the sandbox: the folder is new at start and removed at stop.</value>
    public bool Temporary { get; init; }

    /// <summary>A record's generated text would carry the connection's password into a log.</summary>
    public override string ToString() => $"{Provider} database";
}
