namespace BiopsyFhir.Domain.Tests.Biopsies;

public class FindBiopsyTests
{
    private static readonly Facility Facility = new(Patients.NewYork, 0, new TimeOnly(8, 0));
    private static readonly PartialDate AsOf = PartialDate.Day(new(2026, 3, 11));

    private static OrderRecord Order(string id = "1", string? occurs = "2026-03-18", string? status = "active", string words = "Bone marrow biopsy") => new()
    {
        Reference = $"ServiceRequest/{id}",
        Code = new Concept([], words),
        Status = status,
        Intent = "order",
        Occurs = occurs is null ? null : PartialDate.Day(DateOnly.Parse(occurs)),
    };

    private static AppointmentRecord Booked(string start, string? basedOn = null, string words = "Bone marrow biopsy", string status = "booked") => new()
    {
        Reference = "Appointment/1",
        About = [new Concept([], words)],
        Status = status,
        Start = PartialDate.Instant(DateTimeOffset.Parse(start), Patients.NewYork),
        Orders = basedOn is null ? [] : [basedOn],
    };

    private static BiopsyFound Find(BiopsyRequest request, params ReadOnlySpan<object> records)
    {
        var chart = Patients.Chart();
        foreach (var record in records)
            chart = record is OrderRecord order ? chart with { Orders = chart.Orders.Add(order) } : chart with { Appointments = chart.Appointments.Add((AppointmentRecord)record) };
        return FindBiopsy.From(request, chart, AsOf, Facility, Knowledge.P1.Catalogue.Biopsies);
    }

    private static Biopsy Found(BiopsyRequest request, params ReadOnlySpan<object> records) => Assert.IsType<BiopsyFound.Ok>(Find(request, records)).Biopsy;

    private static Biopsy Found(params ReadOnlySpan<object> records) => Found(new BiopsyRequest(), records);

    private static string[] WhyNone(params ReadOnlySpan<object> records) => [.. Assert.IsType<BiopsyFound.NotFound>(Find(new(), records)).Why];

    [Fact]
    public void The_day_of_the_order_without_a_time_starts_at_the_usual_hour()
    {
        var biopsy = Found(Order());
        Assert.Equal((new DateOnly(2026, 3, 18), DateTimeOffset.Parse("2026-03-18T08:00:00-04:00"), true), (biopsy.Date, biopsy.At, biopsy.TimeAssumed));
        Assert.Equal(("ServiceRequest/1", BiopsySettings.PosteriorIliacCrest, Indications.NotStated, "none", "unknown"), (biopsy.Order, biopsy.Site, biopsy.Indication, biopsy.Sedation, biopsy.Escort));
    }

    [Fact]
    public void An_instant_is_turned_into_the_local_day_first()
    {
        var biopsy = Found(Order() with { Occurs = PartialDate.Instant(DateTimeOffset.Parse("2026-03-19T02:00:00Z"), Patients.NewYork) });
        Assert.Equal((new DateOnly(2026, 3, 18), false), (biopsy.Date, biopsy.TimeAssumed));
        Assert.Equal(DateTimeOffset.Parse("2026-03-18T22:00:00-04:00"), biopsy.At);
    }

    [Fact]
    public void A_usual_start_that_the_clock_skips_or_shows_twice_is_still_one_instant()
    {
        var early = Facility with { DefaultStart = new TimeOnly(2, 30) };
        Biopsy On(string day) => Assert.IsType<BiopsyFound.Ok>(FindBiopsy.From(new(), Patients.Chart() with { Orders = [Order(occurs: day)] },
            PartialDate.Day(new(2026, 1, 1)), early, Knowledge.P1.Catalogue.Biopsies)).Biopsy;
        Assert.Equal(DateTimeOffset.Parse("2026-03-08T03:30:00-04:00"), On("2026-03-08").At);
        Assert.Equal(DateTimeOffset.Parse("2026-11-01T02:30:00-05:00"), On("2026-11-01").At);
        early = early with { DefaultStart = new TimeOnly(1, 30) };
        Assert.Equal(DateTimeOffset.Parse("2026-11-01T01:30:00-04:00"), On("2026-11-01").At);
    }

