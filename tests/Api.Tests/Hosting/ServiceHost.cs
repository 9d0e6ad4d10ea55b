using System.Collections.Concurrent;
using BiopsyFhir.Api.Configuration;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BiopsyFhir.Api.Tests.Hosting;

/// <summary>
/// The whole service on a real loopback socket, with the settings of one test. Without settings: Development, sandbox off,
/// a database of its own in a temporary folder.
/// </summary>
public class ServiceHost : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string?> settings;
    private readonly Action<IServiceCollection>? replace;
    private readonly string environment;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("biopsyfhir-test-");

    public ServiceHost(IReadOnlyDictionary<string, string?>? settings = null, string environment = "Development", Action<IServiceCollection>? replace = null)
    {
        this.settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Sandbox:Enabled"] = "false",
            ["Database:Folder"] = folder.FullName,
            ["DataProtection:Certificate"] = TestKeys.Wrapping,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) this.settings[key] = value;
        this.environment = environment;
        this.replace = replace;
        UseKestrel(0);
    }

    public TestClock Clock { get; } = new(new(2026, 3, 11, 9, 0, 0, TimeSpan.Zero));

    /// <summary>Every line the service logged, all categories, as a log collector would get it.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public string Folder => folder.FullName;

    public string Address
    {
        get
        {
            StartServer();
            return Services.GetRequiredService<PublicAddress>().Base;
        }
    }

    public T Get<T>() where T : notnull
    {
        StartServer();
        return Services.GetRequiredService<T>();
    }

    /// <summary>A bare client: no redirects followed, no cookies kept.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(Address) };

    /// <summary>The same where the public address is another than the socket's.</summary>
    public HttpClient SocketClient()
    {
        var socket = Get<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(socket) };
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(environment);
        foreach (var (key, value) in settings) builder.UseSetting(key, value);
        builder.ConfigureServices(services =>
        {
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            services.AddSingleton<ILoggerProvider>(new LinesTo(Log));
            replace?.Invoke(services);
        });
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (folder.Exists) folder.Delete(recursive: true);
        folder.Refresh();
    }

    private sealed class LinesTo(ConcurrentQueue<string> lines) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Line(categoryName, lines);

        public void Dispose() { }

        private sealed class Line(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
        }
    }
}
