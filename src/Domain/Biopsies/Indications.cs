using System.Collections.Immutable;

namespace BiopsyFhir.Domain;

/// <summary>Why the marrow is looked at: a closed set (contract section 2).</summary>
public static class Indications
{
    public const string UnexplainedAnaemia = "unexplained-anaemia";
    public const string UnexplainedCytopenia = "unexplained-cytopenia";
    public const string SuspectedMds = "suspected-mds";
    public const string AcuteLeukaemia = "acute-leukaemia";
    public const string LymphomaStaging = "lymphoma-staging";
    public const string Myeloma = "myeloma";
    public const string Mpn = "mpn";
    public const string TreatmentMonitoring = "treatment-monitoring";
    public const string TransplantFollowUp = "transplant-follow-up";
    public const string Other = "other";
    public const string NotStated = "not-stated";

    public static readonly ImmutableArray<string> All =
    [
        UnexplainedAnaemia, UnexplainedCytopenia, SuspectedMds, AcuteLeukaemia, LymphomaStaging, Myeloma, Mpn, TreatmentMonitoring,
        TransplantFollowUp, Other, NotStated,
    ];
}

/// <summary>Where the needle goes, how the patient is sedated, and who takes her home: closed sets (contract section 2).</summary>
public static class BiopsySettings
{
    public const string PosteriorIliacCrest = "posterior-iliac-crest";
    public const string AnteriorIliacCrest = "anterior-iliac-crest";
    public const string Sternum = "sternum";
    public const string Tibia = "tibia";

    public static readonly ImmutableArray<string> Sites = [PosteriorIliacCrest, AnteriorIliacCrest, Sternum, Tibia];
    public static readonly ImmutableArray<string> Sedations = ["none", "procedural", "general"];
    public static readonly ImmutableArray<string> Escorts = ["yes", "no", "unknown"];
}
