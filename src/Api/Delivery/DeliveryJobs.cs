using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;
using Quartz;

namespace BiopsyFhir.Api.Delivery;

/// <summary>Sends what is due; several machines may run it side by side, each with rows of its own.</summary>
public sealed class DeliverDueJob(DeliverDue deliver) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await deliver.RunHereAsync(cancellationToken);
}

/// <summary>Looks at every EHR's orders, on one machine at a time.</summary>
[DisallowConcurrentExecution]
public sealed class WatchOrdersJob(WatchOrders watch) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await watch.LookAtAllAsync(cancellationToken);
}

/// <summary>Asks whether messages have been seen, on one machine at a time.</summary>
[DisallowConcurrentExecution]
public sealed class LookWhetherSeenJob(LookWhetherSeen look) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken) => await look.LookAsync(cancellationToken);
}

/// <summary>
/// When the jobs run. Quartz keeps its own tables (on SQLite in a file beside ours) and, on PostgreSQL, sees to it that of several machines one fires a
/// trigger and another takes over when it dies. What is due stands in our own table: Quartz only says that it is time to look.
/// </summary>
public static class DeliverySchedule
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddDeliverySchedule(this IServiceCollection services, ServiceOptions options, DataFolder folder)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => (scheduler.InstanceName, scheduler.GenerateInstanceId) = ("biopsyfhir", true));
            quartz.UsePersistentStore(store =>
            {
                if (options.Database.Provider is DatabaseProvider.Postgres)
                {
                    store.UsePostgres(NpgsqlFactory.Instance, options.Database.ConnectionString!);
                    store.UseClustering(cluster => cluster.CheckinInterval = TimeSpan.FromSeconds(10));
                }
                else
                {
                    // A file of its own: SQLite has one writer, and the scheduler writes at every tick.
                    var file = folder.File("schedule.db");
                    DataFolder.CreatePrivate(file);
                    store.UseSqlite(SqliteFactory.Instance, $"Data Source={file}");
                }
                store.UseSystemTextJsonSerializer(_ => { });
                store.ConfigureStore(ado => ado.SchemaProvisioning = SchemaProvisioning.CreateIfMissing);
            });
            Repeat<DeliverDueJob>(quartz, "deliver-due", Every);
            if (options.Education.PollMinutes > 0) Repeat<WatchOrdersJob>(quartz, "watch-orders", TimeSpan.FromMinutes(options.Education.PollMinutes));
            if (options.Education.SeenMinutes > 0) Repeat<LookWhetherSeenJob>(quartz, "look-whether-seen", TimeSpan.FromMinutes(options.Education.SeenMinutes));
        });
        return services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
    }

    private static void Repeat<T>(IQuartzBuilder quartz, string name, TimeSpan every)
        where T : class, IJob
    {
        quartz.AddJob<T>(job => job.WithIdentity(name).StoreDurably());
        quartz.AddTrigger(trigger => trigger.ForJob(name).WithIdentity(name).StartNow()
            .WithSimpleSchedule(schedule => schedule.WithInterval(every).RepeatForever()));
    }
}
