using BiopsyFhir.Fhir.Rest;
using static BiopsyFhir.Fhir.Tests.Rest.ScriptedServer;

namespace BiopsyFhir.Fhir.Tests.Rest;

public sealed class RetryTests
{
    private const string Patient = """{"resourceType":"Patient","id":"1"}""";
    private static readonly byte[] Plan = """{"resourceType":"CarePlan"}"""u8.ToArray();

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_read_is_repeated_after_a_transient_failure(int status)
    {
        await using var server = await StartAsync(Status(status), Status(status), Json(Patient));
        using var patient = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(501)]
    public async Task A_plain_no_is_not_repeated(int status)
    {
        await using var server = await StartAsync(Status(status));
        await server.Client().ReadAsync("Patient/1", CancellationToken.None);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_unkeyed_create_is_sent_once_and_its_outcome_is_unknown()
    {
        await using var server = await StartAsync(Status(502));
        var failure = (await server.Client().CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Failure;
        Assert.True(Assert.IsType<FhirFailure.Unavailable>(failure).OutcomeUnknown);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_conditional_create_and_a_versioned_update_are_repeated()
    {
        await using var server = await StartAsync(Status(502), Status(201), Status(502), Status(200));
        var client = server.Client();
        Assert.Equal(201, (await client.CreateAsync("CarePlan", Plan, FhirQuery.Of(("identifier", "urn:biopsyfhir:careplan|ab")), CancellationToken.None)).Value.Status);
        Assert.Equal(200, (await client.UpdateAsync(new ResourceAddress("CarePlan", "1"), Plan, "W/\"1\"", CancellationToken.None)).Value.Status);
        Assert.Equal(4, server.Requests.Count);
        Assert.All(server.Requests.Take(2), r => Assert.Equal("identifier=urn:biopsyfhir:careplan|ab", r.Header("If-None-Exist")));
        Assert.All(server.Requests.Skip(2), r => Assert.Equal("W/\"1\"", r.Header("If-Match")));
    }

    [Fact]
    public async Task A_transaction_is_repeated_only_when_every_entry_is_keyed()
    {
        await using var server = await StartAsync(Status(502));
        var client = server.Client();
        await client.TransactionAsync(Plan, keyed: false, CancellationToken.None);
        Assert.Single(server.Requests);
        await client.TransactionAsync(Plan, keyed: true, CancellationToken.None);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(429, "3")]
    [InlineData(503, "3")]
    [InlineData(429, "Wed, 11 Mar 2026 09:00:03 GMT")]
    public async Task Retry_After_is_waited_for_in_both_forms(int status, string value)
    {
        var time = new ManualTime();
        await using var server = await StartAsync(Status(status, ("Retry-After", value)), Json(Patient));
        var reading = server.Client(time: time).ReadAsync("Patient/1", CancellationToken.None);
        await time.UntilSomebodyWaitsAsync(TimeSpan.FromSeconds(3));
        Assert.Single(server.Requests);
        time.Advance(TimeSpan.FromSeconds(3));
        using var patient = (await reading).Value;
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_wait_longer_than_we_sit_out_is_answered_at_once_as_busy()
    {
        await using var server = await StartAsync(Status(429, ("Retry-After", "120")));
        var failure = (await server.Client().ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.Equal(TimeSpan.FromSeconds(120), Assert.IsType<FhirFailure.Busy>(failure).RetryAfter);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_wait_beyond_the_deadline_is_not_begun()
    {
        var time = new ManualTime();
        using var deadline = Deadline.After(TimeSpan.FromSeconds(2), time);
        await using var server = await StartAsync(Status(429, ("Retry-After", "3")));
        var failure = (await server.Client(time: time).Within(deadline).ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.IsType<FhirFailure.Busy>(failure);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task One_deadline_ends_all_parallel_reads_as_values()
    {
        await using var server = await StartAsync(c => Task.Delay(Timeout.Infinite, c.RequestAborted));
        using var deadline = Deadline.After(TimeSpan.FromMilliseconds(1500), TimeProvider.System);
        var client = server.Client().Within(deadline);
        var answers = await Task.WhenAll(Enumerable.Range(1, 4).Select(i => client.ReadAsync($"Patient/{i}", CancellationToken.None)));
        Assert.All(answers, a => Assert.IsType<FhirFailure.TimedOut>(a.Failure));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_slow_attempt_is_given_up_and_repeated()
    {
        await using var server = await StartAsync(c => Task.Delay(Timeout.Infinite, c.RequestAborted), Json(Patient));
        using var patient = (await server.Client(resilience: Quick with { AttemptTimeout = TimeSpan.FromMilliseconds(1500) }).ReadAsync("Patient/1", CancellationToken.None)).Value;
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_slow_create_is_given_up_once_and_its_outcome_is_unknown()
    {
        await using var server = await StartAsync(c => Task.Delay(Timeout.Infinite, c.RequestAborted));
        var failure = (await server.Client(resilience: Quick with { AttemptTimeout = TimeSpan.FromMilliseconds(1500) }).CreateAsync("CarePlan", Plan, null, CancellationToken.None)).Failure;
        Assert.True(Assert.IsType<FhirFailure.TimedOut>(failure).OutcomeUnknown);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Jitter_spreads_the_pauses_by_the_given_source()
    {
        // Two clients that fail together must not come back together.
        static async Task<TimeSpan> PauseWith(double jitter)
        {
            var pauses = new PauseRecorder();
            await using var server = await StartAsync(Status(502), Json(Patient));
            var fhir = FhirServer.Of(server.Base, NetworkReach.Loopback);
            var connection = new FhirConnection(fhir, new HttpMessageInvoker(FhirConnection.CreateHandler(fhir)), pauses, () => jitter, Quick with { FirstPause = TimeSpan.FromMilliseconds(40) });
            using var patient = (await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Value;
            return pauses.Shortest;
        }

        Assert.True(await PauseWith(0.1) < await PauseWith(0.9));
    }

    [Fact]
    public async Task The_breaker_rests_one_EHR_and_leaves_the_other_alone()
    {
        await using var broken = await StartAsync(Status(503));
        await using var sound = await StartAsync(Json(Patient));
        var fragile = Quick with { Retries = 0, BreakerMinimumAttempts = 4 };
        var connection = broken.Connection(fragile);
        for (var i = 0; i < 4; i++)
            Assert.Equal(503, (await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Failure!.Status);

        var rested = (await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Failure;
        Assert.Contains("left alone", Assert.IsType<FhirFailure.Unavailable>(rested).Why, StringComparison.Ordinal);
        Assert.Equal(4, broken.Requests.Count);
        using var other = (await sound.Connection(fragile).ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Value;
    }

    [Fact]
    public async Task The_breaker_closes_again_when_the_EHR_recovers()
    {
        var time = new ManualTime();
        await using var server = await StartAsync(Status(503), Status(503), Status(503), Status(503), Json(Patient));
        var connection = server.Connection(Quick with { Retries = 0, BreakerMinimumAttempts = 4 }, time: time);
        for (var i = 0; i < 5; i++)
            Assert.NotNull((await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Failure);
        Assert.Equal(4, server.Requests.Count);
        time.Advance(TimeSpan.FromSeconds(16));
        using var patient = (await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Value;
    }

    [Fact]
    public async Task Refusals_and_plain_500s_do_not_open_the_breaker()
    {
        await using var server = await StartAsync(Status(500), Status(422), Status(404), Status(500), Status(403), Status(500), Json(Patient));
        var connection = server.Connection(Quick with { Retries = 0, BreakerMinimumAttempts = 2 });
        for (var i = 0; i < 6; i++)
            Assert.NotNull((await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Failure!.Status);
        using var patient = (await connection.ClientFor(null).ReadAsync("Patient/1", CancellationToken.None)).Value;
    }

    private sealed class PauseRecorder : TimeProvider
    {
        public TimeSpan Shortest { get; private set; } = TimeSpan.MaxValue;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero && dueTime < Shortest)
                Shortest = dueTime;
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
