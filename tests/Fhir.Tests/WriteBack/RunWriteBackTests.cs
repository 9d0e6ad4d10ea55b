using System.Net;
using System.Text.Json.Nodes;
using BiopsyFhir.Fhir.Tests.Rest;
using BiopsyFhir.Fhir.WriteBack;

namespace BiopsyFhir.Fhir.Tests.WriteBack;

public sealed class RunWriteBackTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryWriteLedger _ledger;

    public RunWriteBackTests() => _ledger = new InMemoryWriteLedger(_time);

    private Task<WriteBackOutcome> Run(TinyEhr ehr, WriteBackRequest request, Quirks? quirks = null, Scopes? scopes = null, IWriteLedger? ledger = null, CancellationToken ct = default) =>
        new RunWriteBack(ehr.Client(), ledger ?? _ledger, _time).RunAsync(PlanWriteBack.For(request, ehr.Announce(), scopes ?? Confirmations.Everything, quirks ?? Quirks.Open), ct);

    private static string Told(WriteBackOutcome outcome) => string.Join("; ", outcome.Receipts.Select(r => $"{r.Kind} {r.StateName}"));

    public static TheoryData<string> Servers => new("conditional", "search", "ledger", "transaction", "transaction conditional", "tag", "empty", "foreign location", "no etag", "everything");

    internal static TinyEhr Server(string habits) => habits switch
    {
        "conditional" => new() { ConditionalCreate = true },
        "search" => new() { IdentifierSearch = true },
        "ledger" => new() { Updates = false },
        "transaction" => new() { Transactions = true, IdentifierSearch = true },
        "transaction conditional" => new() { Transactions = true, IdentifierSearch = true, ConditionalCreate = true, TagSearch = true },
        "tag" => new() { TagSearch = true, IdentifierSearch = true },
        "empty" => new() { IdentifierSearch = true, EmptyBody = true, LocationBase = null, NoETag = true },
        "foreign location" => new() { IdentifierSearch = true, EmptyBody = true, LocationBase = "https://upstream.example/fhir" },
        "no etag" => new() { IdentifierSearch = true, NoETag = true },
        _ => new() { ConditionalCreate = true, IdentifierSearch = true, TagSearch = true, Transactions = true, Patches = true },
    };

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Each_resource_is_written_once_and_a_repeat_adds_nothing(string habits)
    {
        var ehr = Server(habits);
        var request = Confirmations.Of("a");
        var first = await Run(ehr, request);
        Assert.Equal("CarePlan created; Provenance created; EducationDocument created; Provenance created; EducationPrint created; Provenance created; PatientCommunication created; Provenance created", Told(first));
        Assert.Empty(first.ToDownload);
        var reference = first.Receipts[0].Reference;
        Assert.Equal(ehr.All("CarePlan").Single()["id"]!.ToString(), reference!.Split('/')[1]);

        foreach (var ledger in new[] { _ledger, null })
        {
            if (ledger is null && !ehr.IdentifierSearch)
                continue; // without our record only an EHR that can be searched, or compares, keeps it single
            var again = await Run(ehr, request, ledger: ledger ?? new InMemoryWriteLedger(_time));
            Assert.All(again.Receipts.Where(r => r.Kind != DraftKind.Provenance), r => Assert.Equal(ReceiptState.AlreadyThere, r.State));
            Assert.Equal(reference, again.Receipts[0].Reference);
        }

        Assert.Equal((1, 2, 1, 4), (ehr.All("CarePlan").Count, ehr.All("DocumentReference").Count, ehr.All("Communication").Count, ehr.All("Provenance").Count));
    }

    [Fact]
    public async Task Provenance_points_at_its_target()
    {
        foreach (var habits in new[] { "everything", "tag" })
        {
            var ehr = Server(habits);
            await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan), ledger: new InMemoryWriteLedger(_time));
            Assert.Equal($"CarePlan/{ehr.All("CarePlan").Single()["id"]}", (string)ehr.All("Provenance").Single()["target"]![0]!["reference"]!);
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task A_later_confirmation_replaces_the_earlier_one(string habits)
    {
        var ehr = Server(habits);
        await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan, DraftKind.EducationDocument));
        var later = await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan, DraftKind.EducationDocument));

        Assert.Equal((2, 2), (ehr.All("CarePlan").Count, ehr.All("DocumentReference").Count));
        var oldPlan = ehr.All("CarePlan").Single(p => (string)p["description"]! == "a");
        var newPlan = ehr.All("CarePlan").Single(p => (string)p["description"]! == "b");
        var newDocument = ehr.All("DocumentReference").Single(p => (string)p["description"]! == "b");
        var earlier = Assert.Single(later.Receipts[0].Earlier);
        Assert.Equal($"CarePlan/{oldPlan["id"]}", earlier.Reference);
        Assert.Equal($"CarePlan/{oldPlan["id"]}", (string)newPlan["replaces"]![0]!["reference"]!);
        Assert.Equal("replaces", (string)newDocument["relatesTo"]![0]!["code"]!);
        Assert.Equal("active", (string)newPlan["status"]!);
        if (ehr.Updates && !ehr.NoETag)
        {
            Assert.True(earlier.Superseded);
            Assert.Equal("revoked", (string)oldPlan["status"]!);
            Assert.Equal("superseded", (string)ehr.All("DocumentReference").Single(p => (string)p["description"]! == "a")["status"]!);
        }
        else
        {
            Assert.False(earlier.Superseded);
            Assert.NotNull(earlier.Reason);
            Assert.Equal("active", (string)oldPlan["status"]!);
        }
    }

    [Fact]
    public async Task Superseding_changes_the_status_and_nothing_else()
    {
        var ehr = Server("search");
        await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone());
        var reference = $"CarePlan/{ehr.All("CarePlan").Single()["id"]}";
        ehr.Change(reference, p =>
        {
            p["extension"] = JsonNode.Parse("""[{"url":"https://ehr.example/x","valueDecimal":1.10}]""");
            p["title"] = "Plan für Şule – <b>";
        });
        var before = ehr[reference].DeepClone().AsObject();
        await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone());
        var after = ehr[reference].DeepClone().AsObject();
        Assert.Equal("revoked", (string)after["status"]!);
        before["status"] = "revoked";
        before["meta"] = after["meta"]!.DeepClone();
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
        Assert.Contains("1.10", after.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task A_change_in_between_is_read_again_once(int changes, bool superseded)
    {
        var ehr = Server("search");
        await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone());
        var reference = $"CarePlan/{ehr.All("CarePlan").Single()["id"]}";
        var left = changes;
        ehr.Break = (n, done) =>
        {
            if (!done && ehr.Asked[^1].StartsWith("PUT", StringComparison.Ordinal) && left-- > 0)
                ehr.Change(reference, p => p["note"] = new JsonArray(new JsonObject { ["text"] = $"edited {left}" }));
        };
        var later = await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone());
        Assert.Equal(ReceiptState.Created, later.Receipts[0].State);
        Assert.Equal(superseded, later.Receipts[0].Earlier.Single().Superseded);
        Assert.Equal(superseded ? null : "it was changed in the EHR meanwhile", later.Receipts[0].Earlier.Single().Reason);
        Assert.NotNull(ehr[reference]["note"]);
        Assert.Equal(superseded ? "revoked" : "active", (string)ehr[reference]["status"]!);
    }

    [Fact]
    public async Task A_server_that_ignores_the_identifier_costs_nobody_else_their_plan()
    {
        var ehr = new TinyEhr { IgnoresIdentifier = true };
        var strangers = Enumerable.Range(1, 3).Select(i => ehr.Add(new JsonObject
        {
            ["resourceType"] = "CarePlan",
            ["status"] = "active",
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = "urn:biopsyfhir:careplan-series", ["value"] = $"another-{i}" }),
        })).ToList();
        var request = Confirmations.Of("a", null, DraftKind.CarePlan).Alone();
        Assert.Equal("CarePlan created", Told(await Run(ehr, request)));
        Assert.Equal("CarePlan already-there", Told(await Run(ehr, request, ledger: new InMemoryWriteLedger(_time))));
        var later = await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone());
        Assert.True(later.Receipts[0].Earlier.Single().Superseded);
        Assert.All(strangers, s => Assert.Equal("active", (string)ehr[s]["status"]!));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "not-supported")]
    [InlineData(HttpStatusCode.MethodNotAllowed, "not-supported")]
    [InlineData(HttpStatusCode.UnprocessableEntity, "failed")]
    public async Task A_refusal_leads_to_the_next_rung_with_both_receipts(HttpStatusCode status, string state)
    {
        var ehr = Server("search");
        ehr.Refuses["CarePlan"] = status;
        var outcome = await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan, DraftKind.NoteDocument, DraftKind.StaffTask).Alone());
        Assert.Equal($"CarePlan {state}; NoteDocument created", Told(outcome));
        Assert.Empty(outcome.ToDownload);
        // The door opens later: the same confirmation, run again, is written without having been "begun" for ever.
        ehr.Refuses.Clear();
        Assert.Equal("CarePlan created", Told(await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone())));
    }

    [Fact]
    public async Task When_nothing_takes_it_there_is_a_file_to_download()
    {
        var ehr = Server("search");
        foreach (var type in ehr.Types)
            ehr.Refuses[type] = HttpStatusCode.Forbidden;
        var outcome = await Run(ehr, Confirmations.Of("a").Alone());
        Assert.Equal([Purpose.Plan, Purpose.Education], outcome.ToDownload.AsEnumerable());
        Assert.All(outcome.Receipts, r => Assert.Equal(ReceiptState.NotSupported, r.State));
        var nothing = await Run(ehr, Confirmations.Of("a").Alone(), scopes: Scopes.Parse("openid"));
        Assert.Equal([Purpose.Plan, Purpose.Education], nothing.ToDownload.AsEnumerable());
        Assert.All(nothing.Receipts, r => Assert.Contains("scopes", r.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_transaction_is_done_in_single_steps()
    {
        var ehr = new TinyEhr { Transactions = true, IdentifierSearch = true };
        ehr.Refuses["Provenance"] = HttpStatusCode.Forbidden;
        Assert.Equal("CarePlan created; Provenance not-supported", Told(await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan))));
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_looked_up_at_once()
    {
        var ehr = Server("search");
        ehr.Break = (n, done) =>
        {
            if (done && ehr.Asked[^1].StartsWith("POST", StringComparison.Ordinal))
                throw new HttpRequestException(HttpRequestError.ResponseEnded);
        };
        var outcome = await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone());
        Assert.Equal("created, found by its identifier after the answer was lost", outcome.Receipts.Single().Reason);
        Assert.Single(ehr.All("CarePlan"));
    }

    [Fact]
    public async Task An_answer_that_is_lost_where_nobody_can_look_is_not_sent_again()
    {
        var ehr = Server("ledger");
        ehr.Break = (n, done) =>
        {
            if (done && ehr.Asked[^1].StartsWith("POST", StringComparison.Ordinal))
                throw new HttpRequestException(HttpRequestError.ResponseEnded);
        };
        var request = Confirmations.Of("a", null, DraftKind.CarePlan, DraftKind.NoteDocument).Alone();
        var outcome = await Run(ehr, request);
        Assert.Equal("CarePlan failed; NoteDocument not-attempted", Told(outcome));
        Assert.Equal(Purpose.Plan, Assert.Single(outcome.ToDownload));
        ehr.Break = null;
        var again = await Run(ehr, request);
        Assert.Equal("CarePlan failed; NoteDocument not-attempted", Told(again));
        Assert.Contains("look in the chart", again.Receipts[0].Reason, StringComparison.Ordinal);
        Assert.Single(ehr.All("CarePlan"));
    }

    [Fact]
    public async Task What_somebody_removed_or_withdrew_in_the_EHR_is_not_written_again()
    {
        foreach (var habits in new[] { "search", "ledger", "everything" })
        {
            var ehr = Server(habits);
            var ledger = new InMemoryWriteLedger(_time);
            var request = Confirmations.Of("a", null, DraftKind.CarePlan).Alone();
            var reference = (await Run(ehr, request, ledger: ledger)).Receipts[0].Reference!;
            ehr.Change(reference, p => p["status"] = "entered-in-error");
            var withdrawn = await Run(ehr, request, ledger: ledger);
            Assert.Equal(ReceiptState.Failed, withdrawn.Receipts[0].State);
            Assert.Contains("entered in error", withdrawn.Receipts[0].Reason, StringComparison.Ordinal);
            ehr.Remove(reference);
            Assert.Contains("removed", (await Run(ehr, request, ledger: ledger)).Receipts[0].Reason, StringComparison.Ordinal);
            Assert.Empty(ehr.All("CarePlan"));
        }
    }

    [Fact]
    public async Task The_first_content_again_makes_the_first_version_current_again()
    {
        foreach (var habits in new[] { "search", "conditional", "everything" })
        {
            var ehr = Server(habits);
            var ledger = new InMemoryWriteLedger(_time);
            await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan), ledger: ledger);
            await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan), ledger: ledger);
            var back = await Run(ehr, Confirmations.Of("a", Confirmations.At.AddHours(2), DraftKind.CarePlan), ledger: ledger);
            Assert.Equal(ReceiptState.AlreadyThere, back.Receipts[0].State);
            Assert.Equal(["a active", "b revoked"], ehr.All("CarePlan").Select(p => $"{p["description"]} {p["status"]}").Order());

            // A late repeat of the second confirmation must not undo the third.
            var late = await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan), ledger: ledger);
            Assert.Equal("it was written, and replaced by a later version since", late.Receipts[0].Reason);
            Assert.Equal(["a active", "b revoked"], ehr.All("CarePlan").Select(p => $"{p["description"]} {p["status"]}").Order());
        }
    }

    [Fact]
    public async Task A_repeat_of_what_was_replaced_leaves_the_EHRs_choice_alone()
    {
        var ehr = Server("search");
        await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone());
        await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone());
        // Somebody prefers the first one and says so in the EHR.
        foreach (var plan in ehr.All("CarePlan"))
            ehr.Change($"CarePlan/{plan["id"]}", p => p["status"] = (string)p["description"]! == "a" ? "active" : "revoked");
        var repeat = await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone());
        Assert.Equal("it was written, and replaced by a later version since", repeat.Receipts[0].Reason);
        Assert.Equal(["a active", "b revoked"], ehr.All("CarePlan").Select(p => $"{p["description"]} {p["status"]}").Order());
    }

    [Fact]
    public async Task Provenance_and_AuditEvent_go_with_their_target()
    {
        foreach (var habits in new[] { "everything", "tag", "search" })
        {
            var ehr = Server(habits);
            var ledger = new InMemoryWriteLedger(_time);
            var request = Confirmations.Of("a", null, DraftKind.CarePlan);
            var audited = request with { Companions = [.. request.Companions, new Companion(DraftKind.AuditEvent, Confirmations.AuditEvent)] };
            Assert.Equal("CarePlan created; Provenance created; AuditEvent created", Told(await Run(ehr, audited, ledger: ledger)));
            Assert.Equal("CarePlan already-there; Provenance already-there; AuditEvent already-there", Told(await Run(ehr, audited, ledger: ledger)));
            Assert.Equal($"CarePlan/{ehr.All("CarePlan").Single()["id"]}", (string)ehr.All("AuditEvent").Single()["entity"]![0]!["what"]!["reference"]!);
            Assert.Equal(habits == "everything" ? 1 : 3, ehr.Asked.Count(a => a.StartsWith("POST", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_queued_confirmation_that_comes_late_does_not_replace_a_later_one()
    {
        foreach (var habits in new[] { "search", "ledger", "everything" })
        {
            var ehr = Server(habits);
            var ledger = new InMemoryWriteLedger(_time);
            await Run(ehr, Confirmations.Of("b", Confirmations.At.AddHours(1), DraftKind.CarePlan).Alone(), ledger: ledger);
            var late = await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone(), ledger: ledger);
            Assert.Equal(ReceiptState.NotAttempted, late.Receipts[0].State);
            Assert.Contains("later confirmation", late.Receipts[0].Reason, StringComparison.Ordinal);
            Assert.Equal("b active", $"{ehr.All("CarePlan").Single()["description"]} {ehr.All("CarePlan").Single()["status"]}");
        }
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Parallel_runs_of_one_confirmation_write_it_once(string habits)
    {
        var ehr = Server(habits);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan)))));
        Assert.Single(ehr.All("CarePlan"));
        Assert.Single(ehr.All("Provenance"));
        Assert.Contains(outcomes, o => o.Receipts[0].State == ReceiptState.Created);
    }

    [Fact]
    public async Task An_EHR_that_drops_our_identifier_is_held_by_our_own_record()
    {
        var ehr = new TinyEhr { DropsIdentifiers = true, Updates = false, IdentifierSearch = true };
        var request = Confirmations.Of("a", null, DraftKind.EducationDocument).Alone();
        Assert.Equal("EducationDocument created", Told(await Run(ehr, request)));
        Assert.Equal("EducationDocument already-there", Told(await Run(ehr, request)));
        Assert.Single(ehr.All("DocumentReference"));
    }

    [Fact]
    public async Task Without_our_own_record_nothing_is_sent()
    {
        var ehr = Server("everything");
        var outcome = await Run(ehr, Confirmations.Of("a"), ledger: new BrokenLedger(begin: true));
        Assert.All(outcome.Receipts, r => Assert.Equal(ReceiptState.NotAttempted, r.State));
        Assert.Empty(ehr.All("CarePlan"));
    }

    [Fact]
    public async Task A_record_that_fails_after_the_write_is_said_and_the_next_run_finds_it()
    {
        var ehr = Server("search");
        var outcome = await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone(), ledger: new BrokenLedger(begin: false));
        Assert.Equal(ReceiptState.Created, outcome.Receipts[0].State);
        Assert.Contains("could not be kept", outcome.Receipts[0].Reason, StringComparison.Ordinal);
        Assert.Equal("CarePlan already-there", Told(await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan).Alone())));
    }

    [Fact]
    public async Task A_resource_without_its_keys_is_never_sent()
    {
        var ehr = Server("search");
        var good = Confirmations.Draft(DraftKind.CarePlan, "a", Confirmations.At);
        foreach (var (build, why) in new (Func<BuildInput, ReadOnlyMemory<byte>>, string)[]
        {
            (_ => """{"resourceType":"CarePlan","identifier":[]}"""u8.ToArray(), "identifiers"),
            (_ => """{"resourceType":"Goal"}"""u8.ToArray(), "not a CarePlan"),
            (_ => "{"u8.ToArray(), "not JSON"),
            (_ => throw new InvalidOperationException("Jane Doe"), "InvalidOperationException"),
        })
        {
            var outcome = await Run(ehr, new WriteBackRequest("Patient/1", Confirmations.At, [good with { Build = build }, Confirmations.Draft(DraftKind.StaffTask, "a", Confirmations.At)], []), ledger: new InMemoryWriteLedger(_time));
            Assert.Equal(ReceiptState.Failed, outcome.Receipts[0].State);
            Assert.Contains(why, outcome.Receipts[0].Reason, StringComparison.Ordinal);
            Assert.DoesNotContain("Jane", outcome.Receipts[0].Reason, StringComparison.Ordinal);
            Assert.True(outcome.Receipts[1].IsThere);
        }

        Assert.Empty(ehr.All("CarePlan"));
    }

    [Fact]
    public async Task A_document_that_breaks_the_EHRs_rules_is_not_sent()
    {
        var ehr = Server("search");
        var good = Confirmations.Draft(DraftKind.EducationPrint, "a", Confirmations.At);
        foreach (var (change, why) in new (Action<JsonObject>, string)[]
        {
            (d => d["content"]!.AsArray().Add(d["content"]![0]!.DeepClone()), "several attachments"),
            (d => d["content"]![0]!["attachment"]!["contentType"] = "text/html", "type that the EHR does not take"),
            (d => d["content"] = null, "no attachment"),
            (d => d["author"]![0]!["reference"] = "Device/1", "Practitioner"),
            (d => d["context"]!["period"]!["end"] = "2026-03-11", "period.end"),
            (d => d["type"]!["coding"]!.AsArray().Add(d["type"]!["coding"]![0]!.DeepClone()), "one coding"),
        })
        {
            var draft = good with
            {
                Build = input =>
                {
                    var document = Confirmations.Resource(good.Keys, "a", Confirmations.At, input);
                    change(document);
                    return System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
                },
            };
            var outcome = await Run(ehr, new WriteBackRequest("Patient/1", Confirmations.At, [draft], []), Quirks.Presets["oracle-like"]);
            Assert.Contains(why, outcome.Receipts.Single().Reason, StringComparison.Ordinal);
        }

        Assert.Empty(ehr.All("DocumentReference"));
        Assert.Equal("EducationPrint created", Told(await Run(ehr, new WriteBackRequest("Patient/1", Confirmations.At, [good], []), Quirks.Presets["oracle-like"])));
    }

    [Fact]
    public async Task A_session_that_ended_stops_the_run_with_a_receipt_for_everything()
    {
        var ehr = Server("search");
        foreach (var type in ehr.Types)
            ehr.Refuses[type] = HttpStatusCode.Unauthorized;
        var outcome = await Run(ehr, Confirmations.Of("a").Alone());
        Assert.Equal("CarePlan failed; NoteDocument not-attempted; StaffCommunication not-attempted; StaffTask not-attempted; EducationDocument not-attempted; EducationPrint not-attempted; PatientCommunication not-attempted", Told(outcome));
    }

    [Fact]
    public async Task One_failure_leaves_the_other_purposes_alone()
    {
        var ehr = Server("search");
        ehr.Refuses["CarePlan"] = HttpStatusCode.BadGateway;
        Assert.Equal("CarePlan failed; NoteDocument not-attempted; EducationDocument created",
            Told(await Run(ehr, Confirmations.Of("a", null, DraftKind.CarePlan, DraftKind.NoteDocument, DraftKind.EducationDocument).Alone())));
    }

    private sealed class BrokenLedger(bool begin) : IWriteLedger
    {
        public ValueTask<LedgerBegin> BeginAsync(LedgerKey key, TimeSpan holdFor, CancellationToken ct) => begin ? throw new IOException("database") : new(new LedgerBegin.Began());

        public ValueTask CompleteAsync(LedgerKey key, string? reference, CancellationToken ct) => throw new IOException("database");

        public ValueTask LetGoAsync(string key, bool nothingWritten, CancellationToken ct) => throw new IOException("database");

        public ValueTask<IReadOnlyList<LedgerEntry>> FindSeriesAsync(string series, CancellationToken ct) => new([]);
    }
}
