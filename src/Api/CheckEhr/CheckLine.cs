namespace BiopsyFhir.Api.CheckEhr;

public enum CheckState
{
    Ok,

    /// <summary>Works, but something is done in a lesser way or could not be looked at.</summary>
    Warning,

    /// <summary>Something the service needs of this EHR does not work.</summary>
    Error,
}

/// <summary>One thing looked at: what was found and, where it is not well, what to do about it. No secret, token or patient data.</summary>
/// <param name="Part">What was looked at, in a word or two.</param>
public sealed record CheckLine(CheckState State, string Part, string Found, string? ToDo = null)
{
    public static CheckLine Ok(string part, string found) => new(CheckState.Ok, part, found);

    public static CheckLine Warning(string part, string found, string toDo) => new(CheckState.Warning, part, found, toDo);

    public static CheckLine Error(string part, string found, string toDo) => new(CheckState.Error, part, found, toDo);

    /// <value>OK, warning or error.</value>
    public string Word => State is CheckState.Ok ? "OK" : State.ToString().ToLowerInvariant();
}

/// <summary>The result for one EHR.</summary>
public sealed record ConnectionReport(string Ehr, string Issuer, IReadOnlyList<CheckLine> Lines)
{
    public CheckState State => Lines.Count is 0 ? CheckState.Ok : Lines.Max(line => line.State);

    /// <value>For example <c>2 errors, 1 warning, 9 OK</c>.</value>
    public string Sum
    {
        get
        {
            int Count(CheckState state) => Lines.Count(line => line.State == state);
            static string Many(int count, string word) => $"{count} {word}{(count is 1 ? "" : "s")}";
            return $"{Many(Count(CheckState.Error), "error")}, {Many(Count(CheckState.Warning), "warning")}, {Count(CheckState.Ok)} OK";
        }
    }
}
