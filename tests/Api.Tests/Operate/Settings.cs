using BiopsyFhir.Api.Configuration;
using BiopsyFhir.Api.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace BiopsyFhir.Api.Tests.Operate;

/// <summary>The settings of an installation without faults, with its database in a folder of the test.</summary>
internal static class Settings
{
    public static Dictionary<string, string?> Good(string folder) => new()
    {
        ["Sandbox:Enabled"] = "false",
        ["urls"] = "http://127.0.0.1:0",
        ["Facility:TimeZone"] = "America/New_York",
        ["Database:Folder"] = folder,
        ["DataProtection:Certificate"] = TestKeys.Wrapping,
        ["Education:Chromium"] = "off",
    };

    public static (ServiceOptions Options, IReadOnlyList<ConfigurationFault> Faults) Read(IReadOnlyDictionary<string, string?> settings) =>
        ReadServiceOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new Production());

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "/nowhere";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
