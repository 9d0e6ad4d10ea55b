using System.Collections.Immutable;

namespace BiopsyFhir.Api.Review;

/// <summary>The closed sets of contract section 2, in the order in which a clinician looks for them.</summary>
public static class Choices
{
    public static readonly ImmutableArray<string> Indications =
    [
        "unexplained-anaemia", "unexplained-cytopenia", "suspected-mds", "acute-leukaemia", "lymphoma-staging", "myeloma", "mpn",
        "treatment-monitoring", "transplant-follow-up", "other", "not-stated",
    ];

    public static readonly ImmutableArray<string> Sites = ["posterior-iliac-crest", "anterior-iliac-crest", "sternum", "tibia"];
    public static readonly ImmutableArray<string> Sedations = ["none", "procedural", "general"];
    public static readonly ImmutableArray<string> Escorts = ["unknown", "yes", "no"];
}
