using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddPooledDbContextFactory<Database>(context => context.UseSqlite($"Data Source={builder.Configuration["Database:Folder"]}/biopsyfhir.db"));
var app = builder.Build();
app.MapGet("/health/live", async (IDbContextFactory<Database> databases) =>
{
    await using var database = await databases.CreateDbContextAsync();
    return await database.SeenTokens.CountAsync();
});
app.Run();

internal sealed class Database(DbContextOptions<Database> options) : DbContext(options)
{
    public DbSet<SeenToken> SeenTokens => Set<SeenToken>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var row = modelBuilder.Entity<SeenToken>().ToTable("seen_token");
        row.HasKey(r => new { r.Issuer, r.JtiHash });
        row.Property(r => r.Issuer).HasColumnName("issuer");
        row.Property(r => r.JtiHash).HasColumnName("jti_hash");
    }
}

internal sealed class SeenToken
{
    public required string Issuer { get; init; }
    public required string JtiHash { get; init; }
}
