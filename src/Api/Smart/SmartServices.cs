using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.SignIn;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Smart.Tokens;

namespace BiopsyFhir.Api.Smart;

public static class SmartServices
{
    /// <summary>What talks to an EHR without a session: discovery, keys, tokens, connections.</summary>
    public static IServiceCollection AddEhrClient(this IServiceCollection services) => services
        .AddSingleton<EhrHttp>().AddSingleton<DiscoverServer>().AddSingleton<EhrConnections>()
        .AddSingleton<SigningKeys>().AddSingleton<AuthenticateClient>().AddSingleton<TokenEndpoint>().AddSingleton<ReadIdToken>()
        .AddSingleton<EntraHttp>().AddSingleton<EntraAppTokens>().AddSingleton<BackendTokens>();

    public static IServiceCollection AddSmart(this IServiceCollection services)
    {
        services.AddRazorComponents();
        return services.AddEhrClient()
            .AddSingleton<PendingLaunches>().AddSingleton<BeginLaunch>().AddSingleton<FinishLaunch>().AddSingleton<Launcher>()
            .AddSingleton<SessionStore>().AddSingleton<RefreshTokens>().AddSingleton<EndSession>().AddSingleton<PageTokens>().AddSingleton<EhrStyle>()
            .AddSingleton<EhrCharts>();
    }
}
