using BiopsyFhir.Api.Assessments;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAssessments(builder.Configuration);
var app = builder.Build();
app.MapGet("/health/live", () => "ok");
app.MapAssessments();
app.Run();