    [Theory]
    [InlineData("active", true)]
    [InlineData("on-hold", true)]
    [InlineData("completed", false)]
    [InlineData("revoked", false)]
    [InlineData("entered-in-error", false)]
    [InlineData("draft", false)]
    [InlineData("unknown", false)]
    [InlineData(null, false)]
    public void Only_active_and_held_orders_count(string? status, bool counts)
    {
        Assert.Equal(counts, Find(new(), Order(status: status)) is BiopsyFound.Ok);
        if (!counts) Assert.Contains(status is null ? "ServiceRequest/1 has no status." : $"ServiceRequest/1 is {status}.", WhyNone(Order(status: status)));
    }

    [Fact]
    public void A_draft_counts_inside_a_hook() => Assert.Equal("ServiceRequest/1", Found(new BiopsyRequest { DraftsCount = true }, Order(status: "draft")).Order);

    [Fact]
    public void A_proposal_an_order_not_to_do_and_one_that_cannot_be_interpreted_do_not_count()
    {
        Assert.IsType<BiopsyFound.NotFound>(Find(new(), Order() with { Intent = "proposal" }));
        Assert.IsType<BiopsyFound.NotFound>(Find(new(), Order() with { DoNotPerform = true }));
        Assert.IsType<BiopsyFound.NotFound>(Find(new(), Order() with { CannotInterpret = "It carries a modifier." }));
    }

    [Fact]
    public void Of_several_orders_the_earliest_from_the_as_of_day_on_decides() =>
        Assert.Equal("ServiceRequest/b", Found(Order("a", "2026-03-10"), Order("b", "2026-03-12"), Order("c", "2026-03-18"), Order("d", "2026-03-11", "completed")).Order);

    [Fact]
    public void The_order_of_the_as_of_day_itself_counts() => Assert.Equal(new DateOnly(2026, 3, 11), Found(Order(occurs: "2026-03-11")).Date);

    [Fact]
    public void An_order_in_the_past_is_no_biopsy_to_come() => Assert.Contains("ServiceRequest/1 is dated 2026-03-10, before 2026-03-11.", WhyNone(Order(occurs: "2026-03-10")));

    [Fact]
    public void An_order_of_which_only_the_month_is_known_has_no_day() =>
        Assert.Contains("ServiceRequest/1 has no day (2026-04).", WhyNone(Order() with { Occurs = PartialDate.Month(2026, 4) }));

    [Fact]
    public void Without_any_order_the_date_is_asked_for() => Assert.Equal("There is no order and no booked appointment for a marrow biopsy; state the date.", Assert.Single(WhyNone(Order(words: "Liver biopsy"))));

    [Fact]
    public void A_booking_gives_the_day_to_an_undated_order_which_gives_the_rest()
    {
        var biopsy = Found(Order(occurs: null) with { Reasons = [new Concept([], "Suspected MDS")] }, Booked("2026-03-18T10:00:00-04:00", "ServiceRequest/1", "Hematology visit"));
        Assert.Equal((DateTimeOffset.Parse("2026-03-18T10:00:00-04:00"), false, "ServiceRequest/1", Indications.SuspectedMds), (biopsy.At, biopsy.TimeAssumed, biopsy.Order, biopsy.Indication));
    }

    [Fact]
    public void A_booking_alone_is_enough() => Assert.Equal(("Appointment/1", Indications.NotStated), (Found(Booked("2026-03-18T10:00:00-04:00")).Order, Found(Booked("2026-03-18T10:00:00-04:00")).Indication));

    [Theory]
    [InlineData("cancelled")]
    [InlineData("noshow")]
    [InlineData("proposed")]
    [InlineData("fulfilled")]
    public void A_booking_that_does_not_hold_is_none(string status) => Assert.IsType<BiopsyFound.NotFound>(Find(new(), Booked("2026-03-18T10:00:00-04:00", status: status)));

    [Fact]
    public void An_appointment_on_another_day_than_its_order_is_said()
    {
        var biopsy = Found(Order(), Booked("2026-03-20T10:00:00-04:00", "ServiceRequest/1"));
        Assert.Equal(new DateOnly(2026, 3, 18), biopsy.Date);
        Assert.Equal("Appointment/1 is booked for 2026-03-20; 2026-03-18 was taken.", Assert.Single(biopsy.NotJudged).Why);
    }

