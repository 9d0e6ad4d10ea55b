using BiopsyFhir.Api.Security;
using BiopsyFhir.Api.Smart.Discovery;
using BiopsyFhir.Api.Smart.Keys;
using BiopsyFhir.Api.Smart.Launching;
using BiopsyFhir.Api.Smart.Sessions;
using BiopsyFhir.Api.Smart.Tokens;

namespace BiopsyFhir.Api.Smart;

public static class SmartServices
{
    public static IServiceCollection AddSmart(this IServiceCollection services)
    {
        services.AddRazorComponents();
        return services
            .AddSingleton<EhrHttp>().AddSingleton<DiscoverServer>()
            .AddSingleton<SigningKeys>().AddSingleton<AuthenticateClient>().AddSingleton<TokenEndpoint>().AddSingleton<ReadIdToken>().AddSingleton<BackendTokens>()
            .AddSingleton<PendingLaunches>().AddSingleton<BeginLaunch>().AddSingleton<FinishLaunch>().AddSingleton<Launcher>()
            .AddSingleton<SessionStore>().AddSingleton<RefreshTokens>().AddSingleton<EndSession>().AddSingleton<PageTokens>().AddSingleton<EhrStyle>()
            .AddSingleton<EhrCharts>();
    }
}
