using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace BiopsyFhir.Api.Storage;

/// <summary>
/// The one database. Tables are made by the numbered scripts in <c>Storage/Scripts</c>, not by this model; a test compares the two.
/// A part that needs a table adds its row class, an <see cref="IEntityTypeConfiguration{TEntity}"/> and a script per provider.
/// </summary>
public sealed class ServiceDb(DbContextOptions<ServiceDb> options) : DbContext(options)
{
    public DbSet<PendingLaunchRow> PendingLaunches => Set<PendingLaunchRow>();
    public DbSet<SessionRow> Sessions => Set<SessionRow>();
    public DbSet<WriteLedgerRow> WriteLedger => Set<WriteLedgerRow>();
    public DbSet<WriteIntentRow> WriteIntents => Set<WriteIntentRow>();
    public DbSet<WriteReceiptRow> WriteReceipts => Set<WriteReceiptRow>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();
    public DbSet<AuditHeadRow> AuditHeads => Set<AuditHeadRow>();
    public DbSet<AuditPatientRow> AuditPatients => Set<AuditPatientRow>();
    public DbSet<SeenTokenRow> SeenTokens => Set<SeenTokenRow>();
    public DbSet<HookCardRow> HookCards => Set<HookCardRow>();
    public DbSet<HookFeedbackRow> HookFeedback => Set<HookFeedbackRow>();
    public DbSet<BiopsyWatchRow> BiopsyWatch => Set<BiopsyWatchRow>();
    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();
    public DbSet<Worklist.WorklistListRow> Worklist => Set<Worklist.WorklistListRow>();
    public DbSet<ProtectionKeyRow> ProtectionKeys => Set<ProtectionKeyRow>();

    // EF on SQLite refuses to order by DateTimeOffset and Npgsql wants offset 0: both store UTC milliseconds.
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantAsMilliseconds>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ServiceDb).Assembly);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static string SnakeCase(string name)
    {
        var words = new StringBuilder(name.Length + 8);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && words.Length > 0) words.Append('_');
            words.Append(char.ToLowerInvariant(letter));
        }
        return words.ToString();
    }

    private sealed class InstantAsMilliseconds() : ValueConverter<DateTimeOffset, long>(
        instant => instant.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
