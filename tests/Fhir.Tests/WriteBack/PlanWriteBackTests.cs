using BiopsyFhir.Fhir.WriteBack;
using BiopsyFhir.Testing;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

public sealed class PlanWriteBackTests
{
    private static TinyEhr Everything => new() { ConditionalCreate = true, IdentifierSearch = true, TagSearch = true, Transactions = true };

    // Announces what Oracle's pages list: no CarePlan create, no update, no conditional create, no search by identifier, no transaction.
    private static TinyEhr LikeOracle
    {
        get
        {
            var ehr = new TinyEhr { Updates = false };
            ehr.Types.ExceptWith(["CarePlan", "Task", "AuditEvent"]);
            return ehr;
        }
    }

    public static TheoryData<string> Tables => new("open", "epic-like", "oracle-like", "athena-like", "oracle-like-as-announced", "nothing-granted", "read-only-v1", "without-pdf", "unreadable-statement");

    /// <summary>Each table in Approved/ is read and agreed by a person; BIOPSYFHIR_APPROVE=1 writes them anew for review.</summary>
    [Theory]
    [MemberData(nameof(Tables))]
    public void The_plan_of_each_EHR_is_the_approved_table(string name)
    {
        var request = Confirmations.Of("a");
        var plan = name switch
        {
            "oracle-like-as-announced" => PlanWriteBack.For(request, LikeOracle.Announce(), Scopes.Parse("user/DocumentReference.crs user/Communication.crs user/Provenance.rs"), Quirks.Presets["oracle-like"]),
            "nothing-granted" => PlanWriteBack.For(request, Everything.Announce(), Scopes.Parse("launch openid"), Quirks.Open),
            "read-only-v1" => PlanWriteBack.For(request, Everything.Announce(), Scopes.Parse("user/*.read user/DocumentReference.write"), Quirks.Open),
            "without-pdf" => PlanWriteBack.For(
                request with { Drafts = [.. request.Drafts.Select(d => d.Kind.IsDocument() ? Confirmations.Draft(d.Kind, "a", Confirmations.At, DocumentFormat.Html) : d)] },
                Everything.Announce(), Confirmations.Everything, Quirks.Presets["oracle-like"]),
            "unreadable-statement" => PlanWriteBack.For(request, null, Confirmations.Everything, Quirks.Open),
            _ => PlanWriteBack.For(request, Everything.Announce(), Confirmations.Everything, Quirks.Presets[name]),
        };
        var file = Repository.Path($"tests/Fhir.Tests/WriteBack/Approved/{name}.md");
        if (Environment.GetEnvironmentVariable("BIOPSYFHIR_APPROVE") == "1")
            File.WriteAllText(file, plan.ToTable());
        Assert.Equal(File.ReadAllText(file), plan.ToTable());
    }

    [Fact]
    public void A_document_gets_the_one_rendering_that_the_EHR_likes_best()
    {
        DocumentFormat? Format(Quirks quirks, params DocumentFormat[] made) => PlanWriteBack
            .For(new WriteBackRequest("Patient/1", Confirmations.At, [Confirmations.Draft(DraftKind.NoteDocument, "a", Confirmations.At, made)], []), Everything.Announce(), Confirmations.Everything, quirks)
            .Purposes.Single().Rungs.OfType<Rung.Write>().SingleOrDefault()?.Format;

        Assert.Equal(DocumentFormat.Pdf, Format(Quirks.Open, DocumentFormat.Html, DocumentFormat.Pdf));
        Assert.Equal(DocumentFormat.Html, Format(Quirks.Open, DocumentFormat.Html));
        Assert.Equal(DocumentFormat.Pdf, Format(Quirks.Presets["oracle-like"], DocumentFormat.Html, DocumentFormat.Pdf, DocumentFormat.Text));
        Assert.Equal(DocumentFormat.Text, Format(Quirks.Presets["oracle-like"], DocumentFormat.Html, DocumentFormat.Text));
        Assert.Null(Format(Quirks.Presets["oracle-like"], DocumentFormat.Html));
    }

    /// <summary>US Core 3.1.0 takes one content, so page and print are two documents; where one is to be had, the print comes before the page.</summary>
    [Theory]
    [InlineData("open", "EducationDocument | EducationPrint")]
    [InlineData("epic-like", "EducationPrint, else EducationDocument")]
    [InlineData("oracle-like", "EducationPrint")]
    public void A_handout_is_a_page_and_a_print_or_one_of_them(string ehr, string documents)
    {
        var plan = PlanWriteBack.For(Confirmations.Of("a", null, DraftKind.EducationDocument, DraftKind.EducationPrint), Everything.Announce(), Confirmations.Everything, Quirks.Presets[ehr]);
        Assert.Equal(documents, string.Join(" | ", plan.Purposes.Select(p => string.Join(", else ", p.Rungs.OfType<Rung.Write>().Select(r => r.Kind)))));
    }

    [Fact]
    public void A_missing_author_closes_only_the_rungs_that_want_one()
    {
        var request = Confirmations.Of("a");
        var plan = PlanWriteBack.For(request with { Drafts = [.. request.Drafts.Select(d => d with { HasAuthor = false })] }, Everything.Announce(), Confirmations.Everything, Quirks.Presets["oracle-like"]);
        var rungs = plan.Purposes.Single(p => p.Purpose == Purpose.Plan).Rungs;
        Assert.Contains("Practitioner", Assert.IsType<Rung.NotPossible>(rungs[1]).Reason, StringComparison.Ordinal);
        Assert.IsType<Rung.Write>(rungs[2]);
    }

    [Fact]
    public void An_EHR_that_creates_without_announcing_it_can_be_configured()
    {
        var ehr = LikeOracle;
        var quirks = Quirks.Read(["create:CarePlan"]).Quirks!;
        var plan = PlanWriteBack.For(Confirmations.Of("a", null, DraftKind.CarePlan), ehr.Announce(), Confirmations.Everything, quirks);
        Assert.Equal(HowCreated.LedgerThenCreate, Assert.IsType<Rung.Write>(plan.Purposes.Single().Rungs.Single()).How);
    }

    [Fact]
    public void Two_drafts_of_one_kind_are_refused()
    {
        var draft = Confirmations.Draft(DraftKind.CarePlan, "a", Confirmations.At);
        Assert.Throws<ArgumentException>(() => PlanWriteBack.For(new WriteBackRequest("Patient/1", Confirmations.At, [draft, draft], []), null, Confirmations.Everything, Quirks.Open));
    }
}