    [Fact]
    public void The_request_goes_before_the_order_and_the_difference_is_said()
    {
        var biopsy = Found(new BiopsyRequest
        {
            ProcedureAt = PartialDate.Day(new(2026, 4, 1)),
            Indication = Indications.Myeloma,
            Site = BiopsySettings.Sternum,
            Sedation = "general",
            Escort = "no",
        }, Order() with { Reasons = [new Concept([], "Unexplained anaemia")] });
        Assert.Equal((new DateOnly(2026, 4, 1), Indications.Myeloma, "Unexplained anaemia", BiopsySettings.Sternum, "general", "no"),
            (biopsy.Date, biopsy.Indication, biopsy.IndicationText, biopsy.Site, biopsy.Sedation, biopsy.Escort));
        Assert.Equal("ServiceRequest/1 says 2026-03-18; 2026-04-01 was taken.", Assert.Single(biopsy.NotJudged).Why);
    }

    [Fact]
    public void With_a_day_given_its_own_order_gives_reason_and_site() =>
        Assert.Equal("ServiceRequest/b", Found(new BiopsyRequest { ProcedureAt = PartialDate.Day(new(2026, 4, 1)) }, Order("a"), Order("b", "2026-04-01"), Order("c", null)).Order);

    [Fact]
    public void A_reason_that_is_not_understood_is_other_and_said()
    {
        var biopsy = Found(Order() with { Reasons = [new Concept([], "per Dr Alder")] });
        Assert.Equal((Indications.Other, "per Dr Alder"), (biopsy.Indication, biopsy.IndicationText));
        Assert.Contains("'per Dr Alder' was not understood", Assert.Single(biopsy.NotJudged).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_understood_reaches_the_answer()
    {
        var snapshot = Patients.Snapshot();
        var said = new NotJudged("Indication", "The reason 'x' was not understood.", MightHide.Other);
        var readiness = Assess.Run(snapshot with { Biopsy = snapshot.Biopsy with { NotJudged = [said] } }, Knowledge.P1);
        Assert.Contains(said, readiness.NotJudged);
    }

    [Fact]
    public void The_body_site_gives_the_site_and_one_that_is_not_understood_is_said()
    {
        Assert.Equal(BiopsySettings.Sternum, Found(Order() with { BodySites = [new Concept([new Code("http://snomed.info/sct", "56873002")], null)] }).Site);
        var unknown = Found(Order() with { BodySites = [new Concept([], "vertebral body")] });
        Assert.Equal((BiopsySettings.PosteriorIliacCrest, "Biopsy site"), (unknown.Site, Assert.Single(unknown.NotJudged).What));
    }

    [Fact]
    public void The_words_of_the_order_may_name_the_site() => Assert.Equal(BiopsySettings.Sternum, Found(Order(words: "Sternal bone marrow aspiration")).Site);

    [Fact]
    public void A_biopsy_whose_marrow_stands_in_the_body_site_is_one()
    {
        var order = Order(words: "Needle biopsy") with { BodySites = [new Concept([new Code("http://snomed.info/sct", "14016003")], null)] };
        Assert.Equal((BiopsySettings.PosteriorIliacCrest, 0), (Found(order).Site, Found(order).NotJudged.Length));
    }

    [Theory]
    [InlineData("Bone marrow aspiration", true)]
    [InlineData("Bone marrow aspiration and biopsy", false)]
    [InlineData("Bone marrow sampling biopsy", false)]
    public void Aspiration_without_a_core_is_known(string words, bool aspirateOnly) => Assert.Equal(aspirateOnly, Found(Order(words: words)).AspirateOnly);

    [Fact]
    public void A_donor_order_beside_the_biopsy_does_not_decide() =>
        Assert.Equal("ServiceRequest/b", Found(Order("a", "2026-03-12", words: "Bone marrow aspiration for transplant"), Order("b")).Order);

    [Fact]
    public void An_order_on_hold_is_said() => Assert.Equal("ServiceRequest/1 is on hold.", Assert.Single(Found(Order(status: "on-hold")).NotJudged).Why);
}
