namespace BiopsyFhir.Api.Smart.Sessions;

/// <summary>Why a session is over: a word for the database, a sentence for the page.</summary>
public static class EndReasons
{
    public const string SignedOut = "signed-out";
    public const string SignedOutAtEhr = "signed-out-at-ehr";
    public const string Idle = "idle";
    public const string RefreshRefused = "refresh-refused";
    public const string ByOperator = "by-operator";
    public const string OtherPatient = "other-patient";

    public static string InWords(string reason) => reason switch
    {
        SignedOut => "You signed out.",
        SignedOutAtEhr => "You signed out of the EHR.",
        Idle => "Nothing was done here for a while, so the review was closed.",
        ByOperator => "The people who run this service closed the review.",
        RefreshRefused => "The EHR no longer lets this review read the chart.",
        OtherPatient => "The EHR answered for another patient than the one this review was opened for, so it was closed at once.",
        _ => "The review was closed.",
    };
}
